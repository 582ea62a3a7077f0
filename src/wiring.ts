import type { Config } from '#config'
import manifest from '../package.json' with { type: 'json' }
import { adminApi } from './admin/api.ts'
import { beginRound } from './checks/begin-round.ts'
import type { HealthHints } from './checks/hints.ts'
import { CheckRounds } from './checks/rounds.ts'
import { endpointApi } from './communications/endpoint/api.ts'
import type { ApiPart } from './core/api-part.ts'
import type { MessageStatusEvent } from './core/event.ts'
import { given } from './core/given.ts'
import type { Lease } from './core/lease.ts'
import { lineName } from './core/log-names.ts'
import { POOL_SIZES } from './core/pool-sizes.ts'
import { RateLimit } from './core/rate-limit.ts'
import type { Route } from './core/route.ts'
import { controlEntry, type NewEvent } from './core/stored-event.ts'
import { ProcessRepository } from './db/hub/processes.ts'
import { recordRequests, type SignedRequest } from './db/hub/requests-seen.ts'
import type { SeenMemory } from './db/inbox/seen-memory.ts'
import { slotMs } from './db/inbox/seen-times.ts'
import type { Burial } from './db/inbox/settle.ts'
import { pauseOutbox } from './db/outbox/pause.ts'
import { fileApi } from './files/api.ts'
import { isPortalAway } from './health/health.ts'
import { healthApi } from './http/health-api.ts'
import { toRefusal } from './http/refusals.ts'
import { InboxCommitter } from './inbox/committer.ts'
import { Dispatcher } from './inbox/dispatcher.ts'
import { LoadMeter, paceAt } from './inbox/load-meter.ts'
import type { PortalLife } from './inbox/portal-life.ts'
import { RepeatKeeper } from './inbox/repeat-keeper.ts'
import { InboxWriter } from './inbox/writer.ts'
import { webhookApi } from './ingress/api.ts'
import type { EventSink } from './ingress/commit.ts'
import { connectorApi } from './ingress/connector-api.ts'
import { ProfileBook } from './ingress/profile-book.ts'
import { SendsEnded } from './ingress/sends-ended.ts'
import type { RecipientWatch } from './ingress/sightings.ts'
import { eventsOf, type SeenUpdate } from './ingress/traffic.ts'
import type { WebhookDeps } from './ingress/webhook.ts'
import { GroupCommitter } from './lease/group-commit.ts'
import type { ActiveLine } from './lines/directory.ts'
import { LinesOfDoors } from './lines/door-lines.ts'
import { IdentityBook } from './lines/identity-book.ts'
import { LineIds } from './lines/line-ids.ts'
import { metricsApi } from './metrics/api.ts'
import { openApiApi, openApiRoute } from './openapi/route.ts'
import { OutboxSender } from './outbox/sender.ts'
import { OutboxWriter } from './outbox/writer.ts'
import { type DoorContextDeps, doorRoutes } from './portal/door-frame.ts'
import { InboxPort } from './portal/inbox-port.ts'
import type { OutboxQueue } from './portal/methods/method.ts'
import { methodApis } from './portal/methods/own-api.ts'
import { MethodTable } from './portal/methods/table.ts'
import { renderEvent } from './portal/render-event.ts'
import { RecipientOperations } from './recipients/operations.ts'
import type { Services } from './services.ts'
import { PortalCalls } from './trace/portal-calls.ts'
import { WebhookTraffic } from './trace/webhook-traffic.ts'

/** Parts of the composition root that are more than a constructor's call. */

/** Room for the envelope within a packet's limit of bytes. */
const ENVELOPE_BYTES = 1024
const MAX_REQUESTS = 300
/** Ten seconds' checks of a channel that hangs are a fifth of the places. */
const PLACES_PER_RATE = 50

function watchersOf({ journals: journal, meters: meter, tracer }: Services) {
  return given({ journal, meter, tracer })
}

/** How updates become events in the inbox. */
export function createIngress(
  services: Services,
  sink: EventSink,
  hints: HealthHints,
  recipients?: RecipientWatch,
): WebhookDeps {
  const { config, store, clock, wall, log, lineDirectory, links, pools } = services
  const rate = new RateLimit(config.lineRate, clock)
  const quotas = new RateLimit(0, clock)
  const profiles = new ProfileBook(clock, log, pools.open(POOL_SIZES.profiles))
  const sends = new SendsEnded(store, clock)
  const identities = new IdentityBook(store, clock, log)
  const render: WebhookDeps['render'] = (event, { portal, record }) =>
    renderEvent(event, portal.format, ({ ref }, file) =>
      links.make({ lineId: record.id, ref, ...file }),
    )
  return {
    lineDirectory,
    sink,
    clock: wall,
    log,
    ...watchersOf(services),
    ...given({ recipients }),
    render,
    traffic: new WebhookTraffic({
      ...watching(services),
      eventsOf: (seen: SeenUpdate) => eventsOf(seen, { render }),
    }),
    introduce: (events, active) => profiles.introduce(events, active),
    sendsEnded: (lineId, chatIds) => sends.wait(lineId, chatIds),
    learnIdentity: (active, identity) => identities.learn(active, identity),
    admit: (lineId) => rate.take(lineId) === 0,
    waitFor: (lineId, { key, perSecond, burst }) =>
      quotas.take(`${lineId} ${key}`, perSecond, burst),
    wonder: (lineId) => hints.wonder(lineId),
  }
}

/** What commits all that the inbox writes. */
export function createInboxCommitter(
  services: Services,
  lease: Lease,
  memory: SeenMemory,
): InboxCommitter {
  const { config, store, clock, pools } = services
  const places = pools.open(POOL_SIZES.updatesWaiting)
  return new InboxCommitter({ store, clock, lease, places, memory, burial: burialOf(config) })
}

/** What keeps the memory of updates in order. */
export function createRepeatKeeper(services: Services, memory: SeenMemory): RepeatKeeper {
  const { config, store, clock, log } = services
  return new RepeatKeeper({
    ...{ store, memory, clock, log },
    slotMs: (ring) => slotMs(ring, config.dedupeMs),
  })
}

function burialOf({ deadLetterMs }: Config): Burial {
  return { isKept: deadLetterMs > 0 }
}

/** The way into the inbox; `listener` is the dispatcher of this process, if it has one. */
export function createInboxWriter(
  { signals }: Services,
  commits: InboxCommitter,
  listener: Dispatcher | undefined,
): InboxWriter {
  return new InboxWriter(commits, listener, (ids) => signals.commDue.raise(ids))
}

/** The way into the outbox. */
export function createOutboxWriter(services: Services): OutboxWriter {
  const { store, clock, pools, signals, journals: journal, recipientBook } = services
  const places = pools.open(POOL_SIZES.messagesWaiting)
  const onQueued = (lineIds: ReadonlySet<number>): void => signals.outboxDue.raise(lineIds)
  return new OutboxWriter(store, clock, places, onQueued, journal, {
    onFollowed: (lineIds) => signals.commDue.raise(lineIds),
    onAnswer: (lineId, chatId) => recipientBook.noteAnswer(lineId, chatId),
  })
}

/** What those who watch the exchanges of traced lines have in common. */
function watching({ traces, wall, publicUrl, registry }: Services) {
  const connectors = registry.list().map(({ descriptor }) => descriptor)
  return { traces, clock: wall, publicUrl, connectors, refusalOf: toRefusal }
}

/** The delivering side of the inbox. */
export function createDispatcher(
  services: Services,
  parts: {
    readonly lease: Lease
    readonly life: PortalLife
    readonly commits: InboxCommitter
  },
): Dispatcher {
  const { config, clock, log, store, signals, stopping, pools } = services
  const { speakers: speaker, healthBook } = services
  const { signal } = stopping
  const load = new LoadMeter()
  const portals = new InboxPort({ ...services, speaker, signal })
  const dispatcher = new Dispatcher(
    {
      ...parts,
      ...{ store, clock, log, portals },
      ...watchersOf(services),
    },
    {
      limits: {
        maxEvents: config.packetMaxEvents,
        maxBytes: Math.max(1, config.packetMaxBytes - ENVELOPE_BYTES),
      },
      ladderMs: config.ladderMs,
      burial: burialOf(config),
      packets: pools.open(POOL_SIZES.packets),
      heldLines: pools.open(POOL_SIZES.inboxLines),
      paceMs: () =>
        paceAt({
          utilization: load.utilization(),
          updatesPerCommit: parts.commits.meter.updatesPerCommit(),
        }),
      lockoutMoved(lineId, from, to) {
        if (isPortalAway(from) !== isPortalAway(to)) void healthBook.refresh([lineId])
      },
    },
  )
  signals.inboxDue.on(() => dispatcher.wake())
  signals.commitUncertain.on(() => dispatcher.reconcile())
  return dispatcher
}

/** The remote methods, for whoever calls them. */
export function createMethodTable(services: Services, outbox: OutboxQueue): MethodTable {
  const { lineRepository, stopping, pools } = services
  return new MethodTable(
    {
      ...services,
      ...{ lineIds: new LineIds(lineRepository), outbox, signal: stopping.signal },
      recipients: new RecipientOperations({ ...services, book: services.recipientBook }),
    },
    pools.open(POOL_SIZES.channelCalls),
  )
}

/** What the doors of all dialects and their work by the clock have in common: the remote methods, lines and portals. */
export function createDoorContext(
  services: Services,
  outbox: OutboxQueue,
): DoorContextDeps & { readonly watch: PortalCalls; readonly table: MethodTable } {
  const table = createMethodTable(services, outbox)
  const { config, wall: clock, log, portalDirectory, portalOperations, speakers } = services
  const { memory, guard, publicUrl } = services
  const watch = new PortalCalls({ ...watching(services), dialects: services.dialects })
  return {
    ...{ clock, log, memory, guard, publicUrl, watch, table },
    apps: config.providerApps,
    portals: portalDirectory,
    lines: new LinesOfDoors(services),
    call: watch.follow(table.call.bind(table)),
    isQueueing: (method) => table.isQueueing(method),
    editPortal: (id, change) => portalOperations.edit(id, change),
    speakerOf: (portal) => speakers.speakerOf(portal),
  }
}

/** Where portals call: the doors of all dialects, with the remote methods behind them. */
export function createDoors(
  services: Services,
  {
    context,
    onCall,
  }: {
    readonly context: ReturnType<typeof createDoorContext>
    onCall(portalId: string): void
  },
): Route[] {
  const { store, clock, config, pools } = services
  const rate = new RateLimit(config.rpcRate, clock)
  const requests = new GroupCommitter<SignedRequest, boolean>(
    (batch) => recordRequests(store, batch, clock.now()),
    {
      maxItems: MAX_REQUESTS,
      share: {
        ownersOf: ({ portalId }) => [{ tenant: portalId, part: '' }],
        places: pools.open(POOL_SIZES.callsWaiting),
      },
      gather: () => store.letOthersIn(),
      keysOf: ({ portalId }) => [portalId],
      rows: 'request_seen',
      locks: store.locks,
      clock,
    },
  )
  return doorRoutes(services.dialects, {
    context,
    watch: context.watch,
    recordRequest: (portalId, requestId) => requests.submit({ portalId, requestId }),
    throttle: (portalId) => rate.take(portalId),
    onCall,
  })
}

/** `GET /openapi.json`: what each room says of its own addresses. */
export function createOpenApi({ dialects, registry, publicUrl }: Services): Route {
  const parts = (): ApiPart[] => {
    const methods = methodApis(registry)
    return [
      webhookApi,
      ...dialects.flatMap((dialect) => dialect.describe?.(methods) ?? []),
      connectorApi(registry),
      endpointApi,
      adminApi,
      fileApi,
      healthApi,
      metricsApi,
      openApiApi,
    ]
  }
  return openApiRoute(parts, { version: manifest.version, url: publicUrl })
}

export interface OutboxParts {
  readonly lease: Lease
  readonly hints: HealthHints
  render(event: MessageStatusEvent, active: ActiveLine): NewEvent
}

/** The sender, with what happens when a channel refuses a line's credentials (PROTOCOL §7, "Sending"). */
export function createSender(
  services: Services,
  { lease, hints, render }: OutboxParts,
): OutboxSender {
  const { store, clock, log, lineDirectory, portalDirectory, signals, pools, healthDesk } = services
  const wakeInbox = (): void => signals.inboxDue.raise()
  const sender = new OutboxSender({
    store,
    clock,
    log,
    ...watchersOf(services),
    lease,
    render,
    answers: services.answers,
    wakeInbox,
    onFollowed: (lineIds) => signals.commDue.raise(lineIds),
    sends: pools.open(POOL_SIZES.sends),
    heldLines: pools.open(POOL_SIZES.outboxLines),
    findLine: (lineId) => lineDirectory.findById(lineId),
    async isOutdated({ portal }) {
      const current = await portalDirectory.find(portal.id)
      return String(current?.allowedTargets) !== String(portal.allowedTargets)
    },
    async pause({ record, credentials, secrets }, reason, field) {
      const notice = controlEntry('credentials_refused', reason)
      const pause = { lineId: record.id, epoch: record.epoch, reason, notice }
      const isTold = await pauseOutbox(store, pause, clock.now())
      // A quota that is used up pauses as well.
      if (credentials.includes(field ?? '')) await healthDesk.refused(record.id, reason, secrets)
      else await healthDesk.refresh([record.id])
      hints.wonder(record.id)
      if (!isTold) return
      wakeInbox()
      log.warn(
        {
          event: 'line.failing',
          lineId: record.id,
          line: lineName(record),
          portalId: record.portalId,
        },
        'the channel refuses the credentials, sending is paused until testConnect succeeds',
      )
    },
  })
  signals.outboxDue.on((lineIds) => sender.wake(lineIds))
  signals.outboxDueElsewhere.on((lineIds) => sender.wakeHeld(lineIds))
  return sender
}

/** Checks the lines of all processes, where this is the process that does. */
export function createCheckRounds(services: Services, lease: Lease): CheckRounds {
  const { config, store, pools, healthBook, healthDesk, lineChecks, publicUrl } = services
  const processes = new ProcessRepository(store)
  const { checkRate: rate, checkEveryMs } = config
  const capacity = Math.max(POOL_SIZES.checks.capacity, rate * PLACES_PER_RATE)
  const begin = {
    ...{ ...services, book: healthBook, base: healthDesk.base, publicUrl, checkEveryMs },
    isUrlChosen: config.publicUrl !== undefined,
  }
  return new CheckRounds({
    ...services,
    ...{ lease, rate, checks: lineChecks, places: pools.open({ ...POOL_SIZES.checks, capacity }) },
    findHolder: () => processes.findOldest('jobs'),
    onBegin: (signal) => beginRound(begin, signal),
  })
}
