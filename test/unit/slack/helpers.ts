import { slack } from '../../../connectors/slack/index.ts'
import type { SlackSettings } from '../../../connectors/slack/settings.ts'
import { type Clock, systemClock } from '../../../src/core/clock.ts'
import type { Connector } from '../../../src/core/connector.ts'
import type { RawRequest } from '../../../src/core/http.ts'
import { parseJson } from '../../../src/core/json.ts'
import type { Line } from '../../../src/core/line.ts'
import { createChannelClient } from '../../../src/outgoing/channel-client.ts'
import { createTargetGuard } from '../../../src/outgoing/guard.ts'
import { signSlack, startFakeSlack } from '../../fakes/slack.ts'
import { NO_FILES } from '../../helpers/no-files.ts'
import { NOTHING_KEPT } from '../../helpers/nothing-kept.ts'

export const TOKEN = 'xoxb-2-TEST-bot-token'
export const SECRET = 'TEST8f742231b10e8888abcd99yyyzzz'
export const CHAT = 'D024BE91L'
export const RECEIVED_AT = 1_767_225_700_000

export const http = createChannelClient(createTargetGuard(['127.0.0.0/8']))
const ignore = (): void => undefined
const log = { debug: ignore, info: ignore, warn: ignore, error: ignore }

export function createConnector(clock: Clock = systemClock): Connector<SlackSettings> {
  return slack.create({ http, files: NO_FILES, ...NOTHING_KEPT, clock, log })
}

export function createLine(
  values: Record<string, string> = {},
  identity?: string,
): Line<SlackSettings> {
  return {
    id: 1,
    connector: 'slack',
    settings: slack.parseSettings({ botToken: TOKEN, signingSecret: SECRET, ...values }),
    webhookSecret: 'abcdefghijklmnopqrstuvwxyz_-0123',
    webhookUrl: 'https://hub.example/webhook?hash=0123456789abcdef0123456789abcdef',
    ...(identity === undefined ? {} : { identity }),
  }
}

/** A workspace with the app and one conversation, and a line that is connected to it. */
export async function openSlack() {
  const fake = await startFakeSlack()
  const app = fake.addApp({ token: TOKEN, signingSecret: SECRET })
  const channel = fake.workspace.addChannel(CHAT)
  const line = createLine({ apiRoot: fake.url })
  return {
    fake,
    app,
    channel,
    line,
    connector: createConnector(),
    [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose](),
  }
}

export const FORM = 'application/x-www-form-urlencoded; charset=utf-8'

interface RequestOptions {
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A genuine request, unless other headers are given. */
export function rawRequest(
  body: string,
  { type = 'application/json', headers = signSlack(body, SECRET) }: RequestOptions = {},
): RawRequest {
  return {
    method: 'POST',
    query: new URLSearchParams(),
    headers: { 'content-type': type, ...headers },
    body: Buffer.from(body),
    json: () => parseJson(body),
  }
}
