import { given } from '../../core/given.ts'
import { type DueLine, type DueLooks, type DueSearch, dueIn } from '../engine/due-lines.ts'
import { lockFree } from '../engine/leased-rows.ts'
import { takeFree } from '../engine/locks.ts'
import type { Finish, StatementRunner } from '../engine/short-transaction.ts'
import { marks } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'

export interface PolledLine {
  readonly lineId: number
  readonly portalId: string
  /** How far the line is, in its connector's own terms; absent at its beginning. */
  readonly position?: string
}

interface Row {
  line_id: number
  portal_id: string
  position: string | null
}

/** The table `poll_line`: lines whose updates the hub fetches, who does it or since when it waits, and how far they are. */
export class PollLineRepository implements DueLooks {
  readonly #store: Store
  readonly #looks: DueLooks

  constructor(store: Store) {
    this.#store = store
    this.#looks = dueIn(store, 'poll_line')
  }

  find(search: DueSearch): Promise<DueLine[]> {
    return this.#looks.find(search)
  }

  findOf(portalId: string, now: number, limit: number): Promise<DueLine[]> {
    return this.#looks.findOf(portalId, now, limit)
  }

  /** Takes those of the lines that are still due, free and not locked by somebody. `ids` in ascending order. */
  async take(token: string, ids: readonly number[], now: number): Promise<PolledLine[]> {
    return await takeFree(this.#store.locks, { table: 'poll_line', ids, now }, (part) =>
      this.#takePart(token, part, now),
    )
  }

  async #takePart(token: string, ids: readonly number[], now: number): Promise<PolledLine[]> {
    const work = async (runner: StatementRunner): Promise<Finish<PolledLine[]>> => {
      const [, , taken] = await runner.batch([
        lockFree(runner, 'poll_line', ids, now),
        {
          sql: `UPDATE poll_line SET owner = ?, due_at = NULL
            WHERE line_id IN ${marks(ids.length)} AND owner IS NULL AND due_at <= ?
            AND EXISTS (SELECT 1 FROM hub_process WHERE token = ? AND state = 'live')`,
          bindings: [token, ...ids, now, token],
        },
        {
          sql: `SELECT line_id, portal_id, position FROM poll_line
            WHERE line_id IN ${marks(ids.length)} AND owner = ?`,
          bindings: [...ids, token],
        },
      ])
      return { statements: [], value: ((taken?.rows ?? []) as Row[]).map(toLine) }
    }
    return await this.#store.shortTransaction(work, { failsWhenLocked: true })
  }

  /** All lines that are polled under `token`, or should be. Reads the whole table. */
  async findOwned(token: string): Promise<PolledLine[]> {
    const rows = await this.#store.rows<Row>(
      'SELECT line_id, portal_id, position FROM poll_line WHERE owner = ?',
      [token],
    )
    return rows.map(toLine)
  }

  /** Keeps how far the line is. False if it isn't ours any more. */
  async advance(token: string, lineId: number, position: string): Promise<boolean> {
    const { changes } = await this.#store.run(
      'UPDATE poll_line SET position = ? WHERE line_id = ? AND owner = ?',
      [position, lineId, token],
    )
    return changes > 0
  }

  async isOwned(token: string, lineId: number): Promise<boolean> {
    const rows = await this.#store.rows(
      'SELECT line_id FROM poll_line WHERE line_id = ? AND owner = ?',
      [lineId, token],
    )
    return rows.length > 0
  }

  /** Anybody may poll the line from `dueAt` on. */
  async release(token: string, lineId: number, dueAt: number): Promise<void> {
    await this.#store.run(
      'UPDATE poll_line SET owner = NULL, due_at = ? WHERE line_id = ? AND owner = ?',
      [dueAt, lineId, token],
    )
  }
}

function toLine({ line_id: lineId, portal_id: portalId, position }: Row): PolledLine {
  return { lineId, portalId, ...given({ position }) }
}
