import type { MessageStatusEvent } from './core/event.ts'
import type { Lease } from './core/lease.ts'
import { controlEntry, type NewEvent } from './core/stored-event.ts'
import { recordRequests, type SignedRequest } from './db/hub/requests-seen.ts'
import { pauseOutbox } from './db/outbox/pause.ts'
import { RateLimit } from './http/rate-limit.ts'
import { Dispatcher } from './inbox/dispatcher.ts'
import type { PortalLife } from './inbox/portal-life.ts'
import type { EventSink } from './ingress/commit.ts'
import { ProfileBook } from './ingress/profile-book.ts'
import { sendsEnded } from './ingress/sends-ended.ts'
import type { WebhookDeps } from './ingress/webhook.ts'
import { GroupCommitter } from './lease/group-commit.ts'
import type { ActiveLine } from './lines/directory.ts'
import { IdentityBook } from './lines/identity-book.ts'
import { LineIds } from './lines/line-ids.ts'
import { OutboxSender } from './outbox/sender.ts'
import type { OutboxWriter } from './outbox/writer.ts'
import type { PortalDialect } from './portal/dialect.ts'
import { answerCall } from './portal/dialects/native/rpc.ts'
import { InboxPort } from './portal/inbox-port.ts'
import { MethodTable } from './portal/methods/table.ts'
import { renderEvent } from './portal/render-event.ts'
import type { Services } from './services.ts'

/** Parts of the composition root that are more than a constructor's call. */

/** Packets under way at once: enough that a dozen portals which hang until the time-out leave room for all others. */
const MAX_PACKETS = 1024
const MAX_PACKETS_PER_PORTAL = 64
/** Room for the envelope within a packet's limit of bytes. */
const ENVELOPE_BYTES = 1024
const MAX_REQUESTS = 300
const MAX_WAITING = 20_000

/** How updates become events in the inbox. */
export function createIngress(services: Services, sink: EventSink): WebhookDeps {
  const { config, store, clock, wall, log, directory, links } = services
  const rate = new RateLimit(config.lineRate, clock)
  const profiles = new ProfileBook(clock, log)
  const identities = new IdentityBook(store, clock, log)
  return {
    lines: directory,
    sink,
    clock: wall,
    log,
    render: (event, { portal, record }) =>
      renderEvent(event, portal.format, ({ ref }, file) =>
        links.make({ lineId: record.id, ref, ...file }),
      ),
    introduce: (events, active) => profiles.introduce(events, active),
    sendsEnded: (lineId, chatIds) => sendsEnded(store, clock, lineId, chatIds),
    learnIdentity: (active, identity) => identities.learn(active, identity),
    admit: (lineId) => rate.take(lineId) === 0,
  }
}

export interface InboxParts {
  readonly lease: Lease
  readonly life: PortalLife
  /** The process is short of time. */
  isBusy(): boolean
}

/** The delivering side of the inbox. */
export function createDispatcher(services: Services, parts: InboxParts): Dispatcher {
  const { config, clock, log, store, lines, portalDirectory, connection, packets, stopping } =
    services
  const { lease, life, isBusy } = parts
  const portals = new InboxPort({
    lines,
    portals: portalDirectory,
    connection,
    signal: stopping.signal,
    deliver: (packet, signal) => packets.deliver(packet, signal),
    test: (portal, address, signal) => packets.test(portal, address, signal),
  })
  return new Dispatcher(
    { store, clock, log, lease, life, portals },
    {
      limits: {
        maxEvents: config.packetMaxEvents,
        maxBytes: Math.max(1, config.packetMaxBytes - ENVELOPE_BYTES),
      },
      ladderMs: config.ladderMs,
      burial: { isKept: config.deadLetterMs > 0 },
      maxPerPortal: MAX_PACKETS_PER_PORTAL,
      maxTotal: MAX_PACKETS,
      isBusy,
    },
  )
}

/** The hub's own protocol, spoken over the services: packets out, signed JSON-RPC in. */
export function createNativeDialect(
  services: Services,
  parts: { readonly outbox: OutboxWriter; onCall(portalId: string): void },
): PortalDialect {
  const { store, clock, wall, log, config, packets, portalDirectory, stopping, wakes } = services
  const table = new MethodTable({
    ...services,
    lineIds: new LineIds(services.lines),
    outbox: parts.outbox,
    signal: stopping.signal,
    wakeInbox: () => wakes.inbox(),
  })
  const rate = new RateLimit(config.rpcRate, clock)
  const requests = new GroupCommitter<SignedRequest, boolean>(
    (batch) => recordRequests(store, batch, clock.now()),
    { maxItems: MAX_REQUESTS, maxWaiting: MAX_WAITING, gather: () => store.letOthersIn() },
  )
  const deps = {
    portals: portalDirectory,
    clock: wall,
    log,
    call: table.call.bind(table),
    isQueueing: (method: string) => table.isQueueing(method),
    recordRequest: (portalId: string, requestId: string) =>
      requests.submit({ portalId, requestId }),
    throttle: (portalId: string) => rate.take(portalId),
    onCall: parts.onCall,
  }
  return {
    deliver: (packet, signal) => packets.deliver(packet, signal),
    test: (portal, address, signal) => packets.test(portal, address, signal),
    answer: (request) => answerCall(deps, request),
  }
}

export interface OutboxParts {
  readonly lease: Lease
  render(event: MessageStatusEvent, active: ActiveLine): NewEvent
  /** News for portals have been committed. */
  onNews(): void
}

/** The sender, with what happens when a channel refuses a line's credentials (PROTOCOL §7, "Sending"). */
export function createSender(services: Services, parts: OutboxParts): OutboxSender {
  const { store, clock, log, directory } = services
  return new OutboxSender({
    store,
    clock,
    log,
    lease: parts.lease,
    render: parts.render,
    wakeInbox: parts.onNews,
    findLine: (lineId) => directory.findById(lineId),
    async pause({ record }, reason) {
      const notice = controlEntry('credentials_refused', reason)
      const pause = { lineId: record.id, epoch: record.epoch, reason, notice }
      if (!(await pauseOutbox(store, pause, clock.now()))) return
      parts.onNews()
      log.warn(
        { event: 'line.failing', lineId: record.id, portalId: record.portalId },
        'the channel refuses the credentials, sending is paused until testConnect succeeds',
      )
    },
  })
}
