import { telegram } from '../../../connectors/telegram/index.ts'
import type { TelegramSettings } from '../../../connectors/telegram/settings.ts'
import { systemClock } from '../../../src/core/clock.ts'
import type { Connector } from '../../../src/core/connector.ts'
import type { RawRequest } from '../../../src/core/http.ts'
import type { Line } from '../../../src/core/line.ts'
import { FileSource } from '../../../src/files/source.ts'
import { createChannelClient } from '../../../src/outgoing/channel-client.ts'
import { createTargetGuard } from '../../../src/outgoing/guard.ts'
import { NOTHING_KEPT } from '../../helpers/nothing-kept.ts'

export const TOKEN = '123456:TEST_token-of-the-desk-bot'
export const BOT_ID = 123456
export const SECRET = 'abcdefghijklmnopqrstuvwxyz_-0123'
export const RECEIVED_AT = 1_767_225_700_000

const guard = createTargetGuard(['127.0.0.0/8'])
export const http = createChannelClient(guard)
export const files = new FileSource(guard)
const log = { debug: ignore, info: ignore, warn: ignore, error: ignore }
function ignore(): void {
  // What is logged is the contract suite's matter.
}

export function createConnector(): Connector<TelegramSettings> {
  return telegram.create({ http, files, ...NOTHING_KEPT, clock: systemClock, log })
}

export function createLine(values: Record<string, string> = {}): Line<TelegramSettings> {
  return {
    id: 1,
    connector: 'telegram',
    settings: telegram.parseSettings({ token: TOKEN, ...values }),
    webhookSecret: SECRET,
    webhookUrl: 'https://hub.example/webhook?hash=0123456789abcdef0123456789abcdef',
  }
}

export function rawRequest(body: unknown, headers: Record<string, string> = {}): RawRequest {
  const bytes = Buffer.from(JSON.stringify(body))
  return {
    method: 'POST',
    query: new URLSearchParams(),
    headers: { 'content-type': 'application/json', ...headers },
    body: bytes,
    json: () => JSON.parse(bytes.toString('utf8')) as unknown,
  }
}
