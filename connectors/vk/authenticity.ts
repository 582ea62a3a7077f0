import { hash } from 'node:crypto'
import type { Verification } from '#core/connector.ts'
import { DeliveryError } from '#core/errors.ts'
import type { HttpClient, HttpReply, RawRequest } from '#core/http.ts'
import { isRecord } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import { isSameSecret } from '#core/secrets.ts'
import { readConfirmationCode } from './connect.ts'
import type { VkSettings } from './settings.ts'

/** VK echoes it in every event; at most 50 letters and digits. Made of the line's secret, so nobody has to enter it. */
export function secretKeyOf({ webhookSecret }: Pick<Line, 'webhookSecret'>): string {
  return hash('sha256', `vk callback ${webhookSecret}`).slice(0, 48)
}

/** VK signs nothing: the secret key in the body is the whole proof, so the body has to be looked into. */
export function verifySecret(request: RawRequest, line: Line<VkSettings>): Verification {
  const event = readBody(request.body)
  if (!event) return { ok: false, reason: 'no JSON object' }
  const { secret, group_id: groupId } = event
  if (typeof secret !== 'string' || secret === '') return { ok: false, reason: 'no secret key' }
  if (!isSameSecret(secret, secretKeyOf(line))) return { ok: false, reason: 'wrong secret key' }
  const isOurs = String(groupId) === line.settings.groupId
  return isOurs ? { ok: true } : { ok: false, reason: 'another community' }
}

function readBody(body: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** A confirmation is a short event; nothing longer is looked into. */
const LONGEST_CONFIRMATION = 1024

/**
 * Answers `{"type":"confirmation"}`, with which VK tries an address while `addCallbackServer` runs. The code changes from
 * time to time and with every change of a server, so VK is asked for it anew. Throws TransportError.
 */
export async function shakeHands(
  http: HttpClient,
  request: RawRequest,
  { settings }: Line<VkSettings>,
): Promise<HttpReply | undefined> {
  const { method, body } = request
  if (method !== 'POST' || body.length > LONGEST_CONFIRMATION) return undefined
  if (!body.includes('"confirmation"')) return undefined
  const event = readBody(body)
  if (event?.['type'] !== 'confirmation') return undefined
  if (String(event['group_id']) !== settings.groupId) return undefined
  try {
    return { status: 200, body: await readConfirmationCode(http, settings) }
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error
    return { status: 503, body: '' }
  }
}
