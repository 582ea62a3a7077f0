import { createHmac } from 'node:crypto'
import { viber } from '../../../connectors/viber/index.ts'
import type { ViberSettings } from '../../../connectors/viber/settings.ts'
import { systemClock } from '../../../src/core/clock.ts'
import type { Connector } from '../../../src/core/connector.ts'
import type { RawRequest } from '../../../src/core/http.ts'
import { parseJson } from '../../../src/core/json.ts'
import type { Line } from '../../../src/core/line.ts'
import { createChannelClient } from '../../../src/outgoing/channel-client.ts'
import { createTargetGuard } from '../../../src/outgoing/guard.ts'
import { NO_FILES } from '../../helpers/no-files.ts'
import { NOTHING_KEPT } from '../../helpers/nothing-kept.ts'

export const TOKEN = 'TEST-viber-token-445da6az1s345z78'
export const ANN = 'xy5/5y6O81+/kbWHpLhBoA=='
export const RECEIVED_AT = 1_767_225_700_000

export const http = createChannelClient(createTargetGuard(['127.0.0.0/8']))

/** What was logged, by event. */
export const logged: unknown[] = []
const note = (fields: object): void => {
  logged.push(fields)
}
const log = { debug: note, info: note, warn: note, error: note }

export function createConnector(): Connector<ViberSettings> {
  return viber.create({ http, files: NO_FILES, ...NOTHING_KEPT, clock: systemClock, log })
}

export function createLine(values: Record<string, string> = {}): Line<ViberSettings> {
  return {
    id: 1,
    connector: 'viber',
    settings: viber.parseSettings({ authToken: TOKEN, senderName: 'Desk', ...values }),
    webhookSecret: 'abcdefghijklmnopqrstuvwxyz_-0123',
    // Nobody listens there: a fake that tries the address must not leave this machine.
    webhookUrl: 'http://127.0.0.1:1/webhook?hash=0123456789abcdef0123456789abcdef',
  }
}

export function sign(body: string, token = TOKEN): string {
  return createHmac('sha256', token).update(body).digest('hex')
}

export function rawRequest(body: string, signature?: string): RawRequest {
  return {
    method: 'POST',
    query: new URLSearchParams(),
    headers: signature === undefined ? {} : { 'x-viber-content-signature': signature },
    body: Buffer.from(body),
    json: () => parseJson(body),
  }
}
