import { connectors } from '#connectors'
import { systemClock } from '../../src/core/clock.ts'
import type { ConnectorDescriptor, SendContext } from '../../src/core/connector.ts'
import type { InboundEvent } from '../../src/core/event.ts'
import type { OutgoingRequest } from '../../src/core/http.ts'
import { parseJson } from '../../src/core/json.ts'
import { TEXT_FORMATS, type TextFormat } from '../../src/core/portal.ts'
import { readSettings } from '../../src/core/settings.ts'
import { boundUpdate } from '../../src/core/update-bounds.ts'
import { fitEvent } from '../../src/ingress/fit-event.ts'
import { toOutbound } from '../../src/outbox/payload.ts'
import { renderEvent } from '../../src/portal/render-event.ts'
import { kits } from '../../test/contract/kits.ts'
import { NO_FILES } from '../../test/helpers/no-files.ts'
import { NOTHING_KEPT } from '../../test/helpers/nothing-kept.ts'
import { fill, type HostileUpdate, hostileUpdates } from './hostile-updates.ts'

export interface Stall {
  readonly ms: number
  readonly what: string
}

/** As the ingress gives others their turn. */
const TURN_MS = 8
/** What takes longer is measured again: what else the machine does only adds to it. */
const DOUBTFUL_MS = 25
const MEBIBYTE = 1_000_000
const LONGEST_SENT = 100_000
const FORMATS = TEXT_FORMATS.map((text): TextFormat => ({ text, emoji: 'shortname' }))

/** Milliseconds that this thread has computed: other processes of the machine don't count. */
function now(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

function since(startedAt: number): number {
  return now() - startedAt
}

/** The longest that one update of the channel's, of 1 MB, keeps everybody waiting. */
export function worstInbound(connector: string): Stall {
  let worst: Stall = { ms: 0, what: '' }
  for (const hostile of hostileUpdates(connector, MEBIBYTE)) {
    let ms = stallOf(hostile)
    for (let again = 0; again < 2 && ms > DOUBTFUL_MS; again += 1)
      ms = Math.min(ms, stallOf(hostile))
    if (ms > worst.ms) worst = { ms, what: hostile.what }
  }
  return worst
}

function stallOf({ golden, update }: HostileUpdate): number {
  const { maxTextLength } = createOffline(find(golden.connector), 0).connector
  const body = JSON.stringify(update)
  const startedAt = now()
  let events: readonly InboundEvent[]
  try {
    const parsed = golden.parse(boundUpdate(parseJson(body), maxTextLength).update)
    events = parsed.events.map(fitEvent)
  } catch {
    return since(startedAt)
  }
  const readMs = since(startedAt)
  return Math.max(...FORMATS.map((format) => longestTurn(readMs, events, format)))
}

/** From the reading on: others have their turn whenever one has taken long enough. */
function longestTurn(readMs: number, events: readonly InboundEvent[], format: TextFormat): number {
  let turn = readMs
  let longest = 0
  for (const event of events) {
    if (turn > TURN_MS) {
      longest = Math.max(longest, turn)
      turn = 0
    }
    const renderedAt = now()
    renderEvent(event, format, ({ ref }) => ({ url: ref.slice(0, 100), expiresAt: 1 }))
    turn += since(renderedAt)
  }
  return Math.max(longest, turn)
}

const SENT: Readonly<Record<TextFormat['text'], readonly string[]>> = {
  bbcode: [
    '[b]a[/b] ',
    '[code]a[/code]',
    '[quote]a[/quote]',
    '[url=http://a.bc]x[/url]',
    '[user=1]a[/user]',
    '[b]',
  ],
  markdown: ['_*', 'a*', '*a* ', '`a`', '[x](y)', '[x](http://a.bc) ', '> a\n', '**a**'],
  html: ['<b>a</b>', '<i>a</i> ', '<a href="http://a.bc">x</a>', '<p>a', '<blockquote>', '&amp;'],
  bitrix: ['[b]a[/b]', '>>a\n', '------\n', '[user=1]a[/user]', '[url=http://a.bc]x[/url]', '[b'],
  plain: ['a', ' ', ':joy:', '😀', '[id1|a]', '*a', '`', '\n', '<@U1>', 'http://a.bc/*'],
}

/** The same of a message of 100 000 characters, between its reading and its last part. */
export async function worstOutbound(connector: string): Promise<Stall> {
  const descriptor = find(connector)
  let worst: Stall = { ms: 0, what: '' }
  for (const format of FORMATS) {
    for (const unit of SENT[format.text]) {
      const text = fill(unit, LONGEST_SENT)
      let ms = await sendStall(descriptor, text, format)
      for (let again = 0; again < 2 && ms > DOUBTFUL_MS; again += 1) {
        ms = Math.min(ms, await sendStall(descriptor, text, format))
      }
      if (ms > worst.ms) worst = { ms, what: `${format.text} ${JSON.stringify(unit)}` }
    }
  }
  return worst
}

async function sendStall(
  descriptor: ConnectorDescriptor,
  text: string,
  format: TextFormat,
): Promise<number> {
  const readAt = now()
  const message = toOutbound({ text }, format)
  const offline = createOffline(descriptor, since(readAt))
  const [, channelId = 'slack'] = descriptor.id.split('.')
  const context = { serviceUrl: 'https://smba.trafficmanager.net/x/', channelId }
  const parties = { conversationId: 'a', bot: { id: 'b' }, user: { id: 'u' } }
  const call: SendContext = {
    signal: new AbortController().signal,
    out: 'out_1',
    attempt: 1,
    done: [],
    conversation: { ...context, ...parties },
    partSent: () => Promise.resolve(),
  }
  const chatId = descriptor.id === 'slack' ? 'C1' : '1'
  offline.begin()
  // What its channel answers to isn't of interest, and there is none.
  await offline.connector.send(chatId, message, offline.line, call).catch(() => undefined)
  return offline.end()
}

function find(id: string): ConnectorDescriptor {
  const descriptor = connectors.find((one) => one.id === id)
  if (!descriptor) throw new Error(`there is no connector ${id}`)
  return descriptor
}

/** A connector whose channel takes everything at once; what it does between two calls is one turn of everybody's. */
function createOffline(descriptor: ConnectorDescriptor, longestSoFar: number) {
  let longest = longestSoFar
  let turnAt = now()
  const endTurn = (): void => {
    longest = Math.max(longest, since(turnAt))
    turnAt = now()
  }
  const request = ({ json, form }: OutgoingRequest) => {
    JSON.stringify(json ?? form ?? {})
    endTurn()
    const body = JSON.stringify(ANSWER)
    return Promise.resolve({ status: 200, headers: { 'content-type': 'application/json' }, body })
  }
  const ignore = (): void => undefined
  const log = { debug: ignore, info: ignore, warn: ignore, error: ignore }
  const kit = kits[descriptor.id] ?? kits[descriptor.parent ?? '']
  if (!kit) throw new Error(`${descriptor.id} has no kit`)
  return {
    connector: descriptor.create({
      http: { request },
      files: NO_FILES,
      ...NOTHING_KEPT,
      clock: systemClock,
      log,
    }),
    line: {
      id: 1,
      connector: descriptor.id,
      settings: descriptor.parseSettings(readSettings(descriptor.fields, kit.fixtures.settings)),
      webhookSecret: 'webhook-secret-of-the-contract-0',
      webhookUrl: 'https://hub.example/webhook?hash=0123456789abcdef0123456789abcdef',
      identity: '1',
    },
    begin(): void {
      turnAt = now()
    },
    end(): number {
      endTurn()
      return longest
    },
  }
}

/** Each channel finds in it what it says after a message was taken. */
const ANSWER = {
  ...{ ok: true, status: 0, id: 'm', message_id: 'm', ts: '1.1', channel: 'C1', message_token: 1 },
  ...{ access_token: 'x', token_type: 'Bearer', expires_in: 3600, messages: [{ id: 'm' }] },
  ...{ result: { message_id: 1 }, response: [{ peer_id: 1, conversation_message_id: 1 }] },
}
