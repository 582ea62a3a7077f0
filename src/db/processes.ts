import { marks } from './sql.ts'
import type { Store } from './store.ts'

export interface ProcessRecord {
  readonly token: string
  readonly host: string
  readonly pid: number
  readonly roles: string
}

export interface LiveProcess {
  readonly token: string
  readonly pid: number
  readonly startedAt: number
}

/** The table `hub_process`: whose leases are alive. */
export class ProcessRepository {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  async register(record: ProcessRecord, aliveUntil: number, now: number): Promise<void> {
    await this.#store.run(
      `INSERT INTO hub_process (token, host, pid, roles, state, started_at, alive_until)
       VALUES (?, ?, ?, ?, 'live', ?, ?)`,
      [record.token, record.host, record.pid, record.roles, now, aliveUntil],
    )
  }

  /** False if the process has been declared dead meanwhile: its leases are gone, and its token for ever. */
  async renew(token: string, aliveUntil: number): Promise<boolean> {
    const { changes } = await this.#store.run(
      "UPDATE hub_process SET alive_until = ? WHERE token = ? AND state = 'live'",
      [aliveUntil, token],
    )
    return changes > 0
  }

  /**
   * Declares processes dead that have not renewed in time and frees what they held. A dead row stays for a while and is
   * swept again: a claim that was under way when it died may commit after the first sweep.
   */
  async sweep(now: number, keepDeadMs: number): Promise<number> {
    await this.#store.run(
      "UPDATE hub_process SET state = 'dead' WHERE state = 'live' AND alive_until < ?",
      [now],
    )
    const dead = await this.#store.rows<{ token: string; alive_until: number }>(
      "SELECT token, alive_until FROM hub_process WHERE state = 'dead'",
    )
    let freed = 0
    for (const { token, alive_until: aliveUntil } of dead) {
      freed += await this.free(token, now)
      if (aliveUntil < now - keepDeadMs) {
        await this.#store.run("DELETE FROM hub_process WHERE token = ? AND state = 'dead'", [token])
      }
    }
    return freed
  }

  /** Rows of this host that count as alive. */
  async listLive(host: string): Promise<LiveProcess[]> {
    const rows = await this.#store.rows<{ token: string; pid: number; started_at: number }>(
      "SELECT token, pid, started_at FROM hub_process WHERE host = ? AND state = 'live'",
      [host],
    )
    return rows.map(({ token, pid, started_at: startedAt }) => ({ token, pid, startedAt }))
  }

  /** Declares a process dead before its time is over, because it is known to have ended. The next sweep frees its lines. */
  async declareDead(token: string): Promise<void> {
    await this.#store.run("UPDATE hub_process SET state = 'dead' WHERE token = ?", [token])
  }

  /** A process that ends of its own will has released everything it held. */
  async remove(token: string, now: number): Promise<void> {
    await this.#store.run("UPDATE hub_process SET state = 'dead' WHERE token = ?", [token])
    await this.free(token, now)
    await this.#store.run('DELETE FROM hub_process WHERE token = ?', [token])
  }

  /** Makes everything that `token` holds due for others. Gives how many leases that were. */
  async free(token: string, now: number): Promise<number> {
    const inbox = await this.#freeTable('inbox_line', ', due_at = ?', [now], token)
    const outbox = await this.#freeTable('outbox_line', ', due_at = ?', [now], token)
    return inbox + outbox + (await this.#freeTable('poll_line', '', [], token))
  }

  async #freeTable(
    table: string,
    set: string,
    values: readonly unknown[],
    token: string,
  ): Promise<number> {
    const rows = await this.#store.rows<{ line_id: number }>(
      `SELECT line_id FROM ${table} WHERE owner = ?`,
      [token],
    )
    for (let from = 0; from < rows.length; from += CHUNK) {
      const ids = rows.slice(from, from + CHUNK).map((row) => row.line_id)
      await this.#store.run(
        `UPDATE ${table} SET owner = NULL${set} WHERE line_id IN ${marks(ids.length)} AND owner = ?`,
        [...values, ...ids, token],
      )
    }
    return rows.length
  }
}

const CHUNK = 500
