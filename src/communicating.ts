import { RunWork } from './communications/broadcasts/run-work.ts'
import { JobsDoor } from './communications/endpoint/jobs-door.ts'
import { NotificationDoor } from './communications/endpoint/notification-door.ts'
import { endpointRoutes } from './communications/endpoint/routes.ts'
import { TaskWriter } from './communications/endpoint/task-writer.ts'
import { CallOut } from './communications/engine/call-out.ts'
import { DialogWork } from './communications/engine/dialog-work.ts'
import { CommEngine } from './communications/engine/engine.ts'
import { EventWork } from './communications/engine/event-work.ts'
import { JobEnd } from './communications/engine/job-end.ts'
import { JobWork } from './communications/engine/job-work.ts'
import { TaskWatch } from './communications/engine/task-watch.ts'
import { TaskWork } from './communications/engine/task-work.ts'
import { TriggerBook } from './communications/engine/trigger-book.ts'
import { TokenOperations } from './communications/operations/api-tokens.ts'
import { BroadcastOperations } from './communications/operations/broadcasts.ts'
import { JobOperations } from './communications/operations/jobs.ts'
import { NotificationOperations } from './communications/operations/notifications.ts'
import type { OperationDeps } from './communications/operations/place.ts'
import { ScriptOperations } from './communications/operations/scripts.ts'
import { TriggerOperations } from './communications/operations/triggers.ts'
import { createWorkerSandbox } from './communications/sandbox/host.ts'
import type { Sandbox } from './communications/sandbox/sandbox.ts'
import type { Clock } from './core/clock.ts'
import type { HttpClient } from './core/http.ts'
import type { Journal } from './core/journal.ts'
import type { Lease } from './core/lease.ts'
import type { Log } from './core/log.ts'
import { POOL_SIZES } from './core/pool-sizes.ts'
import type { Pools } from './core/pools.ts'
import type { Portal } from './core/portal.ts'
import { PORTAL_DEFAULTS } from './core/portal.ts'
import { RateLimit } from './core/rate-limit.ts'
import type { Route } from './core/route.ts'
import { isAnyFollowed } from './db/communications/lines.ts'
import type { Store } from './db/engine/store.ts'
import type { LineDirectory } from './lines/directory.ts'
import type { PortalDirectory } from './lines/portal-directory.ts'
import type { Signals } from './lines/signals.ts'
import type { Registry } from './registry/registry.ts'

/** The part of the composition root that is about what a company starts by itself. */

/** What can be done with scripts, triggers, jobs and broadcasts, whoever asks for it. */
export interface Communications {
  readonly sandbox: Sandbox
  readonly scripts: ScriptOperations
  readonly triggers: TriggerOperations
  readonly jobs: JobOperations
  readonly broadcasts: BroadcastOperations
  readonly notifications: NotificationOperations
  readonly tokens: TokenOperations
}

export interface CommunicationParts {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly registry: Registry
  readonly signals: Signals
  readonly recipientBook: { flush(): Promise<void> }
  /** No slash at its end. */
  readonly publicUrl: string
}

/** What the engine needs of the hub's services. */
export interface EngineServices extends CommunicationParts {
  readonly wall: Clock
  readonly pools: Pools
  readonly lineDirectory: LineDirectory
  readonly communications: Communications
  readonly journals: Journal
  httpFor(allowed: Portal['allowedTargets']): HttpClient
}

export function createCommunications(parts: CommunicationParts): Communications {
  const { signals, registry } = parts
  const sandbox = createWorkerSandbox()
  const deps: OperationDeps = {
    ...parts,
    sandbox,
    wake: (lineId) => signals.commDue.raise([lineId]),
  }
  const scripts = new ScriptOperations(deps)
  return {
    sandbox,
    scripts,
    triggers: new TriggerOperations(deps, scripts),
    jobs: new JobOperations(deps),
    notifications: new NotificationOperations({ ...deps, publicUrl: parts.publicUrl }),
    tokens: new TokenOperations(deps),
    broadcasts: new BroadcastOperations(
      {
        ...deps,
        answerWindowMs: (id) => registry.find(id)?.descriptor.capabilities.answerWindowMs,
      },
      scripts,
    ),
  }
}

/** Where other systems schedule jobs and ask for notifications. */
export function createEndpoints(
  services: CommunicationParts & {
    readonly communications: Communications
    readonly pools: Pools
    readonly portalDirectory: PortalDirectory
  },
): Route[] {
  const { store, clock, registry, signals, pools, communications } = services
  const { jobs, tokens, sandbox } = communications
  const findPortal = (id: string) => services.portalDirectory.find(id)
  const rateOfPortals = () => new RateLimit(PORTAL_DEFAULTS.notificationRate, clock)
  const tasks = new TaskWriter({
    ...{ store, clock, places: pools.open(POOL_SIZES.notificationsWaiting) },
    onAccepted: (lineIds) => signals.commDue.raise(lineIds),
  })
  const notifications = new NotificationDoor({
    ...{ store, tasks, findPortal, rate: rateOfPortals() },
    chatOfPhone(id, { allowedTargets }) {
      const connector = registry.findFor(id, allowedTargets)?.connector
      return connector?.chatOfPhone?.bind(connector)
    },
  })
  const rate = rateOfPortals()
  return endpointRoutes(
    notifications,
    new JobsDoor({ store, sandbox, rate, jobs, tokens, findPortal }),
  )
}

/** Works on the communications of all lines, where this process does the jobs. */
export function createCommEngine(services: EngineServices, lease: Lease): CommEngine {
  const { store, clock, wall, log, signals, lineDirectory, pools, registry } = services
  const { sandbox } = services.communications
  const capabilitiesOf = (id: string) => registry.find(id)?.descriptor.capabilities
  const tasks = new TaskWatch(store)
  const takesTemplates = (id: string) => capabilitiesOf(id)?.templates === true
  const end = new JobEnd({ store, sandbox, takesTemplates })
  const callOut = new CallOut({
    log,
    httpFor: (allowed) => services.httpFor(allowed),
    now: () => wall.now(),
  })
  const answerWindowMs = (id: string) => capabilitiesOf(id)?.answerWindowMs
  const engine = new CommEngine({
    ...{ store, clock, log, lease },
    journal: services.journals,
    heldLines: pools.open(POOL_SIZES.commLines),
    findLine: (lineId) => lineDirectory.findById(lineId),
    wakeOutbox: (lineIds) => signals.outboxDue.raise(lineIds),
    wakeInbox: () => signals.inboxDue.raise(),
    parts: {
      dialect: store.dialect,
      works: [
        new EventWork({ store, sandbox, tasks }),
        new TaskWork({ store, sandbox, end, takesTemplates }),
        new JobWork({
          store,
          sandbox,
          callOut,
          end,
          triggers: new TriggerBook({ store, sandbox }),
        }),
        new RunWork({ store, sandbox, answerWindowMs }),
        new DialogWork({ store, sandbox, tasks }),
      ],
    },
  })
  void warmUp(services)
  signals.commDue.on((lineIds) => engine.wake(lineIds ?? []))
  signals.commitUncertain.on(() => engine.reconcile())
  return engine
}

/** The sandbox takes a third of a second to start: where lines are followed that is over before somebody writes. */
async function warmUp({ store, communications, log }: EngineServices): Promise<void> {
  try {
    if (await isAnyFollowed(store))
      await communications.sandbox.check([{ kind: 'code', source: '' }])
  } catch (error) {
    // The store may be away at start; then the first script waits for the sandbox.
    log.debug(
      { event: 'communications.not-warm', err: error },
      'the sandbox starts when it is needed',
    )
  }
}
