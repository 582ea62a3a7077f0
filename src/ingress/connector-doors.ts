import type { Clock } from '../core/clock.ts'
import type { Connector, ConnectorRoute } from '../core/connector.ts'
import { takesUpdates } from '../core/line.ts'
import type { Log } from '../core/log.ts'
import { RateLimit } from '../core/rate-limit.ts'
import {
  RefusedRequestError,
  type Route,
  type RouteReply,
  type RouteRequest,
} from '../core/route.ts'
import type { Store } from '../db/engine/store.ts'
import { readEpochs } from '../db/lines/epochs.ts'
import type { ActiveLine, LineDirectory } from '../lines/directory.ts'
import type { PortalDirectory } from '../lines/portal-directory.ts'
import type { Registry } from '../registry/registry.ts'
import { admitOrigin, isOriginAllowed, isOwnOrigin, preflight } from './cross-origin.ts'
import { OpenStreams } from './open-streams.ts'

export interface ConnectorDoorDeps {
  readonly clock: Clock
  readonly log: Log
  readonly registry: Registry
  readonly store: Store
  readonly lineDirectory: Pick<LineDirectory, 'findByHash'>
  readonly portalDirectory: Pick<PortalDirectory, 'find'>
}

/** Streams that one address may hold in a process: many people may sit behind one, and a thousand are an attack. */
const STREAMS_PER_ADDRESS = 250
const HASH_PATTERN = /^[0-9a-f]{32}$/
const NO_TARGETS: readonly string[] = []

/** The addresses that connectors have of their own: `/<connector>/<hash>…`. */
export class ConnectorDoors {
  readonly #deps: ConnectorDoorDeps
  readonly #rates: RateLimit
  readonly #streams = new Map<string, number>()
  readonly #open: OpenStreams

  constructor(deps: ConnectorDoorDeps) {
    this.#deps = deps
    this.#rates = new RateLimit(0, deps.clock)
    const { clock, log, store, lineDirectory, portalDirectory } = deps
    this.#open = new OpenStreams({
      ...{ clock, log },
      readEpochs: (lineIds) => readEpochs(store, lineIds),
      findFresh: (hash) => lineDirectory.findByHash(hash, { isFresh: true }),
      async isSwitchedOff(portalId) {
        const portal = await portalDirectory.find(portalId)
        return portal === undefined || portal.switchedOff !== undefined
      },
      isAllowed: (active, origin) =>
        takesUpdates(active.record.status) && isOriginAllowed(active, origin),
    })
  }

  /** Ends the streams: their readers come again, to another process or to the next one. */
  stop(): void {
    this.#open.stop()
  }

  routes(): Route[] {
    const { registry } = this.#deps
    return registry.list().flatMap(({ descriptor: { id } }) => {
      const own = registry.findFor(id, NO_TARGETS)?.connector.routes ?? []
      return [...new Set(own.map(({ path }) => path))].map(
        (path): Route => ({
          method: 'ANY',
          path: `/${id}/:hash${path}`,
          answer: (request) => this.#answer(request, id, path),
        }),
      )
    })
  }

  async #answer(request: RouteRequest, connectorId: string, path: string): Promise<RouteReply> {
    const own = (
      this.#deps.registry.findFor(connectorId, NO_TARGETS)?.connector.routes ?? []
    ).filter((route) => route.path === path)
    const wanted = request.method === 'HEAD' ? 'GET' : request.method
    const isRemembered = own.find(({ method }) => method === wanted)?.isRemembered === true
    const active = await this.#find(request, connectorId, isRemembered)
    admitOrigin(request, active)
    const methods = own.map(({ method }) => method).join(', ')
    if (wanted === 'OPTIONS') return preflight(request, methods)
    const route = routeOf(active.connector, path, wanted)
    if (!route) {
      const headers = { allow: methods }
      throw new RefusedRequestError('HUB_METHOD_NOT_ALLOWED', `only ${methods}`, { headers })
    }
    if (!route.isOpen && !isWorking(active)) throw notConnected()
    this.#count(request, route, active)
    if (!route.isStream) return await route.answer(request, active.line)
    return await this.#stream(request, route, active)
  }

  async #find(
    { params }: RouteRequest,
    connectorId: string,
    isRemembered: boolean,
  ): Promise<ActiveLine> {
    const hash = params['hash'] ?? ''
    const active = HASH_PATTERN.test(hash)
      ? await this.#deps.lineDirectory.findByHash(hash, { isFresh: !isRemembered })
      : undefined
    if (active?.record.connector !== connectorId) {
      throw new RefusedRequestError('HUB_UNKNOWN_LINE', 'no line has this hash')
    }
    const { status } = active.record
    if (status === 'disconnected' || status === 'displaced') throw notConnected()
    return active
  }

  #count({ address }: RouteRequest, { quota, path }: ConnectorRoute<unknown>, active: ActiveLine) {
    if (!quota) return
    const key = `${active.record.id} ${path} ${address}`
    const retryAfterSeconds = this.#rates.take(key, quota.perSecond, quota.burst)
    if (retryAfterSeconds > 0) throw crowded(retryAfterSeconds)
  }

  async #stream(
    request: RouteRequest,
    route: ConnectorRoute<unknown>,
    active: ActiveLine,
  ): Promise<RouteReply> {
    const { address } = request
    const open = this.#streams.get(address) ?? 0
    if (open >= STREAMS_PER_ADDRESS) throw crowded(30)
    this.#streams.set(address, open + 1)
    const isOwn = isOwnOrigin(request, active.line)
    const { origin } = request.headers
    const stream = this.#open.open(active, isOwn || origin === undefined ? undefined : `${origin}`)
    const leave = (): void => {
      stream.leave()
      this.#leave(address)
    }
    request.signal.addEventListener('abort', leave, { once: true })
    return await route.answer(withSignal(request, stream.signal), active.line)
  }

  #leave(address: string): void {
    const left = (this.#streams.get(address) ?? 1) - 1
    if (left > 0) this.#streams.set(address, left)
    else this.#streams.delete(address)
  }
}

function routeOf(
  { routes = [] }: Connector,
  path: string,
  method: string,
): ConnectorRoute<unknown> | undefined {
  return routes.find((route) => route.path === path && route.method === method)
}

/** A portal that is switched off has nobody who would answer. */
function isWorking({ record, portal }: ActiveLine): boolean {
  return takesUpdates(record.status) && portal.switchedOff === undefined
}

function withSignal(request: RouteRequest, signal: AbortSignal): RouteRequest {
  const { method, params, query, headers, address } = request
  return {
    ...{ method, params, query, headers, address, signal },
    body: (limitBytes) => request.body(limitBytes),
    always: (more) => request.always(more),
  }
}

function crowded(retryAfterSeconds: number): RefusedRequestError {
  return new RefusedRequestError('HUB_LIMIT', 'too much from this address', { retryAfterSeconds })
}

function notConnected(): RefusedRequestError {
  return new RefusedRequestError(
    'HUB_LINE_NOT_CONNECTED',
    'this line is not connected: nobody would get what is written',
  )
}
