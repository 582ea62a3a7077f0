import { createVk } from '../../../connectors/vk/index.ts'
import { fields, parseSettings, type VkSettings } from '../../../connectors/vk/settings.ts'
import type { FileCarrier } from '../../../connectors/vk/uploads.ts'
import { systemClock } from '../../../src/core/clock.ts'
import type { Connector, SendContext } from '../../../src/core/connector.ts'
import { DeliveryError } from '../../../src/core/errors.ts'
import type { RawRequest } from '../../../src/core/http.ts'
import type { Line } from '../../../src/core/line.ts'
import { readSettings } from '../../../src/core/settings.ts'
import { createChannelClient } from '../../../src/http/channel-client.ts'
import { createTargetGuard } from '../../../src/http/guard.ts'
import { NO_FILES } from '../../helpers/no-files.ts'

export const TOKEN = 'vk1.a.TEST-community-token'
export const GROUP_ID = 7
export const RECEIVED_AT = 1_767_225_700_000

export const http = createChannelClient(createTargetGuard(['127.0.0.0/8']))
const ignore = (): void => undefined
const log = { debug: ignore, info: ignore, warn: ignore, error: ignore }

export function createConnector(carrier?: FileCarrier): Connector<VkSettings> {
  return createVk({ http, files: NO_FILES, clock: systemClock, log }, carrier)
}

export function createLine(values: Record<string, string> = {}): Line<VkSettings> {
  const given = { groupId: String(GROUP_ID), accessToken: TOKEN, ...values }
  return {
    id: 1,
    connector: 'vk',
    settings: parseSettings(readSettings(fields, given)),
    webhookSecret: 'abcdefghijklmnopqrstuvwxyz_-0123',
    // Nobody listens there: a fake that tries the address must not leave this machine.
    webhookUrl: 'http://127.0.0.1:1/webhook?hash=0123456789abcdef0123456789abcdef',
  }
}

export function sendContext(extra: Partial<SendContext> = {}): SendContext {
  const signal = new AbortController().signal
  const partSent = async (): Promise<void> => undefined
  return { signal, out: 'out_1', attempt: 1, done: [], partSent, ...extra }
}

export function rawRequest(body: string, method: 'GET' | 'POST' = 'POST'): RawRequest {
  return {
    method,
    query: new URLSearchParams(),
    headers: {},
    body: Buffer.from(body),
    json: () => JSON.parse(body) as unknown,
  }
}

/** Carries what stands in the file's name; `huge` is larger than anyone takes. */
export const carrier: FileCarrier = {
  async carry(uploadUrl, field, file, { signal }) {
    if (file.name?.startsWith('huge')) {
      throw new DeliveryError('too large', {
        disposition: 'reject',
        outcome: 'not-sent',
        channelCode: 'HUB_FILE_TOO_LARGE',
      })
    }
    const form = new FormData()
    form.append(field, new Blob([file.name ?? '']), file.name ?? 'file')
    const response = await fetch(uploadUrl, { method: 'POST', body: form, signal })
    return { status: response.status, headers: {}, body: await response.text() }
  },
}
