import type { Verification } from '#core/connector.ts'
import type { HttpReply, RawRequest } from '#core/http.ts'
import type { Line } from '#core/line.ts'
import { isSameSecret } from '#core/secrets.ts'
import { answerHandshake, verifySignature } from '#meta/verify.ts'
import type { WhatsAppSettings } from './settings.ts'

/** The header that 360dialog was told with the webhook's address, and sends with every update. */
const SECRET_HEADER = 'x-hub-token'

/** Meta signs; 360dialog echoes the line's secret. */
export function verifyUpdate(request: RawRequest, line: Line<WhatsAppSettings>): Verification {
  const { settings } = line
  if (settings.provider === 'cloud') return verifySignature(request, settings.appSecret)
  const given = request.headers[SECRET_HEADER]
  if (given === undefined || given === '') return { ok: false, reason: 'no secret header' }
  const isEqual = isSameSecret(given, line.webhookSecret)
  return isEqual ? { ok: true } : { ok: false, reason: 'wrong secret header' }
}

/** Only Meta asks before it posts. */
export function shakeHands(
  request: RawRequest,
  { settings }: Line<WhatsAppSettings>,
): HttpReply | undefined {
  return settings.provider === 'cloud' ? answerHandshake(request, settings.verifyToken) : undefined
}
