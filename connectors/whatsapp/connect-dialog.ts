import { hash } from 'node:crypto'
import type { CallContext, ConnectReport } from '#core/connector.ts'
import { given } from '#core/given.ts'
import { isRecord } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import { listOf, textFields } from '#kit/json-answer.ts'
import { nameOf } from './answers.ts'
import { callApi, type Outside } from './client.ts'
import { WhatsAppError } from './errors.ts'
import type { DialogSettings, WhatsAppSettings } from './settings.ts'

export const WEBHOOK_PATH = ['v1', 'configs', 'webhook'] as const
/** Characters of the key's digest. */
const KEY_ID_LENGTH = 32

/**
 * 360dialog knows the number by the key alone. Where it doesn't tell the number's id, the identity is a digest of the
 * key, until an update tells the id (`ParsedUpdate.identity`). Throws as `callApi`.
 */
export async function testDialog(
  outside: Outside,
  line: Line<WhatsAppSettings>,
  settings: DialogSettings,
  call: CallContext,
): Promise<ConnectReport> {
  const webhook = await callApi(outside, settings, { method: 'GET', path: WEBHOOK_PATH }, call)
  const url = textFields(webhook)('url')
  if (url !== '' && url !== line.webhookUrl) {
    outside.log.warn(
      { event: 'whatsapp.webhook-taken-over', lineId: line.id },
      'the number has a webhook elsewhere, which the test replaces',
    )
  }
  const health = await askHealth(outside, settings, call)
  const name = nameOf(health)
  const identity = numberIn(health) ?? `key:${digest(settings.apiKey)}`
  return { ok: true, identity, ...given({ name }) }
}

/**
 * https://docs.360dialog.com/docs/messaging-api/api-reference/health. Not every key may ask, and Meta's own state is
 * behind it: whatever it refuses says nothing of the key, which has been tried.
 */
async function askHealth(
  outside: Outside,
  settings: DialogSettings,
  call: CallContext,
): Promise<Record<string, unknown>> {
  const query = { fields: 'display_phone_number,verified_name' }
  try {
    const ask = { method: 'GET', path: ['health_status'], query } as const
    const answer = await callApi(outside, settings, ask, call)
    return isRecord(answer) ? answer : {}
  } catch (error) {
    if (!(error instanceof WhatsAppError) || error.fault.field !== undefined) throw error
    return {}
  }
}

function numberIn(health: Record<string, unknown>): string | undefined {
  const status = isRecord(health['health_status']) ? health['health_status'] : {}
  const entities = listOf(status['entities']).filter(isRecord)
  const number = entities.find((one) => one['entity_type'] === 'PHONE_NUMBER')
  const id = number === undefined ? '' : String(number['id'])
  return /^\d{1,32}$/.test(id) ? id : undefined
}

function digest(apiKey: string): string {
  return hash('sha256', apiKey, 'hex').slice(0, KEY_ID_LENGTH)
}
