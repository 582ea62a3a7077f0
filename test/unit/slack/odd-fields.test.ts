import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import { BadUpdateError } from '../../../src/core/errors.ts'
import type { InboundEvent } from '../../../src/core/event.ts'
import { isRecord, parseJson } from '../../../src/core/json.ts'
import { CHAT, createConnector, createLine, http, RECEIVED_AT } from './helpers.ts'

const connector = createConnector()
const LINES = [createLine(), createLine({}, 'T061EG9R6:U0BOTDESK')]
const FOLDER = new URL('../../fixtures/slack/', import.meta.url)

after(() => http.close())

type Path = readonly string[]

/** Every field of an update, also those in lists and those that hold others. */
function pathsIn(value: unknown, at: Path = []): Path[] {
  const own = at.length > 0 ? [at] : []
  if (typeof value !== 'object' || value === null) return own
  return [...own, ...Object.entries(value).flatMap(([key, one]) => pathsIn(one, [...at, key]))]
}

const DROPPED = Symbol('dropped')
const ODD: readonly unknown[] = [DROPPED, null, 7, 'odd', true, { odd: 1 }, ['odd'], {}, []]

function typeOf(value: unknown): string {
  return Array.isArray(value) ? 'list' : typeof value
}

function fieldAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((one, key) => (one as Record<string, unknown>)[key], value)
}

function withField(update: unknown, path: Path, odd: unknown): unknown {
  const copy = structuredClone(update)
  const holder = fieldAt(copy, path.slice(0, -1)) as Record<string, unknown>
  const key = path.at(-1) ?? ''
  if (odd !== DROPPED) holder[key] = odd
  else if (Array.isArray(holder)) holder.splice(Number(key), 1)
  else delete holder[key]
  return copy
}

/** The update with each of its fields missing, null and of every other type. */
function* oddOnes(update: unknown): Generator<readonly [path: Path, odd: unknown, name: string]> {
  for (const path of pathsIn(update)) {
    const type = typeOf(fieldAt(update, path))
    for (const odd of ODD) {
      if (typeOf(odd) === type && odd !== null) continue
      yield [
        path,
        withField(update, path, odd),
        `${path.join('.')} as ${String(JSON.stringify(odd))}`,
      ]
    }
  }
}

/** Whether the field is the one named so, in it, or around it. */
function touches(path: Path, names: readonly string[], around: Path): boolean {
  const isAround = path.every((key, index) => around[index] === key)
  return isAround || path.some((key) => names.includes(key))
}

type Written = Extract<InboundEvent, { readonly type: 'message.new' | 'message.updated' }>

function isWritten(event: InboundEvent): event is Written {
  return event.type === 'message.new' || event.type === 'message.updated'
}

function writtenIn(events: readonly InboundEvent[]): Written | undefined {
  return events.find(isWritten)
}

const CHANNELS = ['channel', 'channel_id']

const idsOf = (event: InboundEvent) => ({
  chat: 'chat' in event ? event.chat?.id : undefined,
  user: 'user' in event ? event.user?.id : undefined,
})

/** What these can't do without; everything else has a second place, or is nothing to miss. */
const NEEDED: Readonly<Record<string, Path>> = {
  button: ['type', 'actions'],
  reaction: ['type', 'item', 'reaction'],
}

/** Whatever isn't the field itself costs neither text nor files, nor who and where. */
function assertKept(golden: readonly InboundEvent[], events: readonly InboundEvent[], path: Path) {
  const [was] = golden
  const [is] = events
  assert.ok(was && is, 'nothing is told of it')
  const written = writtenIn(golden)
  if (written) assertWritten(written, writtenIn(events), path)
  const needed = NEEDED[was.type]
  if (needed && path.join() !== 'event' && !touches(path, needed, [])) {
    assert.equal(is.type, was.type)
  }
  if (['event', 'message', 'item'].includes(path.at(-1) ?? '')) return
  const { chat, user } = idsOf(was)
  if (chat && !touches(path, CHANNELS, [])) assert.equal(idsOf(is).chat, chat)
  if (user && !touches(path, ['user', 'user_id'], [])) assert.equal(idsOf(is).user, user)
}

function assertWritten({ type, message }: Written, kept: Written | undefined, path: Path) {
  const textAt = type === 'message.updated' ? ['event', 'message', 'text'] : ['event', 'text']
  const filesAt = [...textAt.slice(0, -1), 'files']
  // What was passed on stands in `attachments`, which are text and files of this message too.
  const elsewhere = [...CHANNELS, 'attachments']
  if (!touches(path, elsewhere, textAt)) assert.deepEqual(kept?.message.text, message.text)
  if (touches(path, [...elsewhere, 'files'], filesAt)) return
  assert.equal(kept?.message.files?.length ?? 0, message.files?.length ?? 0)
}

interface Read {
  readonly golden: readonly InboundEvent[]
  readonly path: Path
  readonly isOwn: boolean
}

/** Only what has lost the name of its kind may be refused. */
function assertRead(update: unknown, { golden, path, isOwn }: Read) {
  for (const line of LINES) {
    try {
      const { events, key } = connector.parse(update, line, RECEIVED_AT)
      assert.ok(key.length > 0 && key.length <= 512)
      assert.ok(events.every(({ at }) => at >= 1_767_225_600_000))
      if (golden.length > 0) assertKept(golden, events, path)
      if (isOwn) assert.equal(writtenIn(events), undefined, 'an echo')
    } catch (error) {
      if (!(error instanceof BadUpdateError) || path.join() !== 'type') throw error
    }
  }
}

describe('an odd field of an update costs nothing but itself', () => {
  for (const name of readdirSync(FOLDER)) {
    it(name.replace('.json', ''), () => {
      const fixture = parseJson(readFileSync(new URL(name, FOLDER), 'utf8'))
      assert.ok(isRecord(fixture))
      const golden = fixture['events'] as readonly InboundEvent[]
      const ones = [...oddOnes(fixture['update'])]
      assert.ok(ones.length > 30, String(ones.length))
      for (const [path, update, what] of ones) {
        const read = { golden, path, isOwn: name.startsWith('own-') }
        assert.doesNotThrow(() => assertRead(update, read), what)
      }
    })
  }
})

const TS = '1767225600.000100'
const MESSAGE_ID = `${CHAT}_${TS}`
const parse = (update: unknown) => connector.parse(update, createLine(), RECEIVED_AT)
const callback = (event: unknown): object => ({ type: 'event_callback', event_id: 'Ev1', event })

describe('what names its kind and cannot be read is unsupported, with all that it tells', () => {
  const user = { id: 'U1' }
  const chat = { id: CHAT, kind: 'private' }
  const message = { id: MESSAGE_ID }
  const inChat = { channel: CHAT, user: 'U1' }
  const rows: [name: string, update: unknown, kind: string, told: object][] = [
    ['a callback without an event', { type: 'event_callback' }, 'event_callback', {}],
    ['an event without a type', callback({}), 'event_callback', {}],
    [
      'a message without a conversation',
      callback({ type: 'message', ts: TS, user: 'U1' }),
      'message',
      { user },
    ],
    ['a message without a ts', callback({ type: 'message', ...inChat }), 'message', { user, chat }],
    [
      'an edit without the message',
      callback({
        type: 'message',
        subtype: 'message_changed',
        ts: TS,
        ...inChat,
        previous_message: { ts: TS },
      }),
      'message.message_changed',
      { user, chat, message },
    ],
    [
      'a deletion of nothing',
      callback({ type: 'message', subtype: 'message_deleted', channel: CHAT }),
      'message.message_deleted',
      { chat },
    ],
    [
      'a reaction without an emoji',
      callback({
        type: 'reaction_added',
        user: 'U1',
        item: { type: 'message', channel: CHAT, ts: TS },
      }),
      'reaction_added',
      { user, chat, message },
    ],
    [
      'a press without what was pressed',
      { type: 'block_actions', user, container: { channel_id: CHAT, message_ts: TS }, actions: [] },
      'block_actions',
      { user, chat, message },
    ],
  ]
  for (const [name, update, kind, told] of rows) {
    it(name, () => {
      const { events, unreadable } = parse(update)
      assert.equal(events.length, 1)
      const [{ at: _, ...event } = { at: 0 }] = events
      assert.deepEqual(event, { type: 'unsupported', kind, ...told })
      const isWithoutEvent = kind === 'event_callback'
      assert.equal(unreadable?.length ?? 0, isWithoutEvent ? 0 : 1)
    })
  }
})

describe('what can be read all the same', () => {
  const text = { type: 'message', channel: CHAT, user: 'U1', text: 'hi' }
  const idOf = (event: object): unknown => writtenIn(parse(callback(event)).events)?.message.id

  it('a ts that is a number, or stands beside', () => {
    assert.equal(idOf({ ...text, ts: 1_767_225_600.0001 }), MESSAGE_ID)
    assert.equal(idOf({ ...text, ts: null, event_ts: TS }), MESSAGE_ID)
  })

  it('a message beside files of which one can not be read, which is told too', () => {
    const files = [{ id: 'F1' }, { name: 'a.pdf' }, null]
    const { events } = parse(callback({ ...text, ts: TS, subtype: 'file_share', files }))
    assert.deepEqual(
      events.map(({ type }) => type),
      ['message.new', 'unsupported'],
    )
    const [first, second] = events
    assert.equal(writtenIn(events)?.message.files?.length, 1)
    assert.ok(first && second?.type === 'unsupported')
    assert.deepEqual([second.kind, second.message], ['message.file_share', { id: MESSAGE_ID }])
  })

  it('an answer in a thread that Slack tells without a subtype is no edit', () => {
    const message = { ts: TS, user: 'U1', text: 'hi', thread_ts: TS, reply_count: 1 }
    const [event] = parse(callback({ type: 'message', channel: CHAT, ts: TS, message })).events
    assert.equal(event?.type, 'unsupported')
  })

  it('a press of nobody and a reaction of nobody', () => {
    const action = { type: 'button', value: 'yes' }
    const press = { type: 'block_actions', channel: { id: CHAT }, actions: [action, 'odd'] }
    assert.deepEqual(
      parse(press).events.map(({ type }) => type),
      ['button', 'unsupported'],
    )
    const item = { channel: CHAT, ts: TS }
    const [event] = parse(callback({ type: 'reaction_added', reaction: 'eyes', item })).events
    assert.ok(event?.type === 'reaction')
    assert.deepEqual([event.user, event.added], [undefined, ['👀']])
  })
})
