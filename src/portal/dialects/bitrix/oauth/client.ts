import type { DoorContext } from '../../../../core/dialect.ts'
import { given } from '../../../../core/given.ts'
import { isRecord } from '../../../../core/json.ts'
import { PortalClient } from '../../../exchange.ts'

const TIMEOUT_MS = 15_000
const MAX_WORDS = 300
/** A list of 100 pages with their Instagram accounts has some 60 KiB. */
const MAX_ANSWER_BYTES = 1024 * 1024

/** Meta or VK has said no. */
export class OAuthRefusal extends Error {
  override name = 'OAuthRefusal'
  /** Meta's number, or a word such as `invalid_grant`. */
  readonly code: string
  readonly subcode: string | undefined

  constructor(message: string, code: string, subcode?: string) {
    super(message)
    this.code = code
    this.subcode = subcode
  }
}

/** Meta or VK has said nothing that can be read. */
export class OAuthUnreachable extends Error {
  override name = 'OAuthUnreachable'
}

export interface OAuthCall {
  readonly url: string
  /** Posted; without it the call is a GET. */
  readonly form?: Readonly<Record<string, string>>
  /** Neither shown to anybody, even where the answer quotes them. */
  readonly secrets: readonly string[]
}

/** Calls of the providers of OAuth, in the operator's name. */
export class OAuthClient {
  readonly #client: PortalClient

  constructor({ guard, clock }: Pick<DoorContext, 'guard' | 'clock'>) {
    this.#client = new PortalClient({ guard, clock, timeoutMs: TIMEOUT_MS })
  }

  /** The answer's JSON. Throws OAuthRefusal, OAuthUnreachable. */
  async ask({ url, form, secrets }: OAuthCall): Promise<Record<string, unknown>> {
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    const exchange = await this.#client.send(
      {
        url,
        method: form ? 'POST' : 'GET',
        headers: { accept: 'application/json', ...(form ? type : {}) },
        ...given({ body: form && new URLSearchParams(form).toString() }),
        maxAnswerBytes: MAX_ANSWER_BYTES,
        secrets,
      },
      new AbortController().signal,
    )
    if (exchange === 'aborted') throw new OAuthUnreachable('broken off')
    if ('failure' in exchange) throw new OAuthUnreachable(exchange.failure)
    const answer = parse(exchange.body)
    const refusal = answer && refusalIn(answer, secrets)
    const isWell = exchange.status >= 200 && exchange.status < 300
    if (refusal && exchange.status < 500) throw refusal
    if (!answer || !isWell) throw new OAuthUnreachable(`HTTP ${exchange.status}`)
    return answer
  }
}

function parse(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** OAuth's own errors are words; those of the two APIs are objects. */
function refusalIn(
  answer: Readonly<Record<string, unknown>>,
  secrets: readonly string[],
): OAuthRefusal | undefined {
  const { error, error_description: description } = answer
  if (typeof error === 'string') {
    return new OAuthRefusal(hide(textOf(description) ?? error, secrets), error)
  }
  if (!isRecord(error)) return undefined
  const words = textOf(error['message']) ?? textOf(error['error_msg']) ?? 'refused'
  const code = textOf(error['code']) ?? textOf(error['error_code']) ?? ''
  return new OAuthRefusal(hide(words, secrets), code, textOf(error['error_subcode']))
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}

function hide(words: string, secrets: readonly string[]): string {
  const hidden = secrets.reduce((text, secret) => text.replaceAll(secret || '\0', '…'), words)
  return hidden.slice(0, MAX_WORDS)
}
