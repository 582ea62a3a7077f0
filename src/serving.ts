import type { Config } from '#config'
import type { Listener } from './admin/door.ts'
import type { Console } from './consoling.ts'
import type { Route } from './core/route.ts'
import { AdminGate } from './http/admin-token.ts'
import { createHttpApp } from './http/app.ts'
import { TrustedProxies } from './http/client-address.ts'
import { bindServer, type HttpServer } from './http/server.ts'
import type { Services } from './services.ts'

/** The part of the composition root that says at which listener what is answered. */

/** Each costs some 10 KB while it is idle; the pages of 10 000 visitors of a site hold one open each. */
const MAX_CONNECTIONS = 20_000
/** Of all requests that are under way. One sender gets up to a fifth. */
const MAX_BODY_BYTES = 256 * 1024 * 1024

export interface Servers {
  readonly server: HttpServer
  /** For operators and admins, if they have one of their own. */
  readonly adminServer: HttpServer | undefined
}

/** Rejects when an address can't be had. */
export async function bindServers({ host, port, adminListen }: Config): Promise<Servers> {
  const server = await bindServer(host, port)
  try {
    const adminServer = adminListen && (await bindServer(adminListen.host, adminListen.port))
    return { server, adminServer }
  } catch (error) {
    await server.close(0)
    throw error
  }
}

interface Served {
  readonly routes: readonly Route[]
  /** Absent: this process has no console. */
  readonly console: Console | undefined
}

/** Begins to answer. Gives all that is answered on either listener, the console's pages left out. */
export function serve(
  { pools, log, adminToken, config }: Services,
  { server, adminServer }: Servers,
  { routes, console }: Served,
): readonly Route[] {
  const proxies = new TrustedProxies(config.trustedProxies)
  const deps = {
    log,
    proxies,
    bodyBytes: pools.open({ name: 'body-bytes', capacity: MAX_BODY_BYTES }),
  }
  const gate = new AdminGate(adminToken)
  const consoleAt = (listener: Listener): Route[] =>
    console ? [...console.routes(listener), ...console.pages(listener)] : []
  const open = adminServer
    ? routes.filter(({ audience }) => audience === undefined)
    : routes.map((route) => gate.guard(route))
  const everybody = [...open, ...consoleAt(adminServer ? 'public' : 'both')]
  server.share(pools.open({ name: 'connections', capacity: MAX_CONNECTIONS }), proxies)
  server.serve(createHttpApp(deps, everybody))
  const own = routes.filter(({ audience, path }) => audience !== undefined || path === '/healthz')
  adminServer?.serve(createHttpApp(deps, [...own, ...consoleAt('admin')]))
  return [...routes, ...(console?.routes('both') ?? [])]
}
