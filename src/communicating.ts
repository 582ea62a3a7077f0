import { RunWork } from './communications/broadcasts/run-work.ts'
import { CallOut } from './communications/engine/call-out.ts'
import { DialogWork } from './communications/engine/dialog-work.ts'
import { CommEngine } from './communications/engine/engine.ts'
import { EventWork, type TaskWatcher } from './communications/engine/event-work.ts'
import { JobEnd } from './communications/engine/job-end.ts'
import { JobWork } from './communications/engine/job-work.ts'
import { TriggerBook } from './communications/engine/trigger-book.ts'
import { BroadcastOperations } from './communications/operations/broadcasts.ts'
import { JobOperations } from './communications/operations/jobs.ts'
import type { OperationDeps } from './communications/operations/place.ts'
import { ScriptOperations } from './communications/operations/scripts.ts'
import { TriggerOperations } from './communications/operations/triggers.ts'
import { createWorkerSandbox } from './communications/sandbox/host.ts'
import type { Sandbox } from './communications/sandbox/sandbox.ts'
import type { Clock } from './core/clock.ts'
import { given } from './core/given.ts'
import type { HttpClient } from './core/http.ts'
import type { Lease } from './core/lease.ts'
import type { Log } from './core/log.ts'
import { POOL_SIZES } from './core/pool-sizes.ts'
import type { Pools } from './core/pools.ts'
import type { Portal } from './core/portal.ts'
import { isAnyFollowed } from './db/communications/lines.ts'
import type { Store } from './db/engine/store.ts'
import type { JournalWriter } from './journal/writer.ts'
import type { LineDirectory } from './lines/directory.ts'
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
}

export interface CommunicationParts {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly registry: Registry
  readonly signals: Signals
}

/** What the engine needs of the hub's services. */
export interface EngineServices extends CommunicationParts {
  readonly wall: Clock
  readonly pools: Pools
  readonly lineDirectory: LineDirectory
  readonly communications: Communications
  readonly journal: JournalWriter | undefined
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
    broadcasts: new BroadcastOperations(
      {
        ...deps,
        answerWindowMs: (id) => registry.find(id)?.descriptor.capabilities.answerWindowMs,
      },
      scripts,
    ),
  }
}

/** Works on the communications of all lines, where this process does the jobs. */
export function createCommEngine(services: EngineServices, lease: Lease): CommEngine {
  const { store, clock, wall, log, signals, lineDirectory, pools, registry } = services
  const { sandbox } = services.communications
  const capabilitiesOf = (id: string) => registry.find(id)?.descriptor.capabilities
  const tasks = NO_TASKS
  const end = new JobEnd({
    ...{ store, sandbox },
    takesTemplates: (id) => capabilitiesOf(id)?.templates === true,
  })
  const callOut = new CallOut({
    log,
    httpFor: (allowed) => services.httpFor(allowed),
    now: () => wall.now(),
  })
  const answerWindowMs = (id: string) => capabilitiesOf(id)?.answerWindowMs
  const engine = new CommEngine({
    ...{ store, clock, log, lease },
    ...given({ journal: services.journal }),
    heldLines: pools.open(POOL_SIZES.commLines),
    findLine: (lineId) => lineDirectory.findById(lineId),
    wakeOutbox: (lineIds) => signals.outboxDue.raise(lineIds),
    wakeInbox: () => signals.inboxDue.raise(),
    parts: {
      dialect: store.dialect,
      works: [
        new EventWork({ store, sandbox, tasks }),
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

const NO_TASKS: TaskWatcher = {
  statusCame: async () => undefined,
  personWrote: async () => undefined,
  dialogsClosed: async () => undefined,
}
