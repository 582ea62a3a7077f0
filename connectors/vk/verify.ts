import { hash } from 'node:crypto'
import type { Verification } from '#core/connector.ts'
import { DeliveryError } from '#core/errors.ts'
import type { HttpReply, RawRequest } from '#core/http.ts'
import { isRecord } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import { readJsonObject, textFields } from '#kit/json-answer.ts'
import { verifySecret } from '#kit/verify-secret.ts'
import { callApi, type Outside } from './client.ts'
import type { VkSettings } from './settings.ts'

/** VK echoes it in every event; at most 50 letters and digits. Made of the line's secret, so nobody has to enter it. */
export function secretKeyOf({ webhookSecret }: Pick<Line, 'webhookSecret'>): string {
  return hash('sha256', `vk callback ${webhookSecret}`).slice(0, 48)
}

/** VK signs nothing: the secret key in the body is the whole proof, so the body has to be looked into. */
export function verifyUpdate(request: RawRequest, line: Line<VkSettings>): Verification {
  const event = readJsonObject(request.body)
  if (!event) return { ok: false, reason: 'no JSON object' }
  const verification = verifySecret(textFields(event)('secret'), secretKeyOf(line), 'secret key')
  if (!verification.ok) return verification
  const isOurs = String(event['group_id']) === line.settings.groupId
  return isOurs ? { ok: true } : { ok: false, reason: 'another community' }
}

/** A confirmation is a short event; nothing longer is looked into. */
const LONGEST_CONFIRMATION = 1024
/** VK waits for the hub's answer while the hub asks it for the code. */
const CODE_TIMEOUT_MS = 5000

/**
 * Answers `{"type":"confirmation"}`, with which VK tries an address while `addCallbackServer` runs. The code changes from
 * time to time and with every change of a server, so VK is asked for it anew. Throws TransportError.
 */
export async function shakeHands(
  outside: Outside,
  request: RawRequest,
  { settings }: Line<VkSettings>,
): Promise<HttpReply | undefined> {
  const { method, body } = request
  if (method !== 'POST' || body.length > LONGEST_CONFIRMATION) return undefined
  if (!body.includes('"confirmation"')) return undefined
  const event = readJsonObject(body)
  if (event?.['type'] !== 'confirmation') return undefined
  if (String(event['group_id']) !== settings.groupId) return undefined
  try {
    return { status: 200, body: await readConfirmationCode(outside, settings) }
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error
    return { status: 503, body: '' }
  }
}

/** What VK expects from the community's webhook. Throws DeliveryError, TransportError. */
async function readConfirmationCode(outside: Outside, settings: VkSettings): Promise<string> {
  const ask = {
    method: 'groups.getCallbackConfirmationCode',
    params: { group_id: settings.groupId },
  }
  const answer = await callApi(outside, settings, ask, { timeoutMs: CODE_TIMEOUT_MS })
  return isRecord(answer) ? String(answer['code'] ?? '') : ''
}
