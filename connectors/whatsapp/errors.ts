import { DeliveryError, type DeliveryFault } from '#core/errors.ts'
import type { IncomingResponse } from '#core/http.ts'
import { isRecord } from '#core/json.ts'
import { type Decision, decideByStatus, PAUSE, REJECT, RETRY } from '#kit/http-answer.ts'
import { readJsonObject } from '#kit/json-answer.ts'
import { DEFAULT_REGAIN_MS, nameOf, quote, type Refusal, readRefusal } from '#meta/errors.ts'
import type { WhatsAppSettings } from './settings.ts'

const MINUTE_MS = 60_000
/** For what Meta calls passing, and which at times never passes: about 8 minutes of tries. */
const TEMPORARY_ATTEMPTS = 10
/**
 * https://developers.facebook.com/docs/whatsapp/cloud-api/overview#pair-rate-limits: a message in six seconds to a
 * person.
 */
const PAIR_RATE_MS = 6000
const LONGEST_PAIR_WAIT_MS = 10 * MINUTE_MS

/** More than 24 h after the person's last message; in statuses, too. */
export const WINDOW_CODE = 131_047
/** Of a message whose file Meta could not fetch, or does not take. */
const FILE_CODE = 131_053
/** The number sends what people take for spam: nothing goes out for a while, and somebody should know. */
const SPAM_CODE = 131_048
const SPAM_WAIT_MS = 60 * MINUTE_MS
/** Meta tells several reasons in one code: no WhatsApp, an old client, its terms not accepted, blocked. */
const NOBODY_CODE = 131_026

/** Too much to one person. */
const PAIR_CODE = 131_056

/** And 200 to 299. */
const PERMISSIONS: readonly number[] = [3, 10, 131_005]

/** What goes away by waiting, and how long to wait. */
const RATES: ReadonlyMap<number, Decision> = new Map([
  ...[4, 17, 32, 613, 80_007, 80_008, 133_016, 131_057].map(
    (code) => [code, toRate(DEFAULT_REGAIN_MS)] as const,
  ),
  // Messages a second of the number.
  [130_429, toRate(5000)],
  [SPAM_CODE, toRate(SPAM_WAIT_MS)],
  [PAIR_CODE, { ...RETRY, isRateLimit: true, scope: 'chat', retryAfterMs: PAIR_RATE_MS }],
])

/**
 * https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes. Codes that aren't here are judged by
 * status.
 */
const DECISIONS: ReadonlyMap<number, Decision> = new Map([
  ...RATES,
  ...[1, 2, 131_000].map((code) => [code, { ...RETRY, maxAttempts: TEMPORARY_ATTEMPTS }] as const),
  ...[131_016, 133_004].map((code) => [code, { ...RETRY, scope: 'line' }] as const),
  ...PERMISSIONS.map((code) => [code, PAUSE] as const),
  // The account: locked, not paid for, its certificate or name not in order, its number not registered.
  ...[368, 131_031, 131_037, 131_042, 131_045, 133_010].map((code) => [code, PAUSE] as const),
  [NOBODY_CODE, { ...REJECT, isNoAccount: true }],
  // Meta chose not to deliver: again soon would only annoy.
  ...[131_049, 130_472, 130_497].map((code) => [code, REJECT] as const),
  ...[131_021, 131_051, 131_052, FILE_CODE, 100, 131_008, 131_009].map(
    (code) => [code, REJECT] as const,
  ),
])

function toRate(retryAfterMs: number): Decision {
  return { ...RETRY, isRateLimit: true, scope: 'line', retryAfterMs }
}

/** A DeliveryError that keeps what callers here decide by. */
export class WhatsAppError extends DeliveryError {
  readonly refusal: Refusal
  constructor(message: string, refusal: Refusal, fault: DeliveryFault, options?: ErrorOptions) {
    super(message, fault, options)
    this.refusal = refusal
  }

  /** The same, as the fault of one setting. */
  blaming(field: string): WhatsAppError {
    const fault: DeliveryFault = { ...this.fault, disposition: 'reject', field }
    return new WhatsAppError(this.message, this.refusal, fault, { cause: this })
  }

  /** Meta could not fetch or take the file: at times the file's server only hiccups. */
  get isAboutFile(): boolean {
    return this.refusal.code === FILE_CODE
  }

  get isAboutPermission(): boolean {
    return isPermission(this.refusal.code ?? -1)
  }

  get isBadParameter(): boolean {
    const { code, subcode } = this.refusal
    return code === 131_009 || (code === 100 && subcode === undefined)
  }

  get isAboutSpam(): boolean {
    return this.refusal.code === SPAM_CODE
  }

  /** The object of the call isn't there, or isn't this token's to see. */
  get isMissing(): boolean {
    const { status, code, subcode } = this.refusal
    return (code === 100 && subcode === 33) || code === 33 || (code === undefined && status === 404)
  }
}

/** `hide`: what must not stand in the message, whatever the other side echoes. `now`: an epoch. */
export function toWhatsAppError(
  response: IncomingResponse,
  settings: WhatsAppSettings,
  hide: readonly string[],
  now: number,
): WhatsAppError {
  const { refusal, words } = readRefusal(response, now)
  const isCloud = settings.provider === 'cloud'
  const layer =
    isCloud || refusal.code !== undefined ? undefined : readLayer(response.body, refusal)
  const said = quote(layer?.words ?? words, hide)
  const who = isCloud || refusal.code !== undefined ? 'Meta' : '360dialog'
  const judged = layer ? { ...refusal, status: layer.status } : refusal
  const decision = layer ? decideForLayer(layer, judged) : decide(judged, settings)
  const channelCode = refusal.code === WINDOW_CODE ? 'outside_window' : nameOf(judged)
  return new WhatsAppError(`${who} answered ${nameOf(judged)}${said}`, judged, {
    ...decision,
    channelCode,
  })
}

/** A refusal of the layer that 360dialog puts before Meta's API. */
interface LayerRefusal {
  readonly status: number
  readonly words: string
}

/** `{"meta":{"success":false,"http_code":400,"developer_message":"…"}}`, in two spellings. */
function readLayer(body: string, { status }: Refusal): LayerRefusal | undefined {
  const meta = readJsonObject(body)?.['meta']
  if (!isRecord(meta)) return undefined
  const code = Number(meta['http_code'] ?? meta['httpCode'])
  const words = meta['developer_message'] ?? meta['developerMessage']
  return {
    status: code >= 400 && code <= 599 ? code : status,
    words: typeof words === 'string' ? words : '',
  }
}

/** The layer's 400 has no codes: only its words tell a rate and an account that is closed from a bad request. */
function decideForLayer({ status, words }: LayerRefusal, refusal: Refusal): Decision {
  const rate = /limit of \d+ requests? every (\d{1,6}) second/i.exec(words)
  if (rate) return toRate(refusal.retryAfterMs ?? Number(rate[1]) * 1000)
  if (status === 401) return { ...PAUSE, field: 'apiKey' }
  if (status === 403) return PAUSE
  if (status === 400 && /\b(?:disabled|unpaid|payment|suspended)\b/i.test(words)) return PAUSE
  return byStatus(refusal, 'apiKey')
}

function decide(refusal: Refusal, settings: WhatsAppSettings): Decision {
  const { code, subcode, isTransient } = refusal
  const credential = credentialOf(settings)
  if (code === undefined) return byStatus(refusal, credential)
  if (code === 0 || code === 190) return { ...PAUSE, field: credential }
  // The number is gone, or was never this token's.
  if (code === 33 || subcode === 33) {
    return settings.provider === 'cloud' ? { ...PAUSE, field: 'phoneNumberId' } : PAUSE
  }
  const decision = DECISIONS.get(code) ?? ofRange(code)
  if (!decision && !isTransient) return byStatus(refusal, credential)
  if (decision && decision.disposition !== 'retry') return decision
  return withOutcome(decision ?? RETRY, refusal)
}

/** A server that broke while it had the message may have sent it. Meta's own word on how long to wait goes first. */
function withOutcome(decision: Decision, { code, status, retryAfterMs }: Refusal): Decision {
  const outcome = status >= 500 ? 'unknown' : 'not-sent'
  if (retryAfterMs === undefined) return { ...decision, outcome }
  const isTooSoon = code === SPAM_CODE && retryAfterMs < SPAM_WAIT_MS
  return { ...decision, outcome, retryAfterMs: isTooSoon ? SPAM_WAIT_MS : retryAfterMs }
}

function credentialOf({ provider }: WhatsAppSettings): string {
  return provider === 'cloud' ? 'accessToken' : 'apiKey'
}

function isPermission(code: number): boolean {
  return PERMISSIONS.includes(code) || (code >= 200 && code <= 299)
}

/** Permissions, and what is wrong with a template. */
function ofRange(code: number): Decision | undefined {
  if (isPermission(code)) return PAUSE
  return code >= 132_000 && code <= 132_999 ? REJECT : undefined
}

function byStatus({ status, retryAfterMs }: Refusal, credential: string): Decision {
  const rules = { credential, rateScope: 'line', rateWaitMs: DEFAULT_REGAIN_MS } as const
  return decideByStatus(status, retryAfterMs, rules)
}

/** Too much to one person: waits 6 s, then four times as long with each attempt (1-based), up to ten minutes. */
export function withPairWait(error: WhatsAppError, attempt: number): WhatsAppError {
  const { refusal, message, fault } = error
  if (refusal.code !== PAIR_CODE) return error
  const waitMs = Math.min(PAIR_RATE_MS * 4 ** Math.min(attempt - 1, 10), LONGEST_PAIR_WAIT_MS)
  return new WhatsAppError(message, refusal, {
    ...fault,
    retryAfterMs: Math.max(waitMs, refusal.retryAfterMs ?? 0),
  })
}

/** What a `failed` status says with its first error. */
export function readStatusError(
  code: number | undefined,
  words: string,
): { readonly isNoAccount: boolean; readonly error: { code: string; message: string } } {
  const named = code === WINDOW_CODE ? 'outside_window' : String(code ?? 'failed')
  return { isNoAccount: code === NOBODY_CODE, error: { code: named, message: words || 'failed' } }
}
