import { type Clock, sleep } from '../core/clock.ts'
import { StoreUnavailableError } from '../core/errors.ts'
import { given } from '../core/given.ts'
import type { Log } from '../core/log.ts'
import type { Settlement, SettleOutcome } from '../db/inbox/settle.ts'
import type { InboxCommitter } from './committer.ts'
import type { PortalPort } from './portal-port.ts'

const STORE_RETRY_MS = 250

export interface SettlerDeps {
  readonly commits: Pick<InboxCommitter, 'settle'>
  readonly clock: Clock
  readonly log: Log
  readonly portals?: Pick<PortalPort, 'lineName'>
}

/** Writes down what became of packets, until the store has taken it. */
export class Settler {
  readonly #deps: SettlerDeps
  readonly #stopping: AbortSignal
  readonly #open = new Set<Promise<SettleOutcome>>()

  /** Once `stopping` aborts nothing is repeated. */
  constructor(deps: SettlerDeps, stopping: AbortSignal) {
    this.#deps = deps
    this.#stopping = stopping
  }

  /**
   * Repeats a settle until the store has taken it: what the portal has accepted must not be forgotten. What it can't keep is
   * settled without the words that came from outside. `token` is the one the line was leased under. Throws
   * StoreUnavailableError only when the process stops.
   */
  async settle(token: string, settlement: Settlement): Promise<SettleOutcome> {
    const settling = this.#settle(token, settlement)
    this.#open.add(settling)
    try {
      return await settling
    } finally {
      this.#open.delete(settling)
    }
  }

  async #settle(token: string, settlement: Settlement): Promise<SettleOutcome> {
    try {
      return await this.#untilTaken(token, settlement)
    } catch (error) {
      if (error instanceof StoreUnavailableError) throw error
      this.#deps.log.error(
        { event: 'inbox.settle-refused', ...this.#nameOf(settlement), err: error },
        'the store can not keep what a portal answered: it is settled without',
      )
      return await this.#untilTaken(token, withoutWords(settlement))
    }
  }

  async #untilTaken(token: string, settlement: Settlement): Promise<SettleOutcome> {
    for (;;) {
      try {
        return await this.#deps.commits.settle(token, settlement)
      } catch (error) {
        if (!(error instanceof StoreUnavailableError) || this.#stopping.aborted) throw error
        this.#deps.log.warn(
          { event: 'inbox.settle-delayed', ...this.#nameOf(settlement), err: error },
          'the store is not reachable, the settle is repeated',
        )
        await sleep(this.#deps.clock, STORE_RETRY_MS, this.#stopping)
      }
    }
  }

  #nameOf({ lineId }: Settlement): object {
    return { lineId, ...given({ line: this.#deps.portals?.lineName?.(lineId) }) }
  }

  /** Resolves when everything given so far has been answered. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#open)
  }
}

function withoutWords({ rejected, lockout, ...settlement }: Settlement): Settlement {
  const { lastFailure: _, lastError: __, ...plain } = lockout
  return {
    ...settlement,
    rejected: rejected.map(({ seq }) => ({ seq, reason: 'refused by the portal' })),
    lockout: plain,
  }
}
