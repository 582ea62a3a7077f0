import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { connectors } from '#connectors'
import type { WhatsAppSettings } from '../../../connectors/whatsapp/settings.ts'
import { systemClock } from '../../../src/core/clock.ts'
import type { Connector, SendContext } from '../../../src/core/connector.ts'
import { DeliveryError } from '../../../src/core/errors.ts'
import type { RawRequest } from '../../../src/core/http.ts'
import { parseJson } from '../../../src/core/json.ts'
import type { Line } from '../../../src/core/line.ts'
import { readSettings } from '../../../src/core/settings.ts'
import { createChannelClient } from '../../../src/outgoing/channel-client.ts'
import { createTargetGuard } from '../../../src/outgoing/guard.ts'
import { NO_FILES } from '../../helpers/no-files.ts'
import { NOTHING_KEPT } from '../../helpers/nothing-kept.ts'
import { SECRETS, whatsappSettings } from '../../helpers/whatsapp-kit.ts'

export type Provider = 'cloud' | '360dialog'

export interface OpenLine {
  readonly connector: Connector<WhatsAppSettings>
  readonly line: Line<WhatsAppSettings>
  /** The fields of everything that was logged. */
  readonly logged: Record<string, unknown>[]
  close(): void
}

/** A line of one provider, as the hub would make it. */
export function openLine(
  provider: Provider,
  apiRoot: string,
  more: Readonly<Record<string, string>> = {},
): OpenLine {
  const id = `whatsapp.${provider}` as const
  const descriptor = connectors.find((one) => one.id === id)
  assert.ok(descriptor)
  const http = createChannelClient(createTargetGuard(['127.0.0.0/8']))
  const logged: Record<string, unknown>[] = []
  const note = (fields: object): void => {
    logged.push({ ...fields })
  }
  const log = { debug: note, info: note, warn: note, error: note }
  const raw = { ...whatsappSettings(id, apiRoot), ...more }
  const context = { http, files: NO_FILES, ...NOTHING_KEPT, clock: systemClock, log }
  return {
    connector: descriptor.create(context) as Connector<WhatsAppSettings>,
    line: {
      id: 1,
      connector: id,
      settings: descriptor.parseSettings(readSettings(descriptor.fields, raw)) as WhatsAppSettings,
      webhookSecret: 'abcdefghijklmnopqrstuvwxyz_-0123',
      webhookUrl: 'https://hub.example/webhook?hash=0123456789abcdef0123456789abcdef',
    },
    logged,
    close: () => http.close(),
  }
}

export function sendContext(extra: Partial<SendContext> = {}): SendContext {
  const signal = new AbortController().signal
  const partSent = async (): Promise<void> => undefined
  return { signal, out: 'out_1', attempt: 1, done: [], partSent, ...extra }
}

export function rawRequest(
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): RawRequest {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return {
    method: 'POST',
    query: new URLSearchParams(),
    headers,
    body: Buffer.from(text),
    json: () => parseJson(text),
  }
}

/** The decision on what a call failed with, which shows no secret. */
export async function faultOf(work: Promise<unknown>): Promise<DeliveryError['fault']> {
  const error = await work.then(
    () => assert.fail('it succeeded'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof DeliveryError, inspect(error))
  for (const secret of Object.values(SECRETS)) assert.ok(!inspect(error).includes(secret))
  return error.fault
}
