import { randomUUID } from 'node:crypto'
import { HubUnreachableError } from './errors.ts'
import { type BatchResult, type RpcAnswer, readBatch, readSingle } from './rpc-answer.ts'
import { signedHeaders } from './signature.ts'

export interface HubOptions {
  /** The hub's base address. */
  readonly url: string
  /** `prt_…` */
  readonly portal: string
  /** `whsec_…` */
  readonly secret: string
  readonly fetch?: typeof fetch
  /** Epoch milliseconds; the system's clock if absent. */
  readonly now?: () => number
  /** For a whole call; 30 000 if absent (`testConnect` waits for the channel and the portal). */
  readonly timeoutMs?: number
}

export type Params = Readonly<Record<string, unknown>>

/** A remote method. `R` is what the caller knows about the result; nothing checks it. Rejects with RpcError, HubUnreachableError. */
export type HubMethod = <R = unknown>(params?: Params) => Promise<R>

/**
 * Every method of the hub under its own name, those of single connectors and of later versions too: the client has no
 * list. `Name` are the methods a caller uses, for the compiler alone: `createHub<'ping' | 'saveSettings'>(…)`.
 */
export type Hub<Name extends string = string> = {
  readonly [N in Name]: HubMethod
} & {
  /** For a name that is only known at run time. */
  $call<R = unknown>(method: string, params?: Params): Promise<R>
  /** Up to 50 calls in one request, done in order. Each has its own end; rejects only when the request failed whole. */
  $batch(calls: readonly (readonly [method: string, params?: Params])[]): Promise<BatchResult[]>
}

const DEFAULT_TIMEOUT_MS = 30_000
/** The language itself asks for these: `await hub`, `JSON.stringify({ hub })`, a test's comparison. */
const NEVER_METHODS = new Set(['then', 'catch', 'finally', 'toJSON', 'toString', 'constructor'])

export function createHub<Name extends string = string>(options: HubOptions): Hub<Name> {
  const own = {
    async $call(method: string, params?: Params): Promise<unknown> {
      return readSingle(await post(options, toCall(method, params, 1)))
    },
    async $batch(calls: readonly (readonly [string, Params?])[]): Promise<BatchResult[]> {
      const body = calls.map(([method, params], index) => toCall(method, params, index + 1))
      return readBatch(await post(options, body), calls.length)
    },
  }
  const hub = new Proxy(own, {
    get(target, name) {
      if (typeof name === 'symbol' || NEVER_METHODS.has(name)) return undefined
      if (name === '$call' || name === '$batch') return target[name]
      return (params?: Params) => target.$call(name, params)
    },
  })
  return hub as unknown as Hub<Name>
}

function toCall(method: string, params: Params | undefined, id: number): object {
  return { jsonrpc: '2.0', id, method, ...(params && { params }) }
}

async function post(options: HubOptions, call: unknown): Promise<RpcAnswer> {
  const body = JSON.stringify(call)
  const url = `${options.url.replace(/\/+$/, '')}/rpc/${encodeURIComponent(options.portal)}`
  const headers = {
    'content-type': 'application/json',
    ...signedHeaders({
      id: `req_${randomUUID()}`,
      timestamp: Math.floor((options.now?.() ?? Date.now()) / 1000),
      body,
      secrets: [options.secret],
    }),
  }
  try {
    const response = await (options.fetch ?? fetch)(url, {
      method: 'POST',
      headers,
      body,
      // A redirect would carry the signed call to somebody else.
      redirect: 'manual',
      signal: AbortSignal.timeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS),
    })
    const retryAfterMs = readRetryAfter(response.headers.get('retry-after'))
    return {
      status: response.status,
      body: await response.text(),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    }
  } catch (cause) {
    throw new HubUnreachableError('the hub did not answer', { cause })
  }
}

/** The hub gives seconds. */
function readRetryAfter(value: string | null): number | undefined {
  return value !== null && /^\d{1,9}$/.test(value) ? Number(value) * 1000 : undefined
}
