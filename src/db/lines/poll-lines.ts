import { given } from '../../core/given.ts'
import { takeFree } from '../engine/locks.ts'
import type { Store } from '../engine/store.ts'

export interface PolledLine {
  readonly lineId: number
  /** How far the line is, in its connector's own terms; absent at its beginning. */
  readonly position?: string
}

/** The table `poll_line`: lines whose updates the hub fetches, who does it, and how far they are. */
export class PollLineRepository {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  /** Takes lines that nobody polls; those that somebody holds locked are left out. */
  async claim(token: string, limit: number): Promise<PolledLine[]> {
    const { locks } = this.#store
    const free = await this.#store.rows<{ line_id: number }>(
      'SELECT line_id FROM poll_line WHERE owner IS NULL LIMIT ?',
      [limit + locks.notedCount],
    )
    const claimed: PolledLine[] = []
    // One after another: taken together, a locked one would have to be searched for.
    for (const { line_id: id } of free) {
      if (claimed.length === limit) break
      const wanted = { table: 'poll_line', ids: [id], limit: 1, now: performance.now() }
      claimed.push(...(await takeFree(locks, wanted, () => this.#claimOne(token, id))))
    }
    return claimed
  }

  async #claimOne(token: string, lineId: number): Promise<PolledLine[]> {
    const { changes } = await this.#store.run(
      `UPDATE poll_line SET owner = ? WHERE line_id = ? AND owner IS NULL
       AND EXISTS (SELECT 1 FROM hub_process WHERE token = ? AND state = 'live')`,
      [token, lineId, token],
      { failsWhenLocked: true },
    )
    if (changes === 0) return []
    const [row] = await this.#store.rows<{ position: string | null }>(
      'SELECT position FROM poll_line WHERE line_id = ?',
      [lineId],
    )
    return [{ lineId, ...given({ position: row?.position }) }]
  }

  /** All lines that are polled under `token`, or should be. Reads the whole table. */
  async findOwned(token: string): Promise<PolledLine[]> {
    const rows = await this.#store.rows<{ line_id: number; position: string | null }>(
      'SELECT line_id, position FROM poll_line WHERE owner = ?',
      [token],
    )
    return rows.map(({ line_id: lineId, position }) => ({ lineId, ...given({ position }) }))
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

  async release(token: string, lineId: number): Promise<void> {
    await this.#store.run('UPDATE poll_line SET owner = NULL WHERE line_id = ? AND owner = ?', [
      lineId,
      token,
    ])
  }
}
