import { given } from '../../../core/given.ts'
import { isRecord } from '../../../core/json.ts'
import { parseRetryAfter } from '../../../core/retry-after.ts'
import type { Exchange, PortalResponse } from '../../exchange.ts'

/** What a portal's answer says of a post. `flag`: it was taken, and an administrator should look all the same. */
export type Verdict =
  | { readonly kind: 'taken'; readonly flag?: string }
  | { readonly kind: 'unknown-command' }
  | {
      readonly kind: 'failed'
      /** For operators. */
      readonly error: string
      /** The portal's own code, where it gave one. */
      readonly code?: string
      readonly status?: number
      readonly retryAfterMs?: number
      readonly body?: string
    }
  | { readonly kind: 'aborted' }

type Failed = Extract<Verdict, { kind: 'failed' }>

/** What only an administrator can change is asked for again rarely; a sign of life of the portal's ends the wait. */
const PARKED_MS = 60 * 60_000

/** Codes that say: not now, and not by trying again. */
const WORDS: Readonly<Record<string, string>> = {
  NOT_ACTIVE_LINE: 'the open line is not connected in the portal any more: connect it there anew',
  IMCONNECTOR_NO_CORRECT_PROVIDER: 'the portal’s module has no such connector',
  IMCONNECTOR_NOT_SPECIFIED_CORRECT_CONNECTOR:
    'the connector is not in the portal’s list of connectors (settings of the module imconnector)',
  CONNECTOR_ID_NOT_SPECIFIED: 'the portal was given no connector that it knows',
  PROVIDER_DOES_NOT_SUPPORT_THIS_METHOD_CALL: 'the portal’s connector does not take this',
  PROVIDER_UNSUPPORTED_TYPE_INCOMING_MESSAGE: 'the portal’s connector does not take this',
  MODULE_NOT_INSTALLED:
    'the portal lacks a module: imconnector and imopenlines must be installed there',
  LICENCE_ERROR:
    'the portal does not know our signature: licence hash and key hash must be those of its licence key',
  HASH_EMPTY: 'the portal saw no signature: something on the way to it drops fields of the form',
}
const UNKNOWN_COMMAND = 'IMCONNECTOR_NOT_SPECIFIED_CORRECT_COMMAND'
const MAX_CODE = 100

export function isCredentialFault(code: string | undefined): boolean {
  return code === 'LICENCE_ERROR' || code === 'HASH_EMPTY'
}

/**
 * What the answer to a post means. The body alone counts, whatever the status: the module answers in JSON, and what is no
 * JSON comes from something else, such as a page to log in at, a proxy, or PHP that has failed. Pure.
 */
export function readAnswer(exchange: Exchange, now: number): Verdict {
  if (exchange === 'aborted') return { kind: 'aborted' }
  if ('failure' in exchange) return { kind: 'failed', error: exchange.failure }
  const answer = isRedirect(exchange) ? undefined : parseJson(exchange.body)
  if (!isRecord(answer)) return notTheModule(exchange, now)
  if (answer['OK'] === true) return { kind: 'taken' }
  const codes = codesOf(answer['ERROR'])
  // The new module answers so when the person of a report is unknown, and has done what there was to do.
  if (codes?.length === 0 && answer['OK'] === false) return { kind: 'taken' }
  if (!codes || codes.length === 0) return notTheModule(exchange, now)
  if (codes.includes(UNKNOWN_COMMAND)) return { kind: 'unknown-command' }
  const code = codes.find((one) => Object.hasOwn(WORDS, one)) ?? codes[0] ?? ''
  const { body } = exchange
  const words = Object.hasOwn(WORDS, code) ? WORDS[code] : undefined
  if (words === undefined)
    return { kind: 'failed', error: `the portal answered ${code}`, code, body }
  return { kind: 'failed', error: `${code}: ${words}`, code, retryAfterMs: PARKED_MS, body }
}

function isRedirect({ status }: PortalResponse): boolean {
  return status >= 300 && status < 400
}

/** PHP files that were saved with a byte order mark print it before everything else. */
function parseJson(body: string): unknown {
  const text = body.replace(/^\ufeff+/, '').trimStart()
  if (!text.startsWith('{')) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The codes of a list of errors, or of a single one; undefined where there is neither. */
function codesOf(error: unknown): string[] | undefined {
  if (!Array.isArray(error) && !isRecord(error)) return undefined
  const list: readonly unknown[] = Array.isArray(error) ? error : [error]
  return list.map((one) => {
    const code = isRecord(one) ? one['CODE'] : undefined
    const text = typeof code === 'string' || typeof code === 'number' ? String(code) : ''
    return text.slice(0, MAX_CODE) || 'an error without a code'
  })
}

/** Its status is named in the words alone where it is a 4xx: what such an answer is about is never one of the events. */
function notTheModule({ status, retryAfter, body }: PortalResponse, now: number): Failed {
  const isOfServer = status < 400 || status >= 500
  const isBusy = status === 429 || status === 503
  const retryAfterMs = isBusy ? parseRetryAfter(retryAfter, now) : undefined
  return {
    kind: 'failed',
    error: `HTTP ${status}: ${wordsFor(status, body)}`,
    ...given({ status: isOfServer ? status : undefined, retryAfterMs, body }),
  }
}

function wordsFor(status: number, body: string): string {
  if (status >= 300 && status < 400)
    return 'redirects are not followed, give the portal’s own address'
  if (/^\s*<|<html/i.test(body.slice(0, 2000))) {
    return 'a page and not the module’s answer: a wrong address, a page to log in at, or an error of PHP'
  }
  if (body.trim() === '') return 'an empty answer, which the module never gives'
  return 'not the module’s answer'
}
