import { hash } from 'node:crypto'
import type { Verification } from '#core/connector.ts'
import type { RawRequest } from '#core/http.ts'
import type { Line } from '#core/line.ts'
import { readJsonObject, textFields } from '#kit/json-answer.ts'
import { verifySecret } from '#kit/verify-secret.ts'
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
