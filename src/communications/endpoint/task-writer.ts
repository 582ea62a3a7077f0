import type { Clock } from '../../core/clock.ts'
import type { SharedPool } from '../../core/shared-pool.ts'
import {
  type AcceptOutcome,
  acceptTasks,
  type NewTask,
} from '../../db/communications/accept-tasks.ts'
import type { Store } from '../../db/engine/store.ts'
import { GroupCommitter } from '../../lease/group-commit.ts'

const MAX_TASKS = 200
const MAX_BYTES = 4 * 1024 * 1024

export interface TaskWriterDeps {
  readonly store: Store
  readonly clock: Clock
  /** Of requests that wait while more do than one commit holds. */
  readonly places: SharedPool
  /** Called after each commit with the lines that have something to do. */
  onAccepted(lineIds: ReadonlySet<number>): void
}

/** The way in for notifications: concurrent requests are committed together. */
export class TaskWriter {
  readonly #commits: GroupCommitter<NewTask, AcceptOutcome>

  constructor({ store, clock, places, onAccepted }: TaskWriterDeps) {
    this.#commits = new GroupCommitter(
      async (tasks) => {
        const outcomes = await acceptTasks(store, tasks, clock.now())
        onAccepted(new Set(tasks.map(({ lineId }) => lineId)))
        return outcomes
      },
      {
        maxItems: MAX_TASKS,
        maxSize: MAX_BYTES,
        sizeOf: ({ request, config }) => request.length + config.length,
        share: { ownersOf: ({ portalId, lineId }) => [{ tenant: portalId, part: lineId }], places },
        gather: () => store.letOthersIn(),
        keysOf: ({ lineId }) => [lineId],
        rows: 'comm_line',
        locks: store.locks,
        clock,
      },
    )
  }

  /** Resolves when it is durable. Throws StoreUnavailableError. */
  accept(task: NewTask): Promise<AcceptOutcome> {
    return this.#commits.submit(task)
  }
}
