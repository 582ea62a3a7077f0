import { type Clock, sleep } from '../core/clock.ts'
import { StoreUnavailableError } from '../core/errors.ts'
import { given } from '../core/given.ts'
import type { Lease } from '../core/lease.ts'
import type { Log } from '../core/log.ts'
import type { Store } from '../db/engine/store.ts'
import {
  type Burial,
  type Settlement,
  type SettleOutcome,
  settleLines,
} from '../db/inbox/settle.ts'
import { GroupCommitter } from '../lease/group-commit.ts'
import type { PortalPort } from './portal-port.ts'

const MAX_SETTLES = 200
const STORE_RETRY_MS = 250

export interface SettlerDeps {
  readonly store: Store
  readonly lease: Lease
  readonly clock: Clock
  readonly log: Log
  readonly portals?: Pick<PortalPort, 'lineName'>
}

interface HeldSettlement {
  /** The token the line was leased under. */
  readonly token: string
  readonly settlement: Settlement
}

/** Writes down what became of packets: those of many lines in one commit, until the store has taken it. */
export class Settler {
  readonly #deps: SettlerDeps
  readonly #burial: Burial
  readonly #stopping: AbortSignal
  readonly #settles: GroupCommitter<HeldSettlement, SettleOutcome>

  /** Once `stopping` aborts nothing is repeated. */
  constructor(deps: SettlerDeps, burial: Burial, stopping: AbortSignal) {
    this.#deps = deps
    this.#burial = burial
    this.#stopping = stopping
    this.#settles = new GroupCommitter((batch) => this.#flush(batch), {
      maxItems: MAX_SETTLES,
      // One of a line at a time, and a portal has few packets under way: it can't crowd out others.
      share: { ownersOf: ({ settlement }) => [{ tenant: '', part: settlement.lineId }] },
      gather: () => deps.store.letOthersIn(),
      keysOf: ({ settlement }) => [settlement.lineId],
      rows: 'inbox_line',
      locks: deps.store.locks,
      clock: deps.clock,
    })
  }

  /**
   * Repeats a settle until the store has taken it: what the portal has accepted must not be forgotten. What it can't keep is
   * settled without the words that came from outside. `token` is the one the line was leased under. Throws
   * StoreUnavailableError only when the process stops.
   */
  async settle(token: string, settlement: Settlement): Promise<SettleOutcome> {
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
        return await this.#settles.submit({ token, settlement })
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
    await this.#settles.settled()
  }

  /** What was leased under a token that is no longer ours must not be settled under the new one. */
  async #flush(batch: readonly HeldSettlement[]): Promise<SettleOutcome[]> {
    const { store, lease, clock } = this.#deps
    const { token } = lease
    const ours = batch.filter((held) => held.token === token).map(({ settlement }) => settlement)
    const settled =
      ours.length > 0 ? await settleLines(store, token, ours, clock.now(), this.#burial) : []
    let next = 0
    return batch.map((held) => (held.token === token && settled[next++]) || { kind: 'lost' })
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
