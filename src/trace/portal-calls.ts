import { AsyncLocalStorage } from 'node:async_hooks'
import type { Clock } from '../core/clock.ts'
import type { CallMethod, DoorRequest } from '../core/dialect.ts'
import { given } from '../core/given.ts'
import { isRecord } from '../core/json.ts'
import type { Portal } from '../core/portal.ts'
import type { RouteReply } from '../core/route.ts'
import type { Exchange } from '../core/trace.ts'
import type { ActiveTrace } from './active-trace.ts'
import { secretsEntered, secretsOfPortal, type WithSecretFields } from './secrets-of.ts'
import type { Traces } from './traces.ts'

export interface PortalCallsDeps {
  readonly traces: Traces
  readonly clock: Clock
  /** Where portals reach the hub; no trailing slash. */
  readonly publicUrl: string
  readonly connectors: readonly WithSecretFields[]
  readonly dialects: readonly WithSecretFields[]
  refusalOf(error: unknown): { readonly status: number; readonly code: string }
}

/** One call of a request, as the methods have seen it. */
interface SeenCall {
  /** Undefined: about no line that is traced. */
  readonly trace: ActiveTrace | undefined
  readonly method: string
  readonly params: unknown
  result?: unknown
  error?: string
}

export interface WatchedCall {
  readonly portal: Portal
  /** Of the route, with names for what differs: `/rpc/:portalId`. */
  readonly path: string
  readonly request: DoorRequest
}

/** A trace would hold itself, and grow with every look at it. */
const OWN_METHODS: ReadonlySet<string> = new Set(['startTrace', 'stopTrace', 'getTrace'])

/**
 * Notes the calls of portals that are about traced lines. Which line a call is about, only the methods know: the dialect reads
 * the request, and one may hold several calls.
 */
export class PortalCalls {
  readonly #deps: PortalCallsDeps
  readonly #requests = new AsyncLocalStorage<SeenCall[]>()

  constructor(deps: PortalCallsDeps) {
    this.#deps = deps
  }

  isOn(portalId: string): boolean {
    return this.#deps.traces.hasOf(portalId)
  }

  async show(watched: WatchedCall, answer: () => Promise<RouteReply>): Promise<RouteReply> {
    const seen: SeenCall[] = []
    const startedAt = this.#deps.clock.now()
    const began = performance.now()
    const note = (end: End): void =>
      this.#note(watched, seen, end, { startedAt, ms: performance.now() - began })
    try {
      const reply = await this.#requests.run(seen, answer)
      const body = typeof reply.body === 'string' ? reply.body : ''
      note({ status: reply.status, headers: reply.headers ?? {}, body })
      return reply
    } catch (error) {
      const { status, code } = this.#deps.refusalOf(error)
      note({ status, error: code, headers: {}, body: '' })
      throw error
    }
  }

  /** `call`, seen by whoever shows the request that it belongs to. */
  follow(call: CallMethod): CallMethod {
    return (portal, method, params) => {
      const seen = this.#deps.traces.isIdle ? undefined : this.#requests.getStore()
      return seen ? this.#see(seen, call, [portal, method, params]) : call(portal, method, params)
    }
  }

  async #see(
    seen: SeenCall[],
    call: CallMethod,
    [portal, method, params]: Parameters<CallMethod>,
  ): Promise<unknown> {
    const one: SeenCall = { trace: this.#traceOf(portal, method, params), method, params }
    seen.push(one)
    try {
      one.result = await call(portal, method, params)
      return one.result
    } catch (error) {
      one.error = String((error as { code?: unknown }).code ?? (error as Error).name)
      throw error
    }
  }

  #traceOf({ id }: Portal, method: string, params: unknown): ActiveTrace | undefined {
    if (!isRecord(params) || OWN_METHODS.has(method)) return undefined
    const { connector, line } = params
    if (typeof connector !== 'string' || typeof line !== 'string') return undefined
    return this.#deps.traces.find({ portalId: id, connector, externalId: line })
  }

  #note(
    { portal, path, request }: WatchedCall,
    seen: readonly SeenCall[],
    { status, error, headers, body }: End,
    when: Pick<Exchange, 'startedAt' | 'ms'>,
  ): void {
    for (const trace of new Set(seen.map((one) => one.trace))) {
      trace?.note(() => ({
        exchange: {
          ...when,
          direction: 'in',
          party: 'portal',
          method: 'POST',
          url: `${this.#deps.publicUrl}${filled(path, request.params)}`,
          status,
          ...given({ error }),
          ...halvesFor(trace, seen, { asked: request, answered: { headers, body } }),
        },
        secrets: this.#secretsIn(portal, seen),
      }))
    }
  }

  /** Settings that are about to be saved are in no list yet. */
  #secretsIn(portal: Portal, seen: readonly SeenCall[]): string[] {
    const { connectors, dialects } = this.#deps
    const ofPortal = dialects.find(({ id }) => id === portal.dialect)?.fields ?? []
    const entered = seen.flatMap(({ params }) => {
      if (!isRecord(params) || !isRecord(params['settings'])) return []
      const kind = connectors.find(({ id }) => id === params['connector'])
      return kind ? secretsEntered(params['settings'], kind) : []
    })
    return [...entered, ...secretsOfPortal(portal, ofPortal)]
  }
}

interface End {
  readonly status: number
  readonly error?: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** `[` */
const BATCH = 0x5b
const ASKED = ['method', 'params'] as const
const ANSWERED = ['method', 'result', 'error'] as const

/** What of a request and its answer is about the trace's line. */
function halvesFor(
  trace: ActiveTrace,
  seen: readonly SeenCall[],
  { asked, answered }: { readonly asked: DoorRequest; readonly answered: Exchange['response'] },
): Pick<Exchange, 'request' | 'response'> {
  const { headers, body } = asked
  if (!trace.keepsBodies) return { request: { headers }, response: { headers: answered.headers } }
  const own = seen.filter((one) => one.trace === trace)
  // Calls of a batch that are none were not seen, and may say anything.
  if (own.length === seen.length && body[0] !== BATCH) {
    return { request: { headers, body }, response: answered }
  }
  return {
    request: { headers, body: toText(own, ASKED) },
    response: { headers: answered.headers, body: toText(own, ANSWERED) },
  }
}

/** The calls about one line, out of a request with others. */
function toText(calls: readonly SeenCall[], names: readonly (keyof SeenCall)[]): string {
  return JSON.stringify(
    calls.map((call) => Object.fromEntries(names.map((name) => [name, call[name]]))),
  )
}

function filled(path: string, params: Readonly<Record<string, string>>): string {
  return path.replace(/:(\w+)/g, (_, name: string) => params[name] ?? '')
}
