import { given } from '../../../core/given.ts'
import { isRecord } from '../../../core/json.ts'
import type { PacketAnswer } from '../../../core/packet.ts'
import type { Exchange } from '../../exchange.ts'

type Failure = Extract<PacketAnswer, { kind: 'failed' | 'aborted' }>

/** A request to Chatwoot that has not succeeded, as the inbox is to be answered for it. */
export class ChatwootError extends Error {
  override name = 'ChatwootError'
  readonly answer: Failure
  /** HTTP's, if there was an answer. */
  readonly status: number | undefined

  constructor(answer: Failure, options?: ErrorOptions) {
    super(answer.kind === 'failed' ? answer.error : 'broken off', options)
    this.answer = answer
    this.status = answer.kind === 'failed' ? answer.status : undefined
  }

  /** What is wrong with the one thing that was asked for, in Chatwoot's words. */
  get reason(): string {
    const { answer } = this
    return answer.kind === 'failed' ? (wordsOf(answer.body) ?? answer.error) : 'broken off'
  }
}

/** Chatwoot has understood, and doesn't want this one thing: asking again changes nothing. */
const REFUSALS: ReadonlySet<number | undefined> = new Set([400, 413, 415, 422])
const MAX_REASON = 300
/** Of what Chatwoot answered; it goes into the log. */
const MAX_BODY = 2000

export function isRefusal(error: unknown): error is ChatwootError {
  return error instanceof ChatwootError && REFUSALS.has(error.status)
}

export function isGone(error: unknown): error is ChatwootError {
  return error instanceof ChatwootError && error.status === 404
}

export function toError(exchange: Exchange): ChatwootError {
  if (exchange === 'aborted') return new ChatwootError({ kind: 'aborted' })
  if ('failure' in exchange) return new ChatwootError({ kind: 'failed', error: exchange.failure })
  const { status, retryAfter, body } = exchange
  const isBusy = status === 429 || status === 503
  // Chatwoot gives seconds; an instant would need a clock here.
  const isSeconds = /^\d{1,6}$/.test(retryAfter ?? '')
  const retryAfterMs = isBusy && isSeconds ? Number(retryAfter) * 1000 : undefined
  return new ChatwootError({
    kind: 'failed',
    status,
    error: `HTTP ${status}${explain(status)}`,
    ...given({ retryAfterMs, body: body.slice(0, MAX_BODY) }),
  })
}

function explain(status: number): string {
  if (status >= 300 && status < 400) {
    return ': redirects are not followed, baseUrl has to be the address that they lead to'
  }
  return EXPLAINED[status] ?? ''
}

const EXPLAINED: Readonly<Record<number, string>> = {
  401: ': Chatwoot refuses the access token (apiToken), or its owner is not in this account (accountId)',
  403: ': the owner of the access token (apiToken) may not do this, it has to be an administrator',
  404: ': there is no such account (accountId), or baseUrl is not the address of Chatwoot',
}

function wordsOf(body: string | undefined): string | undefined {
  try {
    const answer: unknown = JSON.parse(body ?? '')
    if (!isRecord(answer)) return undefined
    const { error, message, description, errors } = answer
    const words = [error, message, description, errors].flat()
    const text = words.filter((one) => typeof one === 'string' && one !== '').join('; ')
    return text === '' ? undefined : text.slice(0, MAX_REASON)
  } catch {
    return undefined
  }
}
