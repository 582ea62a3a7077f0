import { botframework, virtualBotFramework } from '../../../connectors/botframework/index.ts'
import type { BotFrameworkSettings } from '../../../connectors/botframework/settings.ts'
import type { Clock } from '../../../src/core/clock.ts'
import type {
  Connector,
  ConnectorContext,
  ConnectorDescriptor,
  SendContext,
} from '../../../src/core/connector.ts'
import { BadUpdateError } from '../../../src/core/errors.ts'
import type { OutgoingRequest, RawRequest } from '../../../src/core/http.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import type { Line } from '../../../src/core/line.ts'
import { readSettings } from '../../../src/core/settings.ts'
import { createChannelClient } from '../../../src/outgoing/channel-client.ts'
import { createTargetGuard } from '../../../src/outgoing/guard.ts'
import { FakeBotFramework } from '../../fakes/botframework.ts'
import { NO_FILES } from '../../helpers/no-files.ts'
import { NOTHING_KEPT } from '../../helpers/nothing-kept.ts'

export const APP_ID = '11111111-2222-3333-4444-555555555555'
export const SECRET = 'the-app-secret-value'
export const START = Date.parse('2026-01-10T09:00:00.000Z')

export interface HandClock extends Clock {
  advance(ms: number): void
}

/** A clock that stands until it is moved. Nothing in the connector waits, so timers aren't needed. */
export function handClock(): HandClock {
  let now = START
  return {
    now: () => now,
    after: () => ({ cancel: () => undefined }),
    advance(ms) {
      now += ms
    },
  }
}

export function descriptorOf(id: string): ConnectorDescriptor<BotFrameworkSettings> {
  const found = [botframework, ...virtualBotFramework].find((descriptor) => descriptor.id === id)
  if (!found) throw new Error(`no connector ${id}`)
  return found
}

export function makeLine(
  raw: Readonly<Record<string, string>>,
  connector = 'botframework',
): Line<BotFrameworkSettings> {
  const descriptor = descriptorOf(connector)
  const settings = descriptor.parseSettings(readSettings(descriptor.fields, raw))
  return {
    id: 1,
    connector,
    settings,
    webhookSecret: 'x'.repeat(32),
    webhookUrl: 'https://hub.example/webhook?hash=0123456789abcdef0123456789abcdef',
  }
}

/** A line that never leaves the machine, for what is pure. */
export const PURE_LINE = makeLine({ appId: APP_ID, appSecret: SECRET })

export const NO_NETWORK: ConnectorContext = {
  http: { request: () => Promise.reject(new Error('no network here')) },
  files: NO_FILES,
  ...NOTHING_KEPT,
  clock: handClock(),
  log: {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
  },
}

export interface Bench extends AsyncDisposable {
  readonly fake: FakeBotFramework
  readonly clock: HandClock
  readonly connector: Connector<BotFrameworkSettings>
  readonly line: Line<BotFrameworkSettings>
  /** Every request that left the connector. */
  readonly requests: OutgoingRequest[]
  /** Everything that was logged, as JSON. */
  readonly logged: string[]
  call(conversation?: JsonObject): SendContext
}

/** A connector with the hub's own HTTP client, wired to a fake service. */
export async function openBench(
  id = 'botframework',
  more: Record<string, string> = {},
): Promise<Bench> {
  const clock = handClock()
  const fake = await FakeBotFramework.start({ now: clock.now })
  const http = createChannelClient(createTargetGuard(['127.0.0.0/8', '::1/128']))
  const requests: OutgoingRequest[] = []
  const logged: string[] = []
  const note = (fields: object, text: string): void => {
    logged.push(JSON.stringify({ ...fields, text }))
  }
  const connector = descriptorOf(id).create({
    http: {
      request(request) {
        requests.push(request)
        return http.request(request)
      },
    },
    files: NO_FILES,
    ...NOTHING_KEPT,
    clock,
    log: { debug: note, info: note, warn: note, error: note },
  })
  const chat: JsonObject = {
    serviceUrl: fake.serviceUrl,
    channelId: id === 'botframework' ? 'msteams' : id.slice('botframework.'.length),
    conversationId: 'a:1xyz;messageid=5',
    bot: { id: `28:${APP_ID}`, name: 'Desk' },
    user: { id: '29:1abc', name: 'Anna' },
  }
  return {
    fake,
    clock,
    connector,
    requests,
    logged,
    line: makeLine({ ...fake.settings(APP_ID, SECRET), ...more }, id),
    call: (conversation = chat) => ({
      conversation,
      out: 'out_1',
      attempt: 1,
      done: [],
      partSent: async () => undefined,
      signal: new AbortController().signal,
    }),
    async [Symbol.asyncDispose]() {
      http.close()
      await fake[Symbol.asyncDispose]()
    },
  }
}

/** A webhook request as the hub hands it to `verify`. */
export function toRawRequest(body: string, authorization: string | undefined): RawRequest {
  return {
    method: 'POST',
    query: new URLSearchParams(),
    headers: { authorization },
    body: Buffer.from(body),
    json() {
      try {
        return JSON.parse(body)
      } catch (error) {
        throw new BadUpdateError('not JSON', { cause: error })
      }
    },
  }
}

export function message(serviceUrl: string, more: object = {}): JsonObject {
  return {
    type: 'message',
    id: '1517',
    timestamp: '2026-01-10T09:00:00.120Z',
    channelId: 'msteams',
    serviceUrl,
    from: { id: '29:1abc', name: 'Anna' },
    recipient: { id: `28:${APP_ID}`, name: 'Desk' },
    conversation: { id: 'a:1xyz', conversationType: 'personal' },
    text: 'hello',
    ...more,
  }
}
