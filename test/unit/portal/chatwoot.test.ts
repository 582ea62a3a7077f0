import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Portal } from '../../../src/core/portal.ts'
import type { RenderedEvent } from '../../../src/core/stored-event.ts'
import { agentKey, parseAgentKey } from '../../../src/portal/dialects/chatwoot/agent-keys.ts'
import { readMessage } from '../../../src/portal/dialects/chatwoot/agent-message.ts'
import { hookUrl, signatureFault } from '../../../src/portal/dialects/chatwoot/hook.ts'
import { toMessage } from '../../../src/portal/dialects/chatwoot/message-text.ts'
import { toOutgoing } from '../../../src/portal/dialects/chatwoot/outgoing-message.ts'
import { shortId, whoIs } from '../../../src/portal/dialects/chatwoot/people.ts'
import { targetOf } from '../../../src/portal/dialects/chatwoot/target.ts'
import { TEXTS } from '../../../src/portal/dialects/chatwoot/texts.ts'

const at = '2026-11-20T09:07:36.000Z'
const PRIVATE = { id: '55', kind: 'private' } as const
const GROUP = { id: '-7', kind: 'group', name: 'Team' } as const
const ANN = { id: '55', name: 'Ann', lastName: 'Lee' }

describe('the address of Chatwoot', () => {
  it('may be copied from the dashboard', () => {
    for (const baseUrl of [
      'https://chat.example/desk',
      'https://chat.example/desk/',
      'https://chat.example/desk/app/accounts/3/dashboard?x=1#y',
      'https://chat.example/desk/api/v1',
    ]) {
      assert.equal(targetOf({ settings: { baseUrl } }).base, 'https://chat.example/desk')
    }
  })
})

describe('a webhook of Chatwoot', () => {
  it('is signed over timestamp and body with the secret, within 300 s', () => {
    const body = Buffer.from('{"event":"message_created"}')
    // HMAC-SHA256 of "1700000000.{"event":"message_created"}" with "s3cret", by openssl.
    const signature = 'sha256=1148d6519d19bc982e21da3ea971b4d44137dd730a8f3176124ab2f419fe42fd'
    const headers = { 'x-chatwoot-timestamp': '1700000000', 'x-chatwoot-signature': signature }
    const fault = (now: number) => signatureFault({ headers, body, secret: 's3cret', now })
    assert.equal(fault(1_700_000_000_000), undefined)
    assert.equal(fault(1_700_000_300_000), undefined)
    assert.equal(fault(1_700_000_301_000), 'old timestamp')
    assert.equal(fault(1_699_999_699_000), 'old timestamp')
  })

  it('has a token of its own for each line and portal', () => {
    const portal = (id: string, secret: string) => ({ id, secrets: [secret] }) as unknown as Portal
    const urls = [
      hookUrl(portal('prt_1', 'a'), 1, 'https://hub.example'),
      hookUrl(portal('prt_1', 'a'), 2, 'https://hub.example'),
      hookUrl(portal('prt_2', 'a'), 1, 'https://hub.example'),
      hookUrl(portal('prt_1', 'b'), 1, 'https://hub.example'),
    ]
    const tokens = urls.map((url) => new URL(url).searchParams.get('token'))
    assert.equal(new Set(tokens).size, 4)
  })
})

describe("the name of an agent's message", () => {
  it('comes back as it went, and no other is taken for one', () => {
    assert.deepEqual(parseAgentKey(agentKey(7, 12)), { conversation: 7, message: 12 })
    assert.equal(parseAgentKey(agentKey(7, 12, 'edit.x'))?.isChange, true)
    for (const key of [undefined, '', 'order-17', 'cw.7', 'cw.7.x', 'xcw.7.12', 'cw.7.12.']) {
      assert.equal(parseAgentKey(key), undefined, key)
    }
  })
})

describe('what people do, as messages in Chatwoot', () => {
  it('names who of a group writes, and takes the group for the contact', () => {
    const event: RenderedEvent = {
      type: 'message.new',
      at,
      user: ANN,
      chat: GROUP,
      message: { id: '1', text: 'Hi' },
    }
    assert.equal(toMessage(event, 'evt_1', TEXTS.en)?.content, '**Ann Lee:**\nHi')
    assert.deepEqual(whoIs(event, GROUP).data, { name: 'Team' })
  })

  it('is in the language of the portal', () => {
    const event: RenderedEvent = {
      type: 'message.updated',
      at,
      user: ANN,
      chat: PRIVATE,
      message: { id: '1', text: 'Hi' },
    }
    const { ru } = TEXTS
    assert.deepEqual(toMessage(event, 'evt_1', ru), {
      ...{ content: '✏️ Изменено:\nHi', kind: 'incoming', source: 'evt_1', replyTo: '1' },
    })
  })

  it('brings place, contact and a note of what was forwarded', () => {
    const message = {
      id: '1',
      forwarded: true,
      location: { latitude: 52.5, longitude: 13.4, title: 'Here' },
      contact: { name: 'Bob', phone: '+49301234' },
    } as const
    const event: RenderedEvent = { type: 'message.new', at, user: ANN, chat: PRIVATE, message }
    const { content = '' } = toMessage(event, 'evt_1', TEXTS.en) ?? {}
    assert.match(content, /Forwarded/)
    assert.match(content, /Here https:\/\/www\.openstreetmap\.org\/\?mlat=52\.5&mlon=13\.4/)
    assert.match(content, /Bob, \+49301234/)
  })

  it('takes no number and no address that Chatwoot would refuse a contact for', () => {
    const data = (user: object) => {
      const event = { type: 'chat.started', at, user: { id: '5', ...user }, chat: PRIVATE } as const
      return whoIs(event, PRIVATE).data
    }
    assert.equal(data({ phone: '49 (30) 1234-56' }).phone_number, '+4930123456')
    assert.equal(data({ phone: 'secret' }).phone_number, undefined)
    assert.equal(data({ email: 'no address' }).email, undefined)
    assert.equal(data({ username: 'ann' }).name, 'ann')
    assert.equal(data({}).name, '5')
  })

  it('keeps ids that are too long apart', () => {
    const long = 'x'.repeat(300)
    assert.ok(shortId(long).length < 200)
    assert.notEqual(shortId(`${long}1`), shortId(`${long}2`))
  })
})

describe('what agents write, as messages of a channel', () => {
  const shown = (fields: object) => {
    const message = readMessage({ id: 5, message_type: 'outgoing', content: 'Hi', ...fields }, 7)
    return message && toOutgoing(message)
  }

  it('has files of each kind, places and what is no file as text', () => {
    const attachments = [
      { file_type: 'image', data_url: 'https://chat.example/rails/x/%D1%84.png' },
      { file_type: 'location', coordinates_lat: 1, coordinates_long: 2, fallback_title: 'Here' },
      { file_type: 'fallback', fallback_title: 'Page', data_url: 'https://site.example' },
    ]
    assert.deepEqual(shown({ attachments }), {
      text: 'Hi\nPage https://site.example',
      files: [{ url: attachments[0]?.data_url, mayRedirect: true, kind: 'image', name: 'ф.png' }],
      location: { latitude: 1, longitude: 2, title: 'Here' },
    })
  })

  it("has buttons from choices and cards, and the cards' words and pictures", () => {
    const items = [
      {
        title: 'Tea',
        description: 'Green',
        media_url: 'https://chat.example/tea.png',
        actions: [
          { type: 'link', text: 'Shop', uri: 'https://shop.example' },
          { type: 'postback', text: 'Order', payload: 'tea' },
          { type: 'postback' },
        ],
      },
    ]
    assert.deepEqual(shown({ content: '', content_type: 'cards', content_attributes: { items } }), {
      text: '**Tea**\nGreen',
      files: [{ url: 'https://chat.example/tea.png', mayRedirect: true, kind: 'image' }],
      buttons: [
        [{ text: 'Shop', url: 'https://shop.example' }],
        [{ text: 'Order', payload: 'tea' }],
      ],
    })
  })

  it('is nothing where nothing can be sent, whatever is in it', () => {
    assert.equal(shown({ content: ' ' }), undefined)
    assert.equal(
      shown({ content: null, attachments: [null, 5, {}], content_attributes: 'x' }),
      undefined,
    )
    assert.equal(readMessage({ id: '5' }, 7), undefined)
    assert.equal(readMessage({ id: -5 }, 7), undefined)
  })
})
