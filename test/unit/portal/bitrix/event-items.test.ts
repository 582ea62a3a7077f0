import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type PortalEvent, writeStored } from '../../../../src/core/stored-event.ts'
import type { Era } from '../../../../src/portal/dialects/bitrix/era.ts'
import { toStep } from '../../../../src/portal/dialects/bitrix/event-items.ts'
import { People } from '../../../../src/portal/dialects/bitrix/people.ts'
import { serialize } from '../../../../src/portal/dialects/bitrix/wire/php-serialize.ts'
import { EVERY_EVENT } from '../../../contract/every-event.ts'

const at = '2026-11-20T09:07:36.000Z'
const unix = 1795165656
const user = { id: '55', name: 'Ann', lastName: 'Lee' }
const chat = { id: '55', kind: 'private' } as const
const RULE = '-'.repeat(54)

interface Setting {
  readonly era?: Era
  readonly connector?: string
  readonly people?: People
  readonly line?: string
}

function step(
  event: PortalEvent,
  { era = '2026', connector = 'telegrambot', people = new People(), line = '7' }: Setting = {},
) {
  const address = { lineId: 3, connector: 'telegram', externalLine: line }
  const stored = { ...writeStored(event), seq: 1_838_000_000_000_000, createdAt: 0 }
  const now = Date.parse(at) + 1000
  const fileFaults = new Map()
  return toStep(stored, { address, connector, language: 'en', era, now, people, fileFaults })
}

/** What the tests look at of an item. */
interface Item {
  readonly user: Readonly<Record<string, unknown>> & {
    readonly id: unknown
    readonly name?: unknown
  }
  readonly chat: Readonly<Record<string, unknown>> & { readonly id: string }
  readonly message: Readonly<Record<string, unknown>> & {
    readonly id: unknown
    readonly text: string
    readonly type?: unknown
    readonly files?: readonly unknown[]
    readonly attachments?: readonly unknown[]
    readonly failed_big_file?: boolean
  }
  readonly type_message?: string
  readonly ref?: unknown
  readonly params?: unknown
  readonly code?: unknown
  readonly messageConnector?: unknown
}

function item(event: PortalEvent, setting?: Setting): Item {
  const made = step(event, setting)
  assert.ok(made.kind === 'post', JSON.stringify(made))
  return made.item as unknown as Item
}

function message(fields: object): PortalEvent {
  return { type: 'message.new', at, user, chat, message: { id: 'm1', ...fields } }
}

function status(fields: object): PortalEvent {
  const base = { type: 'message.status', at, chat, messageIds: ['101', '102'] } as const
  return { ...base, status: 'sent', key: 'bx.1807.86497', ...fields }
}

describe('messages for a Bitrix24 portal', () => {
  it('hold person, message and chat', () => {
    const full = {
      ...user,
      username: 'ann',
      url: 'https://t.me/ann',
      picture: { url: 'https://hub.example/p' },
      sex: 'female',
      email: 'a@b.example',
      phone: '+49301',
    } as const
    assert.deepEqual(item({ ...message({ text: 'hi', date: at }), user: full } as PortalEvent), {
      user: {
        id: '55',
        name: 'Ann',
        last_name: 'Lee',
        title: 'ann',
        picture: { url: 'https://hub.example/p' },
        url: 'https://t.me/ann',
        gender: 'female',
        email: 'a@b.example',
        phone: '+49301',
      },
      message: { id: 'm1', date: unix, text: 'hi' },
      chat: { id: '55' },
      type_message: 'message',
    })
  })

  it('break lines by [br], but in code and around quotes', () => {
    const text = 'a\nb\n[code]1\n2[/code]\n>>old\n>>older\nc'
    const wire = 'a[br]b[br][code]1\n2[/code]\n>>old\n>>older\nc'
    assert.equal(item(message({ text })).message.text, wire)
  })

  it('show what they answer in a block of its own', () => {
    const made = item(message({ text: '10\nEUR', replyTo: { id: 'm0', text: 'the\nprice?' } }))
    assert.equal(made.message.text, `${RULE}\nIn reply to:\nthe\nprice?\n${RULE}\n10[br]EUR`)
    assert.equal(item(message({ text: 'x', replyTo: { id: 'm0' } })).message.text, 'x')
  })

  it('say that they are forwarded, or of the company itself', () => {
    assert.equal(
      item(message({ text: 'x', forwarded: true })).message.text,
      '[b]Forwarded message[/b][br]x',
    )
    assert.match(item(message({ text: 'x', outgoing: true })).message.text, /^\[b\]Written by your/)
  })

  it('are never lost for being a stub of the module, or empty', () => {
    assert.equal(item(message({ text: '#EMPTY#' })).message.text, '#EMPTY# ')
    assert.equal(item(message({ text: '#EMPTY_ARRAY#' })).message.text, '#EMPTY_ARRAY# ')
    assert.equal(item(message({ text: '0' })).message.text, '0')
    assert.equal(item(message({ text: ' ' })).message.text, ' ')
    assert.equal(item(message({})).message.text, 'A message without content')
  })

  it('name files with extension and type', () => {
    const url = 'https://hub.example/files/x'
    const files = [
      { url, kind: 'image' },
      { url, kind: 'document', name: 'Цены 2026.pdf', mime: 'application/pdf; charset=binary' },
      { url, kind: 'voice', name: '../a/voice' },
      { url: `${url}.docx`, kind: 'document' },
      { url, kind: 'document', name: 'notes', mime: 'text/plain' },
    ]
    const made = step(message({ files }))
    assert.equal(made.kind === 'post' && made.files, 5)
    assert.deepEqual(item(message({ files })).message.files, [
      { url, name: 'image.jpg', type: 'image/jpeg' },
      { url, name: 'Цены 2026.pdf', type: 'application/pdf' },
      { url, name: 'voice.ogg', type: 'audio/ogg' },
      { url: `${url}.docx`, name: 'document.docx', type: 'application/octet-stream' },
      { url, name: 'notes.txt', type: 'text/plain' },
    ])
  })

  it('have words where a file can’t be had any more', () => {
    const url = 'https://hub.example/files/x'
    const expired = { url, kind: 'image', name: 'a.jpg', expiresAt: at }
    const { message: made } = item(message({ files: [expired] }))
    assert.equal(made.files, undefined)
    assert.equal(made.text, `[b]File:[/b] a.jpg ${url} (the link has expired)`)
    const none = item(message({ text: 't', files: [{ url: '', kind: 'video' }] })).message
    assert.equal(none.failed_big_file, true)
    assert.equal(none.files, undefined)
  })

  it('carry places and contacts as attachments', () => {
    const made = item(
      message({
        location: { latitude: 52.5, longitude: 1e-7, title: 'Here', address: 'Main street' },
        contact: { name: 'Bob', phone: '+49' },
      }),
    )
    assert.deepEqual(made.message.attachments, [
      {
        location: {
          title: 'Here',
          text: 'Main street',
          coordinates: { longitude: '0.0000001', latitude: '52.5' },
        },
      },
      { contact: { name: 'Bob', phone: '+49' } },
    ])
    assert.equal(made.message.text, undefined)
  })

  it('are changed by text alone', () => {
    const changed = (fields: object) =>
      item({ type: 'message.updated', at, user, chat, message: { id: 'm1', ...fields } })
    assert.equal(changed({ text: 'new' }).type_message, 'message_update')
    assert.equal(changed({ text: 'new' }).message.text, 'new')
    assert.equal(
      changed({ location: { latitude: 1, longitude: 2 } }).message.text,
      '[b]Place:[/b] https://yandex.ru/maps/?ll=2,1&z=14&pt=2,1,comma',
    )
    const files = [{ url: 'https://hub.example/f', kind: 'image' }]
    assert.equal(changed({ files }).message.text, '[b]File:[/b] https://hub.example/f')
    assert.equal(changed({}).message.text, 'A message without content')
  })

  it('are deleted by person, chat and id', () => {
    const deleted = { type: 'message.deleted', at, user, chat, message: { id: 'm1' } } as const
    assert.deepEqual(item(deleted), {
      user: { id: '55', name: 'Ann', last_name: 'Lee' },
      message: { id: 'm1' },
      chat: { id: '55' },
      type_message: 'message_del',
    })
  })
})

describe('people for a Bitrix24 portal', () => {
  it('are never sent without an id, and keep their name where an event names nobody', () => {
    const deleted = { type: 'message.deleted', at, chat, message: { id: 'm1' } } as const
    assert.deepEqual(item(deleted).user, { id: '55' })
    const people = new People()
    item(message({ text: 'x' }), { people })
    assert.deepEqual(item(deleted, { people }).user, { id: '55', name: 'Ann', last_name: 'Lee' })
  })

  it('have ids without strokes, and of a length that the portal has room for', () => {
    const odd = { ...message({ text: 'x' }), chat: { id: 'a|b~' }, user: { id: 'c|d' } }
    const made = item(odd as PortalEvent)
    assert.equal(made.chat.id, 'a~1b~0')
    assert.equal(made.user.id, 'c~1d')
    const long = { ...message({ text: 'x' }), chat: { id: 'x'.repeat(300) } } as PortalEvent
    assert.match(item(long).chat.id, /^~h[\w-]{22}$/)
  })

  it('are refused where the portal would cut their dialog off', () => {
    const line = 'l'.repeat(64)
    const long = {
      ...message({ text: 'x' }),
      chat: { id: 'y'.repeat(95) },
      user: { id: 'z'.repeat(95) },
    }
    assert.equal(step(long as PortalEvent, { line }).kind, 'reject')
    assert.equal(step(long as PortalEvent).kind, 'post')
  })

  it('name groups, and no private chats', () => {
    const group = { id: '-5', kind: 'group', name: 'Team', url: 'https://t.me/team' } as const
    assert.deepEqual(item({ ...message({ text: 'x' }), chat: group } as PortalEvent).chat, {
      id: '-5',
      name: 'Team',
      url: 'https://t.me/team',
    })
  })
})

describe('acts for a Bitrix24 portal', () => {
  const started = (ref?: string) =>
    ({ type: 'chat.started', at, user, chat, ...(ref ? { ref } : {}) }) as PortalEvent

  it('begin a dialog by a command where the module has one', () => {
    const made = item(started('promo'))
    assert.equal(made.type_message, 'command_start')
    assert.deepEqual(made.ref, { source: 'promo' })
    assert.equal(made.message.text, '/start promo')
    assert.equal(item(started()).ref, undefined)
  })

  it('begin it in words everywhere else', () => {
    assert.equal(item(started('promo'), { era: '2019' }).type_message, 'message')
    assert.equal(item(started('promo'), { era: '2019' }).message.text, '/start promo')
    assert.match(
      item(started('x'), { connector: 'viber' }).message.text,
      /opened the chat:\[\/b\] x/,
    )
    const group = { ...started('x'), chat: { id: '-7' } } as PortalEvent
    assert.equal(item(group).type_message, 'message')
  })

  it('are words where the portal has nothing like it, and no markup of the person’s', () => {
    const pressed = { type: 'button', at, user, chat, payload: '[send=/x]a', message: { id: '1' } }
    assert.equal(item(pressed as PortalEvent).message.text, '[b]Button:[/b] [\u200bsend=/x]a')
    const reaction = {
      type: 'reaction',
      at,
      user,
      chat,
      message: { id: '1' },
      added: ['👍'],
      removed: [],
    }
    const made = item(reaction as PortalEvent)
    assert.equal(made.message.text, '[b]Reaction:[/b] 👍')
    assert.match(String(made.message.id), /^evt_/)
  })

  it('tell of typing to the new module alone', () => {
    const typing = { type: 'chat.typing', at, user, chat } as const
    assert.equal(item(typing).type_message, 'typing_start')
    assert.equal(item(typing).message, undefined)
    assert.deepEqual(step(typing, { era: '2019' }), { kind: 'skip' })
  })

  it('tell who has blocked the bot, to the old module in words', () => {
    const blocked = { type: 'chat.blocked', at, user, chat } as const
    assert.deepEqual(step(blocked), {
      kind: 'post',
      command: 'receivingStatusBlock',
      item: { user: { id: '55' }, chat: { id: '55' }, message: { type: 'message_deny' } },
    })
    assert.equal(item({ ...blocked, type: 'chat.unblocked' }).message.type, 'message_allow')
    assert.match(item(blocked, { era: '2019' }).message.text, /has blocked the bot/)
  })

  it('need a person or a chat', () => {
    assert.deepEqual(step({ type: 'unsupported', at, kind: 'poll' }), { kind: 'skip' })
    assert.equal(item({ type: 'unsupported', at, kind: 'poll', user }).chat.id, '55')
  })
})

describe('statuses for a Bitrix24 portal', () => {
  const im = { chat_id: 1807, message_id: 86497 }

  it('tell once that a message was sent, with all its ids', () => {
    assert.deepEqual(step(status({})), {
      kind: 'post',
      command: 'receivingStatusDelivery',
      item: { im, message: { id: ['101', '102'], date: unix }, chat: { id: '55' } },
    })
    assert.deepEqual(step(status({ status: 'delivered', messageIds: ['101'] })), { kind: 'skip' })
  })

  it('tell what was read', () => {
    const read = step(status({ status: 'read' }))
    assert.equal(read.kind === 'post' && read.command, 'receivingStatusReading')
  })

  it('say nothing of a message that no operator of the portal wrote', () => {
    for (const key of [undefined, 'order-17', 'bx.0.1', 'bx.1807', 'bx.1.2.3', 'bx.-1.2']) {
      assert.deepEqual(step(status({ key })), { kind: 'skip' }, key)
    }
  })

  it('tell the new module that a message has failed, with the channel’s words', () => {
    const error = { code: '403', message: 'blocked' }
    assert.deepEqual(step(status({ status: 'failed', messageIds: [], error })), {
      kind: 'post',
      command: 'receivingError',
      item: {
        code: 'CONNECTOR_NOT_SEND_MESSAGE_CHAT',
        chatId: 1807,
        messageId: 86497,
        messageConnector: 'blocked',
      },
    })
    const late = status({ status: 'failed', error: { code: 'outside_window', message: 'late' } })
    const { params } = item(late, { connector: 'facebook' })
    assert.deepEqual(params, { errorCode: 10, errorSubCode: 2018278 })
  })

  it('tell of a change only that it has failed', () => {
    const error = { code: '400', message: 'too old' }
    const [update, remove] = ['bx.1.2.update.x', 'bx.1.2.delete.x']
    assert.deepEqual(step(status({ key: update })), { kind: 'skip' })
    assert.deepEqual(step(status({ key: remove })), { kind: 'skip' })
    const failed = { status: 'failed', error }
    const deletion = item(status({ ...failed, key: remove }))
    assert.equal(deletion.code, 'CONNECTOR_ERROR_DELETE_MESSAGE')
    const change = item(status({ ...failed, key: update }))
    assert.equal(change.messageConnector, 'The message was not changed in the messenger: too old')
    const old = item(status({ ...failed, key: remove }), { era: '2019' })
    assert.match(old.message.text, /was not deleted in the messenger:\[\/b\] too old/)
  })

  it('tell the old module in the dialog, where it is known whom that is with', () => {
    const failed = status({ status: 'noAccount', error: { code: '403', message: 'blocked' } })
    const made = item(failed, { era: '2019' })
    assert.equal(made.message.text, '[b]The message was not sent:[/b] blocked')
    assert.deepEqual(made.user, { id: '55' })
    const group = { ...failed, chat: { id: '-100' } } as PortalEvent
    assert.deepEqual(step(group, { era: '2019' }), { kind: 'skip' })
    const skype = { era: '2019', connector: 'botframework.skype' } as const
    assert.deepEqual(step(failed, skype), { kind: 'skip' })
    const people = new People()
    step(message({ text: 'x' }), { ...skype, people })
    assert.equal(item(failed, { ...skype, people }).user.name, 'Ann')
  })
})

it('can serialise whatever it makes, without an empty value in it', () => {
  for (const era of ['2019', '2026'] as const) {
    for (const event of EVERY_EVENT) {
      const made = step(event, { era })
      if (made.kind !== 'post') continue
      assert.doesNotMatch(serialize(made.item), /s:0:|a:0:|N;|#EMPTY/, event.type)
    }
  }
})
