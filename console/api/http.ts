import { signal } from '@preact/signals'

/** A field that the hub finds fault with, as `settings.token` or `steps[2].send.text`. */
export interface FieldFault {
  readonly field: string
  readonly problem: string
}

/** What the hub refused, or why it couldn't be asked. */
export class ApiError extends Error {
  override name = 'ApiError'
  readonly status: number
  /** `HUB_…`; `HUB_AWAY` where nothing answered. */
  readonly code: string
  readonly fields: readonly FieldFault[]
  readonly retryAfterSec: number | undefined

  constructor(message: string, { status, code, cause, fields = [], retryAfterSec }: ErrorDetails) {
    super(message, { cause })
    this.status = status
    this.code = code
    this.fields = fields
    this.retryAfterSec = retryAfterSec
  }
}

interface ErrorDetails {
  readonly status: number
  readonly code: string
  readonly fields?: readonly FieldFault[]
  readonly retryAfterSec?: number | undefined
  readonly cause?: unknown
}

export interface Ask {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly body?: unknown
  readonly signal?: AbortSignal
  /** The window may be closed before there is an answer. */
  readonly isLast?: boolean
}

export const BASE = '/admin/api/v1/'

/** What the hub can't do at the moment: `store` is away from it, or the `hub` from us. */
export type Outage = 'store' | 'hub'

/** The hub over HTTP, and whether it can be reached. */
export class Http {
  readonly outage = signal<Outage | undefined>(undefined)
  /** Called when the hub says that nobody is signed in. */
  onSignedOut: () => void = () => undefined

  /** Resolves to what the hub answered; rejects with ApiError, or as `signal` says. */
  async ask<T>(path: string, ask: Ask = {}): Promise<T> {
    const { method = 'GET', query, body, signal: stop, isLast = false } = ask
    const init = {
      method,
      headers: method === 'GET' ? {} : { 'content-type': 'application/json' },
      credentials: 'same-origin' as const,
      keepalive: isLast,
      ...(method === 'GET' ? {} : { body: JSON.stringify(body ?? {}) }),
      ...(stop && { signal: stop }),
    }
    const response = await this.#fetch(`${addressOf(path)}${toQuery(query)}`, init)
    const text = await response.text()
    if (response.ok) {
      this.outage.value = undefined
      return (text === '' ? undefined : JSON.parse(text)) as T
    }
    throw this.#refusal(response, text, path)
  }

  async #fetch(url: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(url, init)
    } catch (cause) {
      if (init.signal?.aborted) throw cause
      this.outage.value = 'hub'
      throw new ApiError('the hub does not answer', { cause, status: 0, code: 'HUB_AWAY' })
    }
  }

  #refusal({ status, headers }: Response, text: string, path: string): ApiError {
    const { code = 'HUB_INTERNAL', message = '', fields } = readError(text)
    if (code === 'HUB_STORE_UNAVAILABLE') this.outage.value = 'store'
    else this.outage.value = undefined
    if (status === 401 && path !== 'session') this.onSignedOut()
    const retryAfter = Number(headers.get('retry-after') ?? Number.NaN)
    return new ApiError(message, {
      ...{ status, code },
      ...(fields && { fields }),
      retryAfterSec: Number.isFinite(retryAfter) ? retryAfter : undefined,
    })
  }
}

interface ErrorBody {
  readonly code?: string
  readonly message?: string
  readonly fields?: readonly FieldFault[]
}

function readError(text: string): ErrorBody {
  try {
    return (JSON.parse(text) as { error?: ErrorBody }).error ?? {}
  } catch {
    return {}
  }
}

/** The session's own address stands beside the API, not in it. */
export function addressOf(path: string): string {
  return path === 'session' ? '/admin/api/session' : `${BASE}${path}`
}

/** What isn't given or empty is left out. */
export function toQuery(query: Ask['query'] = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  const pairs = given.map(([key, value]): [string, string] => [key, String(value)])
  const params = new URLSearchParams(pairs)
  return given.length === 0 ? '' : `?${params}`
}
