import type { Config } from '#config'
import { connectors } from '#connectors'
import { type Clock, createSteadyClock, sleep, systemClock } from './core/clock.ts'
import type { ConnectorDescriptor } from './core/connector.ts'
import type { DialectDescriptor } from './core/dialect.ts'
import { StoreUnavailableError } from './core/errors.ts'
import type { Log } from './core/log.ts'
import { POOL_SIZES } from './core/pool-sizes.ts'
import type { Route } from './core/route.ts'
import { forgetState, moveUnderWay, StoreMovingError } from './db/archive/marks.ts'
import { NewerStoreError, readMigrations } from './db/engine/migration-state.ts'
import { migrateUp } from './db/engine/migrator.ts'
import { readStoreClock } from './db/engine/store-clock.ts'
import { readState } from './db/hub/hub-state.ts'
import { ProcessRepository } from './db/hub/processes.ts'
import { PollLineRepository } from './db/lines/poll-lines.ts'
import { fileRoute } from './files/route.ts'
import { FileStreamer } from './files/streamer.ts'
import { Transfers } from './files/transfers.ts'
import { AdminGate } from './http/admin-token.ts'
import { createHttpApp } from './http/app.ts'
import { healthRoutes } from './http/health.ts'
import { bindServer, type HttpServer } from './http/server.ts'
import type { Dispatcher } from './inbox/dispatcher.ts'
import { PortalLife } from './inbox/portal-life.ts'
import { InboxWriter } from './inbox/writer.ts'
import { Poller } from './ingress/poller.ts'
import { webhookRoute } from './ingress/route.ts'
import { Webhook, type WebhookDeps } from './ingress/webhook.ts'
import { watchClock } from './jobs/clock-watch.ts'
import { createExpireOutboxJob } from './jobs/expire-outbox.ts'
import { Past } from './jobs/past.ts'
import { createPruneJob } from './jobs/prune.ts'
import { createRecallParkedJob } from './jobs/recall-parked.ts'
import { createRemovePortalsJob } from './jobs/remove-portals.ts'
import { startJobs } from './jobs/runner.ts'
import { Heartbeat } from './lease/heartbeat.ts'
import { hasProcessEnded } from './lease/process-ended.ts'
import { MissingKeyError } from './lines/key-operations.ts'
import { createProcessLog } from './log/process-log.ts'
import { metricsRoute } from './metrics/metrics.ts'
import { expireOutbox } from './outbox/expiry.ts'
import type { OutboxSender } from './outbox/sender.ts'
import { OutboxWriter } from './outbox/writer.ts'
import { dialects } from './portal/dialects/index.ts'
import { openServices, type Services } from './services.ts'
import { createDispatcher, createDoors, createIngress, createSender } from './wiring.ts'

export interface AppOverrides {
  readonly clock?: Clock
  readonly log?: Log & { child(bindings: object): Log }
  readonly connectors?: readonly ConnectorDescriptor[]
  readonly dialects?: readonly DialectDescriptor[]
}

export interface App {
  /** Where it listens. */
  readonly url: string
  /** Where it listens for operators and admins, if that is elsewhere. */
  readonly adminUrl: string | undefined
  readonly services: Services
  /** Resolves when the store, which was away at first, turns out to be one that this hub must not work on. */
  readonly refused: Promise<Error>
  /** Takes nothing new, ends or gives back what is under way within 10 s. */
  stop(): Promise<void>
}

const STORE_RETRY_MS = 1000
/** Each costs some 10 KB while it is idle. */
const MAX_CONNECTIONS = 10_000
/** Of all requests that are under way. One sender gets up to a fifth. */
const MAX_BODY_BYTES = 256 * 1024 * 1024
const MAX_CLOCK_SKEW_MS = 2000
/** Of the 10 s that a stop may take; the rest is for settling and closing. */
const STOP_GRACE_MS = 7000

/**
 * The composition root: the one place that knows all parts. Resolves when the hub listens; if the store can't be reached
 * it listens all the same, says so in `/readyz`, and goes on trying. Rejects when its address can't be had.
 */
export async function startApp(config: Config, overrides: AppOverrides = {}): Promise<App> {
  const server = await bindServer(config.host, config.port)
  const adminServer = await bindAdminServer(config, server)
  let services: Services | undefined
  const made = {
    connectors: overrides.connectors ?? connectors,
    dialects: overrides.dialects ?? dialects,
  }
  try {
    services = openServices(config, {
      ...made,
      clock: overrides.clock ?? createSteadyClock(),
      wall: overrides.clock ?? systemClock,
      log:
        overrides.log ?? createProcessLog(config.logLevel, [...made.connectors, ...made.dialects]),
      publicUrl: config.publicUrl ?? server.url,
    })
    const hub = new Hub(services, { server, adminServer })
    await hub.start()
    return {
      url: server.url,
      adminUrl: adminServer?.url,
      services,
      refused: hub.refused,
      stop: () => hub.stop(),
    }
  } catch (error) {
    await Promise.all([server.close(0), adminServer?.close(0)])
    await services?.close()
    throw error
  }
}

async function bindAdminServer(
  { adminListen }: Config,
  server: HttpServer,
): Promise<HttpServer | undefined> {
  try {
    return adminListen && (await bindServer(adminListen.host, adminListen.port))
  } catch (error) {
    await server.close(0)
    throw error
  }
}

/** What only a person can mend. */
const REFUSALS = [MissingKeyError, NewerStoreError, StoreMovingError]

interface Servers {
  readonly server: HttpServer
  /** For operators and admins, if they have one of their own. */
  readonly adminServer: HttpServer | undefined
}

class Hub {
  readonly #services: Services
  readonly #server: HttpServer
  readonly #adminServer: HttpServer | undefined
  readonly #heartbeat: Heartbeat
  readonly #dispatcher: Dispatcher | undefined
  readonly #sender: OutboxSender | undefined
  readonly #poller: Poller | undefined
  readonly #files: FileStreamer
  readonly #life: PortalLife
  readonly #ingress: WebhookDeps
  readonly #stopping = new AbortController()
  readonly #refusal = Promise.withResolvers<Error>()
  #clockWatch: ReturnType<typeof watchClock> | undefined
  #jobs: ReturnType<typeof startJobs> | undefined
  #booting: Promise<void> | undefined
  #isBooted = false

  constructor(services: Services, { server, adminServer }: Servers) {
    this.#services = services
    this.#server = server
    this.#adminServer = adminServer
    const { config, clock, log, store, signals } = services
    const { roles } = config
    this.#heartbeat = new Heartbeat(
      new ProcessRepository(store),
      clock,
      log,
      [...roles].join(','),
      hasProcessEnded,
    )
    const lease = this.#heartbeat
    this.#life = new PortalLife(store, clock, log, () => signals.inboxDue.raise())
    this.#dispatcher = roles.has('inbox')
      ? createDispatcher(services, { lease, life: this.#life })
      : undefined
    this.#ingress = createIngress(
      services,
      new InboxWriter(
        store,
        clock,
        this.#dispatcher,
        services.pools.open(POOL_SIZES.updatesWaiting),
      ),
    )
    const { render } = this.#ingress
    this.#sender = roles.has('outbox') ? createSender(services, { lease, render }) : undefined
    this.#poller = roles.has('ingress') ? this.#createPoller() : undefined
    this.#files = new FileStreamer({
      links: services.links,
      clock: services.wall,
      log,
      guard: services.guard,
      transfers: new Transfers(services.pools.open(POOL_SIZES.transfers), clock, log),
      findLine: (lineId) => services.lineDirectory.findById(lineId),
      taps: services.traces,
    })
  }

  get refused(): Promise<Error> {
    return this.#refusal.promise
  }

  async start(): Promise<void> {
    const { log, config, publicUrl } = this.#services
    for (const { variable, problem } of config.strangers) {
      log.warn(
        { event: 'config.unknown', variable, problem },
        'an environment variable means nothing',
      )
    }
    const isUp = await this.#tryBoot()
    this.#serve()
    log.info(
      {
        event: 'hub.listening',
        url: this.#server.url,
        adminUrl: this.#adminServer?.url,
        publicUrl,
        node: process.version,
      },
      'the hub listens',
    )
    if (isUp) this.#startWork()
    else this.#booting = this.#bootLater()
  }

  #serve(): void {
    const { pools, log, config, clock } = this.#services
    const deps = { log, bodyBytes: pools.open({ name: 'body-bytes', capacity: MAX_BODY_BYTES }) }
    const routes = this.#routes()
    const gate = new AdminGate(config.adminToken, clock)
    const open = this.#adminServer
      ? routes.filter(({ audience }) => audience === undefined)
      : routes.map((route) => gate.guard(route))
    this.#server.share(pools.open({ name: 'connections', capacity: MAX_CONNECTIONS }))
    this.#server.serve(createHttpApp(deps, open).callback())
    const own = routes.filter(({ audience, path }) => audience !== undefined || path === '/healthz')
    this.#adminServer?.serve(createHttpApp(deps, own).callback())
  }

  async stop(): Promise<void> {
    const services = this.#services
    const { log } = services
    log.info({ event: 'hub.stopping' }, 'the hub stops')
    this.#stopping.abort()
    this.#clockWatch?.stop()
    await Promise.all([this.#server.close(STOP_GRACE_MS), this.#adminServer?.close(STOP_GRACE_MS)])
    await this.#booting
    await Promise.all([this.#poller?.stop(), this.#jobs?.stop(), this.#sender?.stop(STOP_GRACE_MS)])
    await this.#quietly(() => this.#dispatcher?.stop(STOP_GRACE_MS))
    if (this.#isBooted) await this.#quietly(() => this.#heartbeat.stop())
    await this.#files.close()
    await services.close()
    log.info({ event: 'hub.stopped' }, 'the hub has stopped')
  }

  /** A store that is away at the end is no reason not to end: the lease runs out by itself. */
  async #quietly(work: () => Promise<void> | undefined): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#services.log.warn(
        { event: 'hub.stop-failed', err: error },
        'leases are left to run out',
      )
    }
  }

  async #tryBoot(): Promise<boolean> {
    try {
      const applied = await migrateUp(this.#services.store)
      if (applied.length > 0) {
        this.#services.log.info(
          { event: 'store.migrated', applied },
          'the store was brought up to date',
        )
      }
      // With a wrong key every call and delivery would fail, and what is saved would be lost to the right one.
      await this.#services.keyOperations.requireKeys()
      await this.#requireNoMove()
      await this.#warnOfClockSkew()
      await this.#heartbeat.start()
      this.#isBooted = true
      return true
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error
      this.#services.log.warn(
        { event: 'store.unreachable', err: error },
        'the store is not reachable',
      )
      return false
    }
  }

  /** While its rows are moved nothing may change them. What an export has begun is to begin anew once a hub has run. */
  async #requireNoMove(): Promise<void> {
    const { store, log } = this.#services
    const move = await moveUnderWay(store)
    if (move) throw new StoreMovingError(move)
    const exportedAt = await readState(store, 'exported-at')
    if (exportedAt !== undefined) {
      const fields = { event: 'store.exported', exportedAt: new Date(exportedAt).toISOString() }
      log.warn(fields, 'this store was exported: a hub on the other one delivers the same events')
    }
    await forgetState(store, ['export-id', 'exported-at'])
  }

  /** Order never rests on clocks, but lease times do: a process far off loses its lines, or takes those of others. */
  async #warnOfClockSkew(): Promise<void> {
    const { store, wall, log } = this.#services
    const skewMs = (await readStoreClock(store)) - wall.now()
    if (Math.abs(skewMs) < MAX_CLOCK_SKEW_MS) return
    log.warn({ event: 'clock.skewed', skewMs }, "this machine's clock and the store's differ")
  }

  async #bootLater(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await sleep(this.#services.clock, STORE_RETRY_MS, this.#stopping.signal)
      if (this.#stopping.signal.aborted) return
      try {
        if (await this.#tryBoot()) return this.#startWork()
      } catch (error) {
        if (REFUSALS.some((refusal) => error instanceof refusal)) {
          return this.#refusal.resolve(error as Error)
        }
        this.#services.log.error(
          { event: 'store.boot-failed', err: error },
          'the store can not be used',
        )
      }
    }
  }

  #startWork(): void {
    const { config, store, clock, log } = this.#services
    this.#clockWatch = watchClock({ clock, log })
    this.#dispatcher?.start()
    this.#sender?.start()
    this.#poller?.start()
    this.#services.traces.start()
    if (config.roles.has('jobs')) {
      const { dedupeMs, deadLetterMs } = config
      const { render } = this.#ingress
      const findLine = (lineId: number) => this.#services.lineDirectory.findById(lineId)
      const expire = (now: number) => expireOutbox({ store, clock, findLine, render }, now)
      const past = new Past({ store, log })
      const processes = new ProcessRepository(store)
      this.#jobs = startJobs(
        [
          createExpireOutboxJob(log, past, expire),
          createPruneJob(store, past, { dedupeMs, deadLetterMs }),
          createRecallParkedJob(store, clock),
          createRemovePortalsJob(this.#services.removal),
        ],
        { clock, log, lease: this.#heartbeat, findHolder: () => processes.findOldest('jobs') },
      )
    }
  }

  /** Everything that is answered over HTTP. Webhooks, calls and files only where the process has the role for them. */
  #routes(): Route[] {
    const { config, store, clock, signals, pools } = this.#services
    // Measuring costs something, also when nobody may look.
    const isAsked = this.#adminServer !== undefined || config.adminToken !== undefined
    const health = [
      ...healthRoutes(() => this.#readiness()),
      ...(isAsked ? [metricsRoute({ pools: () => pools.usages() })] : []),
    ]
    if (!config.roles.has('ingress')) return health
    const places = pools.open(POOL_SIZES.messagesWaiting)
    const outbox = new OutboxWriter(store, clock, places, (lineIds) =>
      signals.outboxDue.raise(lineIds),
    )
    const onCall = (portalId: string): void => this.#life.note(portalId)
    return [
      ...health,
      webhookRoute(new Webhook(this.#ingress)),
      ...createDoors(this.#services, { outbox, onCall }),
      fileRoute(this.#files),
    ]
  }

  async #readiness(): Promise<string[]> {
    try {
      // What a newer version has added to the store meanwhile is no reason not to work on.
      const { pending } = await readMigrations(this.#services.store)
      if (pending.length > 0) return [`migrations are pending: ${pending.join(', ')}`]
      return this.#isBooted ? [] : ['the hub is still starting']
    } catch {
      return ['the store is not reachable']
    }
  }

  #createPoller(): Poller {
    const { store, lineDirectory, pools } = this.#services
    return new Poller({
      ...this.#ingress,
      lease: this.#heartbeat,
      pollLines: new PollLineRepository(store),
      polls: pools.open(POOL_SIZES.polls),
      findLine: (lineId) => lineDirectory.findById(lineId),
    })
  }
}
