import type { Verification } from '#core/connector.ts'
import type { HttpReply, RawRequest } from '#core/http.ts'
import type { Line } from '#core/line.ts'
import { verifySecret } from '#kit/verify-secret.ts'
import { answerHandshake, verifySignature } from '#meta/verify.ts'
import type { WhatsAppSettings } from './settings.ts'

/** Meta signs; 360dialog echoes the line's secret in a header that it was given with the webhook's address. */
export function verifyUpdate(
  request: RawRequest,
  { settings, webhookSecret }: Line<WhatsAppSettings>,
): Verification {
  if (settings.provider === 'cloud') return verifySignature(request, settings.appSecret)
  return verifySecret(request.headers['x-hub-token'], webhookSecret, 'secret header')
}

/** Only Meta asks before it posts. */
export function shakeHands(
  request: RawRequest,
  { settings }: Line<WhatsAppSettings>,
): HttpReply | undefined {
  return settings.provider === 'cloud' ? answerHandshake(request, settings.verifyToken) : undefined
}

/** The two providers prove different things, so that their keys are never taken for one another. */
export function proofKey({ settings, webhookSecret }: Line<WhatsAppSettings>): string {
  return settings.provider === 'cloud' ? settings.appSecret : `360dialog ${webhookSecret}`
}
