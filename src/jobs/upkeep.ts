import type { Clock } from '../core/clock.ts'
import type { Upkeep } from '../core/dialect.ts'
import type { Log } from '../core/log.ts'
import type { Portal } from '../core/portal.ts'
import type { Job } from './job.ts'

export interface UpkeepDeps {
  readonly clock: Clock
  readonly log: Log
  readonly upkeeps: readonly { readonly dialect: string; readonly upkeep: Upkeep }[]
  listPortals(dialect: string): Promise<readonly Portal[]>
}

/** Visits at once: a portal that hangs holds up one place only. */
const AT_ONCE = 8

/** What dialects do for each of their portals by the clock. */
export class UpkeepRounds {
  readonly #deps: UpkeepDeps
  /** When a portal is to be visited next. */
  #dueAt = new Map<string, number>()

  constructor(deps: UpkeepDeps) {
    this.#deps = deps
  }

  job(): Job {
    return {
      name: 'upkeep',
      schedule: '* * * * *',
      isForOneProcess: true,
      work: (signal) => this.#round(signal),
    }
  }

  async #round(signal: AbortSignal): Promise<{ visited: number; failed: number }> {
    const due = await this.#due()
    let failed = 0
    let next = 0
    const visitAll = async (): Promise<void> => {
      for (let visit = due[next++]; visit && !signal.aborted; visit = due[next++]) {
        if (!(await this.#visit(visit, signal))) failed++
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, visitAll))
    return { visited: due.length, failed }
  }

  /** Those whose time has come; of portals that are gone nothing is remembered. */
  async #due(): Promise<{ upkeep: Upkeep; portal: Portal }[]> {
    const { upkeeps, listPortals, clock } = this.#deps
    const now = clock.now()
    const dueAt = new Map<string, number>()
    const due: { upkeep: Upkeep; portal: Portal }[] = []
    for (const { dialect, upkeep } of upkeeps) {
      for (const portal of await listPortals(dialect)) {
        if (portal.switchedOff) continue
        const isDue = (this.#dueAt.get(portal.id) ?? 0) <= now
        dueAt.set(portal.id, isDue ? now + upkeep.everyMs : (this.#dueAt.get(portal.id) ?? 0))
        if (isDue) due.push({ upkeep, portal })
      }
    }
    this.#dueAt = dueAt
    return due
  }

  async #visit(
    { upkeep, portal }: { upkeep: Upkeep; portal: Portal },
    signal: AbortSignal,
  ): Promise<boolean> {
    try {
      await upkeep.visit(portal, signal)
      return true
    } catch (error) {
      if (signal.aborted) return true
      this.#deps.log.warn(
        { event: 'portal.upkeep-failed', portalId: portal.id, dialect: portal.dialect, err: error },
        'what is done for a portal by the clock failed, it is tried again in its turn',
      )
      return false
    }
  }
}
