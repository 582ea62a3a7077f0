import type { MessageStatusEvent } from './core/event.ts'
import type { Lease } from './core/lease.ts'
import { controlEntry, type NewEvent } from './db/inbox-append.ts'
import { pauseOutbox } from './db/outbox-pause.ts'
import { recordRequests, type SignedRequest } from './db/requests-seen.ts'
import { RateLimit } from './http/rate-limit.ts'
import { GroupCommitter } from './inbox/group-commit.ts'
import type { ActiveLine } from './ingress/line-directory.ts'
import { OutboxSender } from './outbox/sender.ts'
import type { OutboxWriter } from './outbox/writer.ts'
import type { PortalDialect } from './portal/dialect.ts'
import { answerCall } from './portal/dialects/native/rpc.ts'
import { LineIds } from './portal/line-ids.ts'
import { MethodTable } from './portal/methods/table.ts'
import type { Services } from './services.ts'

/** Parts of the composition root that are more than a constructor's call. */

const MAX_REQUESTS = 300
const MAX_WAITING = 20_000

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
    onNews: parts.onNews,
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
