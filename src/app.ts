import type { Config } from '#config'
import { connectors } from '#connectors'
import { Boot, isRefusal } from './boot.ts'
import { HealthHints } from './checks/hints.ts'
import type { CheckRounds } from './checks/rounds.ts'
import { createJobs } from './clockwork.ts'
import { createCommEngine, createEndpoints } from './communicating.ts'
import type { CommEngine } from './communications/engine/engine.ts'
import { type Console, createConsole } from './consoling.ts'
import { type Clock, createSteadyClock, sleep, systemClock } from './core/clock.ts'
import type { ConnectorDescriptor } from './core/connector.ts'
import type { DialectDescriptor } from './core/dialect.ts'
import { given } from './core/given.ts'
import type { Log } from './core/log.ts'
import type { Neighbours } from './core/neighbours.ts'
import { POOL_SIZES } from './core/pool-sizes.ts'
import type { Route } from './core/route.ts'
import { ProcessRepository } from './db/hub/processes.ts'
import { SeenMemory } from './db/inbox/seen-memory.ts'
import { PollLineRepository } from './db/lines/poll-lines.ts'
import { fileRoute } from './files/route.ts'
import { FileStreamer } from './files/streamer.ts'
import { Transfers } from './files/transfers.ts'
import { healthRoutes } from './http/health.ts'
import type { Dispatcher } from './inbox/dispatcher.ts'
import { PortalLife } from './inbox/portal-life.ts'
import type { RepeatKeeper } from './inbox/repeat-keeper.ts'
import { ConnectorDoors } from './ingress/connector-doors.ts'
import { Poller } from './ingress/poller.ts'
import { webhookRoute } from './ingress/route.ts'
import { Webhook, type WebhookDeps } from './ingress/webhook.ts'
import { watchClock } from './jobs/clock-watch.ts'
import { startJobs } from './jobs/runner.ts'
import { Heartbeat } from './lease/heartbeat.ts'
import { hasProcessEnded } from './lease/process-ended.ts'
import { createProcessLog } from './log/process-log.ts'
import type { MetricsPeers } from './metrics/metrics.ts'
import { shareSignals } from './neighbouring.ts'
import type { OutboxSender } from './outbox/sender.ts'
import { dialects } from './portal/dialects/index.ts'
import type { RecipientBook } from './recipients/book.ts'
import { openServices, type Services } from './services.ts'
import { bindServers, type Servers, serve } from './serving.ts'
import {
  type Alerts,
  createAlerts,
  createMeasuring,
  createTracer,
  type Measuring,
} from './watching.ts'
import {
  createCheckRounds,
  createDispatcher,
  createDoorContext,
  createDoors,
  createInboxCommitter,
  createInboxWriter,
  createIngress,
  createOpenApi,
  createOutboxWriter,
  createRepeatKeeper,
  createSender,
} from './wiring.ts'

export interface AppOverrides {
  readonly clock?: Clock
  readonly log?: Log & { child(bindings: object): Log }
  readonly connectors?: readonly ConnectorDescriptor[]
  readonly dialects?: readonly DialectDescriptor[]
  /** The other processes of HUB_WORKERS, for metrics of all together. */
  readonly peers?: MetricsPeers
  /** The same, for what they would find in the store a little later. */
  readonly neighbours?: Neighbours
  /** For measurements: nothing is kept of recipients. */
  readonly withoutRecipients?: true
}

export interface App {
  /** Where it listens. */
  readonly url: string
  /** Where it listens for operators and admins, if that is elsewhere. */
  readonly adminUrl: string | undefined
  readonly services: Services
  /** Everything that is answered, on either listener, apart from the console's pages. */
  readonly routes: readonly Route[]
  /** Resolves when the store, which was away at first, turns out to be one that this hub must not work on. */
  readonly refused: Promise<Error>
  /** Makes the console ready to be shown, so that the first who opens it doesn't wait. Never rejects. */
  warmUp(): Promise<void>
  /** Takes nothing new, ends or gives back what is under way within 10 s. */
  stop(): Promise<void>
}

const STORE_RETRY_MS = 1000
/** Of the 10 s that a stop may take; the rest is for settling and closing. */
const STOP_GRACE_MS = 7000
/** What requests of scripts get of it: they are made anew by whoever goes on with the script. */
const CALLS_GRACE_MS = 500

/**
 * The composition root: the one place that knows all parts. Resolves when the hub listens; if the store can't be reached
 * it listens all the same, says so in `/readyz`, and goes on trying. Rejects when its address can't be had.
 */
export async function startApp(config: Config, overrides: AppOverrides = {}): Promise<App> {
  const servers = await bindServers(config)
  const { server, adminServer } = servers
  let services: Services | undefined
  const made = {
    connectors: overrides.connectors ?? connectors,
    dialects: overrides.dialects ?? dialects,
  }
  try {
    const measuring = createMeasuring(config, made.connectors)
    const log =
      overrides.log ?? createProcessLog(config.logLevel, [...made.connectors, ...made.dialects])
    const clock = overrides.clock ?? createSteadyClock()
    const tracer = await createTracer(config, { clock, log })
    services = openServices(config, {
      ...{ ...made, clock, log, ...given({ meters: measuring?.meters, tracer }) },
      wall: overrides.clock ?? systemClock,
      publicUrl: config.publicUrl ?? server.url,
    })
    const { peers, neighbours, withoutRecipients } = overrides
    if (neighbours) shareSignals(services.signals, neighbours, clock)
    const watchers = {
      measuring,
      peers,
      recipients: withoutRecipients ? undefined : services.recipientBook,
    }
    const hub = new Hub(services, servers, watchers)
    await hub.start()
    return {
      url: server.url,
      adminUrl: adminServer?.url,
      services,
      routes: hub.routes,
      refused: hub.refused,
      warmUp: () => hub.console.warmUp(),
      stop: () => hub.stop(),
    }
  } catch (error) {
    await Promise.all([server.close(0), adminServer?.close(0)])
    await services?.close()
    throw error
  }
}

interface Watchers {
  readonly measuring: Measuring | undefined
  readonly peers: MetricsPeers | undefined
  readonly recipients: RecipientBook | undefined
}

class Hub {
  readonly #services: Services
  readonly #servers: Servers
  readonly #watchers: Watchers
  readonly #heartbeat: Heartbeat
  readonly #boot: Boot
  readonly #dispatcher: Dispatcher | undefined
  readonly #sender: OutboxSender | undefined
  readonly #communications: CommEngine | undefined
  readonly #poller: Poller | undefined
  readonly #repeats: RepeatKeeper | undefined
  readonly #files: FileStreamer
  readonly #connectorDoors: ConnectorDoors
  readonly #hints: HealthHints
  readonly #checks: CheckRounds | undefined
  readonly #alerts: Alerts | undefined
  readonly #life: PortalLife
  readonly #ingress: WebhookDeps
  readonly console: Console
  readonly #doorContext: ReturnType<typeof createDoorContext>
  readonly #stopping = new AbortController()
  readonly #refusal = Promise.withResolvers<Error>()
  routes: readonly Route[] = []
  #clockWatch: ReturnType<typeof watchClock> | undefined
  #jobs: ReturnType<typeof startJobs> | undefined
  #booting: Promise<void> | undefined

  constructor(services: Services, servers: Servers, watchers: Watchers) {
    this.#services = services
    this.#watchers = watchers
    this.#servers = servers
    const { config, clock, log, store, signals } = services
    const { roles } = config
    this.#heartbeat = new Heartbeat(
      new ProcessRepository(store),
      clock,
      log,
      [...roles].join(','),
      hasProcessEnded,
    )
    this.#boot = new Boot(services, this.#heartbeat)
    const lease = this.#heartbeat
    this.#alerts = createAlerts(services, lease)
    const { healthBook: book } = services
    this.#hints = new HealthHints({ store, clock, log, book })
    this.#checks = roles.has('jobs') ? createCheckRounds(services, lease) : undefined
    this.#life = new PortalLife(store, clock, log, () => signals.inboxDue.raise())
    const memory = new SeenMemory(store, clock)
    this.#repeats = roles.has('ingress') ? createRepeatKeeper(services, memory) : undefined
    const commits = createInboxCommitter(services, lease, memory)
    this.#dispatcher = roles.has('inbox')
      ? createDispatcher(services, { lease, life: this.#life, commits })
      : undefined
    const inbox = createInboxWriter(services, commits, this.#dispatcher)
    this.#ingress = createIngress(services, inbox, this.#hints, watchers.recipients)
    this.#doorContext = createDoorContext(services, createOutboxWriter(services))
    this.console = createConsole(services, this.#doorContext.table, () => lease.token)
    const { render } = this.#ingress
    this.#sender = roles.has('outbox')
      ? createSender(services, { lease, render, hints: this.#hints })
      : undefined
    this.#communications = roles.has('jobs') ? createCommEngine(services, lease) : undefined
    this.#poller = roles.has('ingress') ? this.#createPoller() : undefined
    this.#connectorDoors = new ConnectorDoors(services)
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
    const { server, adminServer } = this.#servers
    for (const { variable, problem } of config.strangers) {
      log.warn(
        { event: 'config.unknown', variable, problem },
        'an environment variable means nothing',
      )
    }
    const isUp = await this.#boot.attempt()
    this.#alerts?.start()
    this.routes = serve(this.#services, this.#servers, {
      routes: this.#routes(),
      console: config.roles.has('ingress') ? this.console : undefined,
    })
    log.info(
      {
        event: 'hub.listening',
        url: server.url,
        adminUrl: adminServer?.url,
        publicUrl,
        node: process.version,
      },
      'the hub listens',
    )
    if (isUp) this.#startWork()
    else this.#booting = this.#bootLater()
  }

  async stop(): Promise<void> {
    const services = this.#services
    const { log } = services
    log.info({ event: 'hub.stopping' }, 'the hub stops')
    this.#stopping.abort()
    this.console.close()
    this.#clockWatch?.stop()
    this.#connectorDoors.stop()
    const { server, adminServer } = this.#servers
    await Promise.all([server.close(STOP_GRACE_MS), adminServer?.close(STOP_GRACE_MS)])
    await this.#booting
    await this.#communications?.stop(CALLS_GRACE_MS)
    await Promise.all([this.#poller?.stop(), this.#jobs?.stop(), this.#sender?.stop(STOP_GRACE_MS)])
    await this.#quietly(() => this.#checks?.stop())
    await this.#repeats?.stop()
    await this.#quietly(() => this.#hints.settled())
    await this.#quietly(() => this.#dispatcher?.stop(STOP_GRACE_MS))
    await services.healthBook.settled()
    const heartbeat = this.#boot.isDone ? this.#quietly(() => this.#heartbeat.stop()) : undefined
    await Promise.all([this.#alerts?.stop(), heartbeat])
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

  async #bootLater(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await sleep(this.#services.clock, STORE_RETRY_MS, this.#stopping.signal)
      if (this.#stopping.signal.aborted) return
      try {
        if (await this.#boot.attempt()) {
          const { log } = this.#services
          log.info({ event: 'store.recovered' }, 'the store is back, work goes on')
          return this.#startWork()
        }
      } catch (error) {
        if (isRefusal(error)) return this.#refusal.resolve(error)
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
    this.#communications?.start()
    this.#poller?.start()
    this.#repeats?.start()
    this.#checks?.start()
    this.#services.traces.start()
    if (config.roles.has('jobs')) {
      const processes = new ProcessRepository(store)
      this.#jobs = startJobs(
        createJobs(this.#services, { render: this.#ingress.render, doors: this.#doorContext }),
        {
          ...{ clock, log, lease: this.#heartbeat, ...given({ meter: this.#services.meters }) },
          findHolder: () => processes.findOldest('jobs'),
        },
      )
    }
  }

  /** Everything that is answered over HTTP. Webhooks, calls and files only where the process has the role for them. */
  #routes(): Route[] {
    const { config } = this.#services
    const { measuring, peers } = this.#watchers
    const openApi = createOpenApi(this.#services)
    const health = [
      ...healthRoutes(() => this.#boot.readiness()),
      ...(measuring ? [measuring.route(this.#services, peers)] : []),
    ]
    if (!config.roles.has('ingress')) return [...health, openApi]
    const onCall = (portalId: string): void => this.#life.note(portalId)
    return [
      ...health,
      webhookRoute(new Webhook(this.#ingress), this.#ingress),
      ...this.#connectorDoors.routes(),
      ...createDoors(this.#services, { context: this.#doorContext, onCall }),
      ...createEndpoints(this.#services),
      fileRoute(this.#files),
      openApi,
    ]
  }

  #createPoller(): Poller {
    const { store, lineDirectory, pools } = this.#services
    return new Poller({
      ...this.#ingress,
      lease: this.#heartbeat,
      pollLines: new PollLineRepository(store),
      polls: pools.open(POOL_SIZES.polls),
      findLine: (lineId) => lineDirectory.findById(lineId),
      health: this.#hints,
    })
  }
}
