import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import { readMessageId, toMessageId } from '../../../connectors/vk/message-id.ts'
import { secretKeyOf } from '../../../connectors/vk/verify.ts'
import { BadUpdateError } from '../../../src/core/errors.ts'
import type { InboundEvent } from '../../../src/core/event.ts'
import { startFakeVk } from '../../fakes/vk.ts'
import { createManualClock } from '../../helpers/manual-clock.ts'
import {
  createConnector,
  createLine,
  GROUP_ID,
  http,
  RECEIVED_AT,
  rawRequest,
  TOKEN,
} from './helpers.ts'

const connector = createConnector()
const line = createLine()
const FOLDER = new URL('../../fixtures/vk/', import.meta.url)

after(() => http.close())

function parse(update: unknown): readonly InboundEvent[] {
  return connector.parse(update, line, RECEIVED_AT).events
}

function event(type: string, object: unknown): object {
  return { type, object, group_id: GROUP_ID, event_id: 'e1' }
}

describe('each fixture parses to its golden events, key and answer', () => {
  for (const name of readdirSync(FOLDER)) {
    it(name.replace('.json', ''), () => {
      const {
        source: _,
        date: __,
        update,
        ...expected
      } = JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'))
      assert.deepEqual(connector.parse(update, line, RECEIVED_AT), expected)
      assert.deepEqual(expected.reply, { status: 200, body: 'ok' })
    })
  }
})

describe('what is no event is refused', () => {
  const bad: [name: string, update: unknown][] = [
    ['nothing', undefined],
    ['null', null],
    ['text', 'message_new'],
    ['a list', [event('message_deny', { user_id: 5 })]],
    ['an empty object', {}],
    ['an event of another community', { ...event('message_deny', { user_id: 5 }), group_id: 8 }],
  ]
  for (const [name, update] of bad) {
    it(name, () => {
      assert.throws(() => parse(update), BadUpdateError)
    })
  }
})

describe('a part that cannot be read costs nothing else', () => {
  const post = { peer_id: 5, from_id: 5, conversation_message_id: 1 }
  const photo = { type: 'photo', photo: { orig_photo: { url: 'https://vk.example/a.jpg' } } }
  const rows: [name: string, update: object, told: string[]][] = [
    [
      'no object',
      { type: 'message_new', group_id: GROUP_ID, event_id: 'e' },
      ['unsupported message_new'],
    ],
    ['no message', event('message_new', { message: null }), ['unsupported message_new']],
    ['no conversation', event('message_new', { from_id: 5 }), ['unsupported message_new']],
    ['no author', event('message_new', { peer_id: 5, text: 'x' }), ['unsupported message_new']],
    ['a text that is a number', event('message_new', { ...post, text: 1 }), ['message.new']],
    [
      'ids as text',
      event('message_new', { peer_id: '5', from_id: '5', text: 'x' }),
      ['message.new'],
    ],
    [
      'nulls',
      event('message_new', { ...post, text: 'x', attachments: null, payload: null, geo: null }),
      ['message.new'],
    ],
    [
      'attachments that are no list',
      event('message_new', { ...post, text: 'x', attachments: {} }),
      ['message.new', 'unsupported attachments'],
    ],
    [
      'one odd attachment of three',
      event('message_new', { ...post, attachments: [photo, null, { type: 'doc', doc: {} }] }),
      ['message.new', 'unsupported attachment', 'unsupported doc'],
    ],
    ['no numbers of a place', event('message_new', { ...post, geo: {} }), ['unsupported geo']],
    [
      'two calls beside a text',
      event('message_new', {
        ...post,
        text: 'x',
        attachments: [{ type: 'call' }, { type: 'gift' }],
      }),
      ['message.new', 'unsupported call', 'unsupported gift'],
    ],
    ['nobody who allows', event('message_allow', {}), ['unsupported message_allow']],
    ['nobody who presses', event('message_event', { peer_id: 5 }), ['unsupported message_event']],
    ['nothing that is read', event('message_read', { from_id: 5 }), ['unsupported message_read']],
    ['nobody who types', event('message_typing_state', {}), ['unsupported message_typing_state']],
    [
      'nothing that is reacted to',
      event('message_reaction_event', { reacted_id: 5, peer_id: 5 }),
      ['unsupported message_reaction_event'],
    ],
  ]
  for (const [name, update, told] of rows) {
    it(name, () => {
      const events = parse(update).map((one) =>
        one.type === 'unsupported' ? `unsupported ${one.kind}` : one.type,
      )
      assert.deepEqual(events, told)
    })
  }

  it('names for the log the fields at fault, and never what stands in them', () => {
    const update = event('message_new', { peer_id: 'PLANTED', from_id: 5 })
    const { unreadable } = connector.parse(update, line, RECEIVED_AT)
    assert.match(unreadable?.[0]?.problem ?? '', /peer_id/)
    assert.ok(!JSON.stringify(unreadable).includes('PLANTED'))
  })

  it('messages in forwarded messages go on as deep as anybody forwards, and no deeper', () => {
    let deep: object = { text: 'bottom' }
    for (let depth = 0; depth < 10_000; depth++) deep = { text: 'up', fwd_messages: [deep] }
    const events = parse(event('message_new', { ...post, fwd_messages: [deep] }))
    assert.deepEqual(
      events.map(({ type }) => type),
      ['message.new', 'unsupported'],
    )
  })
})

describe('an event', () => {
  const post = { peer_id: 5, from_id: 5, conversation_message_id: 1, text: 'hi' }

  it('with odd formatting or attachments still carries its text', () => {
    for (const odd of [
      { format_data: { items: 'x' } },
      { format_data: 'x' },
      { attachments: [{ type: 'photo' }, { type: 'doc', doc: {} }, { type: 'constructor' }] },
      { attachments: [{ type: 'photo', photo: { sizes: [{ url: 'javascript:x' }] } }] },
    ]) {
      const [first] = parse(event('message_new', { ...post, ...odd }))
      assert.ok(first?.type === 'message.new', JSON.stringify(odd))
      assert.deepEqual(first.message.text, [{ type: 'text', value: 'hi' }])
      assert.equal(first.message.files, undefined)
    }
  })

  it('is known again by its id, and without one by all that it holds', () => {
    const keyOf = (update: object): string => connector.parse(update, line, 1).key
    const { event_id: _, ...bare } = event('message_new', post) as Record<string, unknown>
    assert.equal(keyOf(event('message_new', post)), keyOf(event('message_edit', post)))
    assert.equal(keyOf(bare), keyOf({ ...bare }))
    assert.notEqual(keyOf(bare), keyOf({ ...bare, object: { ...post, text: 'ho' } }))
  })

  it('without numbers of its message names it by all that it holds', () => {
    const idOf = (more: object): string | undefined => {
      const bare = { from_id: 55, peer_id: 55, date: 1_767_225_600, text: 'hi', ...more }
      const [first] = connector.parse(event('message_new', { message: bare }), line, 1).events
      return first?.type === 'message.new' ? first.message.id : undefined
    }
    for (const numbers of [{}, { id: 0 }, { id: 0, conversation_message_id: 0 }]) {
      assert.match(idOf(numbers) ?? '', /^[\w-]{43}$/)
    }
    assert.notEqual(idOf({ id: 0 }), idOf({ id: 0, text: 'ho' }))
    assert.equal(idOf({ id: 7 }), '7')
  })

  it('of a reaction tells its emoji, or its number where nobody is sure of it', () => {
    const reactTo = (id: number) => {
      const reaction = { reacted_id: 5, peer_id: 5, cmid: 1, reaction_id: id }
      const [first] = parse(event('message_reaction_event', reaction))
      return first?.type === 'reaction' ? first.added : undefined
    }
    assert.deepEqual(reactTo(1), ['\u2764\ufe0f'])
    assert.deepEqual(reactTo(16), ['🎉'])
    for (const id of [0, 6, 11, 17, -1]) assert.deepEqual(reactTo(id), [`reaction:${id}`])
  })

  it('of something read lets the sends to that conversation end first', () => {
    const read = { from_id: 5, peer_id: 5, conversation_message_id: 1 }
    const afterSendsOf = (object: object) =>
      connector.parse(event('message_read', object), line, 1).afterSendsTo
    assert.deepEqual(afterSendsOf(read), ['5'])
    assert.equal(afterSendsOf({ ...read, from_id: -GROUP_ID }), undefined)
  })

  it('of a name from the prototype is an unknown kind', () => {
    const [first] = parse(event('constructor', {}))
    assert.deepEqual(first, { type: 'unsupported', at: RECEIVED_AT, kind: 'constructor' })
  })
})

describe('the secret key', () => {
  const secret = secretKeyOf(line)
  const verify = (body: string) => connector.verify(rawRequest(body), line)

  it('is what VK takes as one, and differs from line to line', () => {
    assert.match(secret, /^[0-9a-z]{32,50}$/)
    assert.notEqual(secret, secretKeyOf({ webhookSecret: 'another' }))
    assert.ok(!secret.includes(line.webhookSecret))
  })

  it('is asked of every event, with the right community', async () => {
    const good = { ...event('message_deny', { user_id: 5 }), secret }
    assert.deepEqual(await verify(JSON.stringify(good)), { ok: true })
    for (const wrong of [
      { ...good, secret: undefined },
      { ...good, secret: '' },
      { ...good, secret: 5 },
      { ...good, secret: secret.slice(1) },
      { ...good, secret: `${secret}0` },
      { ...good, group_id: 8 },
      { ...good, group_id: undefined },
    ]) {
      assert.equal((await verify(JSON.stringify(wrong))).ok, false, JSON.stringify(wrong))
    }
    for (const body of ['', '[]', 'null', '"x"', JSON.stringify(good).slice(1)]) {
      assert.equal((await verify(body)).ok, false, body)
    }
  })
})

describe('a confirmation', () => {
  it('is answered with the code that VK has just now, which it is asked for once a minute', async () => {
    await using fake = await startFakeVk()
    const community = fake.addCommunity({ id: GROUP_ID, name: 'Desk', token: TOKEN })
    const clock = createManualClock()
    const own = createConnector(clock)
    const here = createLine({ apiRoot: fake.url })
    const body = JSON.stringify({ type: 'confirmation', group_id: GROUP_ID, event_id: 'e' })
    const ask = async (): Promise<unknown> => own.handshake?.(rawRequest(body), here)
    const asked = (): number => fake.callsOf('groups.getCallbackConfirmationCode').length
    community.code = 'first'
    assert.deepEqual(await ask(), { status: 200, body: 'first' })
    community.code = 'second'
    clock.jump(59_999)
    const flood = await Promise.all(Array.from({ length: 100 }, ask))
    assert.deepEqual(flood.at(-1), { status: 200, body: 'first' })
    assert.equal(asked(), 1)
    clock.jump(1)
    assert.deepEqual(await ask(), { status: 200, body: 'second' })
    clock.jump(60_000)
    fake.fail('groups.getCallbackConfirmationCode', { code: 5 })
    assert.deepEqual(await ask(), { status: 503, body: '' })
    assert.equal(asked(), 3)
  })

  it('asks anew when the servers of the line are about to change', async () => {
    await using fake = await startFakeVk()
    const community = fake.addCommunity({ id: GROUP_ID, name: 'Desk', token: TOKEN })
    const own = createConnector()
    const here = createLine({ apiRoot: fake.url })
    const body = JSON.stringify({ type: 'confirmation', group_id: GROUP_ID, event_id: 'e' })
    community.code = 'first'
    await own.handshake?.(rawRequest(body), here)
    const signal = AbortSignal.timeout(10_000)
    await assert.rejects(async () => own.install?.(here, { signal }), /could not confirm/)
    assert.notEqual(community.code, 'first')
    const reply = await own.handshake?.(rawRequest(body), here)
    assert.deepEqual(reply, { status: 200, body: community.code })
  })

  it('is none from another community, too long, of another kind, or by GET; VK is not asked', async () => {
    const good = { type: 'confirmation', group_id: GROUP_ID }
    for (const body of [
      JSON.stringify({ ...good, group_id: 8 }),
      JSON.stringify({ ...good, x: 'x'.repeat(2000) }),
      JSON.stringify({ type: 'message_new', object: { text: '"confirmation"' } }),
      '"confirmation"',
    ]) {
      assert.equal(await connector.handshake?.(rawRequest(body), line), undefined, body)
    }
    const get = rawRequest(JSON.stringify(good), 'GET')
    assert.equal(await connector.handshake?.(get, line), undefined)
  })
})

describe('ids of messages', () => {
  it('say the conversation and the count in it', () => {
    assert.deepEqual(readMessageId(toMessageId(2_000_000_001, 12)), { cmid: 12 })
    assert.deepEqual(readMessageId(toMessageId('-7', 1)), { cmid: 1 })
    assert.deepEqual(readMessageId('77'), { messageId: 77 })
    for (const odd of ['', 'x', '55_', '_12', '55_x', '55_12_1', '1e3']) {
      assert.equal(readMessageId(odd), undefined, odd)
    }
  })
})
