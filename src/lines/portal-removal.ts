import type { Clock } from '../core/clock.ts'
import { StoreUnavailableError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Store } from '../db/engine/store.ts'
import type { LineRepository } from '../db/lines/lines.ts'
import type { PortalRepository } from '../db/lines/portals.ts'
import {
  countRemovalTry,
  type LeavingLine,
  readLeavingLines,
  readLeavingPortals,
  removeLine,
} from '../db/lines/removal.ts'
import { type LineConnection, mayHaveWebhook } from './connection.ts'

export interface PortalRemovalDeps {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly portalRepository: PortalRepository
  readonly lineRepository: LineRepository
  readonly connection: Pick<LineConnection, 'undo'>
  /** Aborted when the hub stops. */
  readonly signal: AbortSignal
}

/** Calls to channels of one portal that are under way at once. */
const AT_ONCE = 32
/** Lines that are read at once. */
const PAGE = 200
/** Whoever asked for the removal waits no longer than this for channels. */
const FIRST_MS = 5000
/** One portal in one run of the job: others wait for theirs. */
const RUN_MS = 50_000
/** Tries, a minute apart at least, before a line goes without its channel's knowing. */
const MAX_TRIES = 10

/**
 * Removes portals that are switched off for good, line by line: what was set up at a line's channel is undone first, for
 * which its secrets are kept. What can't be undone yet is left for the job, so that a channel that hangs holds nobody up.
 */
export class PortalRemoval {
  readonly #deps: PortalRemovalDeps

  constructor(deps: PortalRemovalDeps) {
    this.#deps = deps
  }

  /** Removes what can be had within seconds. Gives how many lines are left; 0: the portal is gone. Throws StoreUnavailableError. */
  async begin(portalId: string): Promise<number> {
    return await this.#run(portalId, FIRST_MS, this.#deps.signal)
  }

  /** Goes on with all portals that are being removed. Throws StoreUnavailableError. */
  async goOn(signal: AbortSignal): Promise<{ removed: number; left: number }> {
    const portals = await readLeavingPortals(this.#deps.store)
    let removed = 0
    for (const portalId of portals) {
      if (signal.aborted) break
      if ((await this.#run(portalId, RUN_MS, signal)) === 0) removed += 1
    }
    return { removed, left: portals.length - removed }
  }

  async #run(portalId: string, limitMs: number, stop: AbortSignal): Promise<number> {
    const { clock, portalRepository, log } = this.#deps
    const enough = new AbortController()
    const timer = clock.after(limitMs, () => enough.abort())
    try {
      const left = await this.#removeLines(portalId, AbortSignal.any([stop, enough.signal]))
      if (left > 0 || stop.aborted) return Math.max(left, 1)
      await portalRepository.remove(portalId, clock.now())
      log.info({ event: 'portal.removed', portalId }, 'a portal was removed')
      return 0
    } finally {
      timer.cancel()
    }
  }

  async #removeLines(portalId: string, signal: AbortSignal): Promise<number> {
    const { store, clock } = this.#deps
    let left = 0
    for (let after = 0; ; ) {
      const page = await readLeavingLines(store, portalId, after, PAGE)
      const last = page.at(-1)
      if (!last) return left
      after = last.id
      const undone: number[] = []
      const queue = page.values()
      const work = async (): Promise<void> => {
        // One queue for all of them: whoever is done takes the next line.
        for (const line of queue) {
          if (await this.#undo(line, portalId, signal)) undone.push(line.id)
          else left += 1
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, work))
      for (const id of undone) await removeLine(store, id, clock.now())
    }
  }

  /** False if the line is left for later. */
  async #undo(line: LeavingLine, portalId: string, signal: AbortSignal): Promise<boolean> {
    if (!mayHaveWebhook(line)) return true
    if (signal.aborted) return false
    const outcome = await this.#ask(line.id, signal)
    if (outcome === 'done') return true
    if (outcome === 'later') {
      // Broken off by us: that was no try.
      if (signal.aborted) return false
      await countRemovalTry(this.#deps.store, line.id)
      if (line.tries + 1 < MAX_TRIES) return false
    }
    this.#deps.log.warn(
      { event: 'portal.webhook-left', portalId, lineId: line.id, tries: line.tries + 1 },
      'the channel keeps the webhook of a line that is removed',
    )
    return true
  }

  async #ask(lineId: number, signal: AbortSignal): Promise<'done' | 'later' | 'refused'> {
    const { lineRepository, connection, log } = this.#deps
    // Read only now: another portal may have connected the account meanwhile, and the webhook is theirs.
    const record = await lineRepository.findById(lineId)
    try {
      return record ? await connection.undo(record, signal) : 'done'
    } catch (error) {
      if (error instanceof StoreUnavailableError) throw error
      log.error(
        { event: 'portal.undo-failed', lineId, err: error },
        'undoing a line at its channel failed unexpectedly',
      )
      return 'refused'
    }
  }
}
