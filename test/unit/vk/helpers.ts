import { Readable } from 'node:stream'
import { vk } from '../../../connectors/vk/index.ts'
import type { VkSettings } from '../../../connectors/vk/settings.ts'
import { type Clock, systemClock } from '../../../src/core/clock.ts'
import type { Connector } from '../../../src/core/connector.ts'
import { DeliveryError } from '../../../src/core/errors.ts'
import type { FileOpener } from '../../../src/core/files.ts'
import type { RawRequest } from '../../../src/core/http.ts'
import type { Line } from '../../../src/core/line.ts'
import { readSettings } from '../../../src/core/settings.ts'
import { createChannelClient } from '../../../src/outgoing/channel-client.ts'
import { createTargetGuard } from '../../../src/outgoing/guard.ts'
import { NOTHING_KEPT } from '../../helpers/nothing-kept.ts'

export const TOKEN = 'vk1.a.TEST-community-token'
export const GROUP_ID = 7
export const RECEIVED_AT = 1_767_225_700_000

export const http = createChannelClient(createTargetGuard(['127.0.0.0/8']))
const ignore = (): void => undefined
const log = { debug: ignore, info: ignore, warn: ignore, error: ignore }

/** Each file holds its name; `huge` ones are larger than anyone takes. */
const NAMED_FILES: FileOpener = {
  check: () => undefined,
  nameOf: ({ name }) => name ?? 'file',
  async open({ name = 'file' }) {
    if (name.startsWith('huge')) {
      throw new DeliveryError('too large', {
        disposition: 'reject',
        outcome: 'not-sent',
        channelCode: 'HUB_FILE_TOO_LARGE',
      })
    }
    const stream = Readable.from([Buffer.from(name)])
    return { name, stream, close: () => stream.destroy() }
  },
}

export function createConnector(clock: Clock = systemClock): Connector<VkSettings> {
  return vk.create({ http, files: NAMED_FILES, ...NOTHING_KEPT, clock, log })
}

export function createLine(values: Record<string, string> = {}): Line<VkSettings> {
  const given = { groupId: String(GROUP_ID), accessToken: TOKEN, ...values }
  return {
    id: 1,
    connector: 'vk',
    settings: vk.parseSettings(readSettings(vk.fields, given)),
    webhookSecret: 'abcdefghijklmnopqrstuvwxyz_-0123',
    // Nobody listens there: a fake that tries the address must not leave this machine.
    webhookUrl: 'http://127.0.0.1:1/webhook?hash=0123456789abcdef0123456789abcdef',
  }
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
