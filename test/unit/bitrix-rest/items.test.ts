import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { StoredEvent } from '../../../src/core/inbox.ts'
import { type RenderedEvent, writeStored } from '../../../src/core/stored-event.ts'
import { toPortalFile } from '../../../src/portal/dialects/bitrix-rest/file-item.ts'
import { planItem } from '../../../src/portal/dialects/bitrix-rest/items.ts'
import { toPortalName, toPortalUserData } from '../../../src/portal/dialects/bitrix-rest/person.ts'
import type { PortalItem } from '../../../src/portal/dialects/bitrix-rest/planned.ts'
import {
  fromKey,
  fromPortalChat,
  fromPortalConnector,
  isAlias,
  toKey,
  toPortalChat,
  toPortalConnector,
  toPortalUser,
} from '../../../src/portal/dialects/bitrix-rest/portal-ids.ts'
import { wordsFor } from '../../../src/portal/dialects/bitrix-rest/words.ts'

const AT = '2026-11-20T09:07:36.000Z'
const chat = { id: '55', kind: 'private' } as const
const user = { id: '55', name: 'Ann', lastName: 'Lee' }
const context = {
  lineId: 7,
  format: { text: 'bbcode', emoji: 'unicode' },
  words: wordsFor('en'),
  personOf: (chatId: string) => (chatId === '55' ? user : undefined),
} as const

function plan(event: RenderedEvent) {
  const stored: StoredEvent = { ...writeStored(event), seq: 3, createdAt: 1_795_000_000_000 }
  const { method, ...rest } = planItem(stored, context)
  return { method, item: ('item' in rest ? rest.item : undefined) as PortalItem }
}

function message(fields: object): PortalItem {
  const event = {
    type: 'message.new',
    at: AT,
    user,
    chat,
    message: { id: 'm1', ...fields },
  } as const
  return plan(event).item
}

describe('an item for the portal', () => {
  it('holds what the portal needs, and nothing that is empty', () => {
    assert.deepEqual(message({ text: 'Hi', date: AT }), {
      user: { id: '55', name: 'Ann', last_name: 'Lee' },
      message: { id: 'm1', date: Date.parse(AT) / 1000, text: 'Hi' },
      chat: { id: '55' },
    })
  })

  it('says in its text what the portal has no field for', () => {
    const item = message({
      text: 'See',
      replyTo: { id: '0', text: 'Where?' },
      forwarded: true,
      location: { latitude: 52.5, longitude: 13.4, title: 'Here' },
      contact: { name: 'Bob', phone: '+49301234' },
      files: [{ url: 'ftp://a.example/x', kind: 'document', name: 'x.zip' }],
    })
    const row = '-'.repeat(54)
    assert.equal(
      item.message.text,
      `${row}\nWhere?\n${row}\n[i]Forwarded message[/i]\nSee\nPlace: Here\nhttps://maps.google.com/?q=52.5,13.4\nContact: Bob, +49301234\nFile: x.zip ftp://a.example/x`,
    )
    assert.equal(item.message.files, undefined)
  })

  it('is never without text or a file: the portal would drop it', () => {
    assert.equal(message({}).message.text, '(empty message)')
    assert.equal(message({ text: '0' }).message.text, '0')
    const { files, text } = message({
      files: [{ url: 'https://a.example/x', kind: 'voice' }],
    }).message
    assert.deepEqual(
      [files, text],
      [[{ url: 'https://a.example/x', name: 'voice.ogg' }], undefined],
    )
  })

  it('puts what the company wrote, and what has failed, into the dialog of the person', () => {
    const agent = { id: '900', name: 'Agent' }
    const outgoing = { id: 'm2', text: 'Hi', outgoing: true } as const
    const own = plan({ type: 'message.new', at: AT, user: agent, chat, message: outgoing }).item
    assert.equal(own.user.id, '55')
    assert.match(own.message.text ?? '', /^\[i\]Written by the company/)
    const failed = plan({
      ...{ type: 'message.status', at: AT, chat, status: 'failed', messageIds: [] },
      error: { code: '403', message: 'blocked [put=x]' },
    }).item
    assert.equal(failed.user.id, '55')
    assert.match(failed.message.id, /^message\.status:evt_/)
    assert.equal(failed.message.text, '[i]The message was not delivered: blocked [\u200bput=x][/i]')
  })

  it("tells the states of an operator's message by the portal's own ids", () => {
    const key = toKey('send', { chatId: '1807', messageId: '86497' })
    const base = { type: 'message.status', at: AT, chat, messageIds: ['9', '10'], key } as const
    const sent = plan({ ...base, status: 'sent' })
    assert.equal(sent.method, 'imconnector.send.status.delivery')
    assert.deepEqual(sent.item, {
      im: { chat_id: 1807, message_id: 86497 },
      message: { id: ['9', '10'], date: Date.parse(AT) / 1000 },
      chat: { id: '55' },
    })
    assert.equal(plan({ ...base, status: 'delivered' }).method, undefined)
    assert.equal(plan({ ...base, status: 'read' }).method, 'imconnector.send.status.reading')
    assert.equal(plan({ ...base, key: 'another', status: 'sent' }).method, undefined)
  })
})

describe('a person for the portal', () => {
  it('has a name of letters, at most 25, and the whole one beside it', () => {
    assert.equal(toPortalName('Ann 🔥 O’Hara-Smith 2'), "Ann O'Hara-Smith")
    assert.equal(toPortalName('🔥123'), '')
    assert.equal(toPortalName('Wolfeschlegelsteinhausenbergerdorff').length, 25)
    assert.equal(toPortalName('Maria Magdalena Konstantinopolskaya'), 'Maria Magdalena')
    const { name, title } = toPortalUserData({ id: '1', name: 'Ann 🔥' })
    assert.deepEqual([name, title], ['Ann', 'Ann 🔥'])
    assert.deepEqual(toPortalUserData({ id: '1', username: 'ann' }), { id: '1', title: 'ann' })
  })

  it('has links that the portal can open only', () => {
    const picture = { url: 'javascript:alert(1)' }
    const person = toPortalUserData({ id: '1', url: 'data:x', picture, phone: '+49301234' })
    assert.deepEqual(person, { id: '1', phone: '+49301234', skip_phone_validate: 'Y' })
  })
})

describe('a file for the portal', () => {
  it('has a name with an extension, short enough to keep it', () => {
    const file = (fields: object) =>
      toPortalFile({ url: 'https://a.example/x', kind: 'document', ...fields })
    assert.deepEqual(file({ name: 'a/b.pdf', mime: 'application/pdf' }), {
      url: 'https://a.example/x',
      name: 'a_b.pdf',
      type: 'application/pdf',
    })
    assert.equal(
      file({ name: 'photo', kind: 'image', mime: 'image/png; charset=x' })?.name,
      'photo.png',
    )
    assert.equal(file({ name: 'scan' })?.name, 'scan.bin')
    const long = file({ name: `${'x'.repeat(200)}.docx` })?.name ?? ''
    assert.ok(long.length === 50 && long.endsWith('.docx'))
    assert.equal(file({ url: 'ftp://a.example/x' }), undefined)
  })
})

describe('ids that cross the portal', () => {
  it('come back as they were', () => {
    for (const id of ['55', 'a|b', '100%', '%7C', '19:x@thread.v2|%']) {
      const portal = toPortalChat(id)
      assert.ok(!portal.includes('|'))
      assert.equal(fromPortalChat(portal), id)
    }
    assert.equal(toPortalConnector('botframework.msteams'), 'hub_botframework_msteams')
    assert.equal(fromPortalConnector('HUB_telegram'), 'telegram')
    assert.equal(fromPortalConnector('livechat'), undefined)
    const ids = { chatId: '1', messageId: '2' }
    assert.deepEqual(fromKey(toKey('edit', ids, 'text')), { kind: 'edit', ...ids })
    assert.equal(fromKey('order-17'), undefined)
  })

  it('fit into what the portal names a dialog by', () => {
    const [chatId, userId] = [toPortalChat('x'.repeat(500)), toPortalUser('y'.repeat(200))]
    assert.ok(isAlias(chatId))
    assert.ok(chatId.length + userId.length < 165)
    assert.notEqual(toPortalUser('a|b'), toPortalUser('a_b'))
  })
})
