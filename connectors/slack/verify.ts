import type { ConnectorContext, Verification } from '#core/connector.ts'
import type { HttpReply, RawRequest } from '#core/http.ts'
import type { Line } from '#core/line.ts'
import { readJsonObject } from '#kit/json-answer.ts'
import { verifyHmac } from '#kit/verify-secret.ts'
import type { SlackSettings } from './settings.ts'
import { readForm } from './update.ts'

type Clocked = Pick<ConnectorContext, 'clock'>

/** What was signed longer ago may have been recorded by somebody, and is refused. */
const TOLERANCE_MS = 5 * 60_000

/**
 * `x-slack-signature`: `v0=` and the HMAC-SHA256 of `v0:<timestamp>:<raw body>` under the signing secret, in hex.
 * https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
export function verifyUpdate(
  { clock }: Clocked,
  { headers, body }: RawRequest,
  { settings }: Pick<Line<SlackSettings>, 'settings'>,
): Verification {
  const timestamp = headers['x-slack-request-timestamp'] ?? ''
  if (!/^\d{1,12}$/.test(timestamp)) return { ok: false, reason: 'no timestamp' }
  const ageMs = clock.now() - Number(timestamp) * 1000
  if (Math.abs(ageMs) > TOLERANCE_MS) return { ok: false, reason: 'signed at another time' }
  const [, hex] = /^v0=(.*)$/.exec(headers['x-slack-signature'] ?? '') ?? []
  return verifyHmac(hex, settings.signingSecret, `v0:${timestamp}:`, body)
}

/** Challenges and checks are short; nothing longer is looked into. */
const LONGEST_CHECK = 4096

/**
 * Answers `url_verification`, with which Slack tries a Request URL when it is entered: usually before the line is connected.
 * It is signed like every update. The check of the certificate, `ssl_check=1`, isn't signed, and nothing is done about it.
 */
export function shakeHands(
  context: Clocked,
  request: RawRequest,
  line: Line<SlackSettings>,
): HttpReply | undefined {
  const { method, body } = request
  if (method !== 'POST' || body.length > LONGEST_CHECK) return undefined
  if (readForm(request)?.get('ssl_check') === '1') return { status: 200, body: '' }
  if (!body.includes('url_verification')) return undefined
  const { type, challenge } = readJsonObject(body) ?? {}
  if (type !== 'url_verification' || typeof challenge !== 'string') return undefined
  return verifyUpdate(context, request, line).ok ? { status: 200, body: challenge } : undefined
}
