import { freeLines } from '../engine/leased-rows.ts'
import { aroundLocks } from '../engine/locks.ts'
import { endSessions } from '../engine/sessions.ts'
import { marks } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'
import { type TableName, tablesWhere } from '../engine/tables.ts'

export interface ProcessRecord {
  readonly token: string
  readonly host: string
  readonly pid: number
  readonly roles: string
}

export interface ProcessState {
  readonly token: string
  readonly host: string
  readonly pid: number
  readonly isDead: boolean
  /** By the process's own clock: only whether it changes means anything to others. */
  readonly aliveUntil: number
}

export interface LiveProcess {
  readonly token: string
  readonly host: string
  readonly roles: string
  readonly aliveUntil: number
  readonly pid: number
  readonly startedAt: number
}

/** The table `hub_process`: whose leases are alive. */
export class ProcessRepository {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  async register(
    { token, host, pid, roles }: ProcessRecord,
    aliveUntil: number,
    now: number,
  ): Promise<void> {
    await this.#store.run(
      `INSERT INTO hub_process (token, host, pid, roles, state, started_at, alive_until, sessions)
       VALUES (?, ?, ?, ?, 'live', ?, ?, ?)`,
      [token, host, pid, roles, now, aliveUntil, this.#store.sessionName],
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

  /** All processes that have a row, dead ones too. */
  async list(): Promise<ProcessState[]> {
    const rows = await this.#store.rows<{
      token: string
      host: string
      pid: number
      state: string
      alive_until: number
    }>('SELECT token, host, pid, state, alive_until FROM hub_process')
    return rows.map(({ token, host, pid, state, alive_until: aliveUntil }) => ({
      ...{ token, host, pid },
      isDead: state === 'dead',
      aliveUntil,
    }))
  }

  /** Rows that count as alive, of one host or of all. */
  async listLive(host?: string): Promise<LiveProcess[]> {
    const rows = await this.#store.rows<{
      token: string
      host: string
      roles: string
      pid: number
      started_at: number
      alive_until: number
    }>(
      `SELECT token, host, roles, pid, started_at, alive_until FROM hub_process
       WHERE state = 'live'${host === undefined ? '' : ' AND host = ?'} ORDER BY token`,
      host === undefined ? [] : [host],
    )
    return rows.map(({ started_at: startedAt, alive_until: aliveUntil, ...row }) => ({
      ...row,
      startedAt,
      aliveUntil,
    }))
  }

  /** The oldest process with this role that counts as alive: tokens are ordered by time. */
  async findOldest(role: string): Promise<string | undefined> {
    const rows = await this.#store.rows<{ token: string; roles: string }>(
      "SELECT token, roles FROM hub_process WHERE state = 'live' ORDER BY token",
    )
    return rows.find(({ roles }) => roles.split(',').includes(role))?.token
  }

  /**
   * Declares a process dead; false if it has renewed since it was seen with `aliveUntil`. What it has left open in the store is
   * ended with it: a machine that is gone without a word keeps rows locked.
   */
  async declareDead(token: string, aliveUntil: number): Promise<boolean> {
    const { changes } = await this.#store.run(
      "UPDATE hub_process SET state = 'dead' WHERE token = ? AND state = 'live' AND alive_until = ?",
      [token, aliveUntil],
    )
    if (changes === 0) return false
    await this.#endSessions(token)
    return true
  }

  async #endSessions(token: string): Promise<void> {
    const [row] = await this.#store.rows<{ sessions: string | null }>(
      'SELECT sessions FROM hub_process WHERE token = ?',
      [token],
    )
    const sessions = row?.sessions
    // A process that has begun anew under another token finds its own.
    if (sessions && sessions !== this.#store.sessionName) await endSessions(this.#store, sessions)
  }

  async forget(token: string): Promise<void> {
    await this.#store.run("DELETE FROM hub_process WHERE token = ? AND state = 'dead'", [token])
  }

  /** A process that ends of its own will has released everything it held. */
  async remove(token: string, now: number): Promise<void> {
    await this.#store.run("UPDATE hub_process SET state = 'dead' WHERE token = ?", [token])
    // The row stays: a claim that is still under way may commit after this, and only a sweep for a token that has a row frees it.
    await this.free([token], now)
  }

  /** Makes everything that is held under `tokens` due for others, but for rows that somebody holds locked. */
  async free(tokens: readonly string[], now: number): Promise<Freed> {
    const all = { freed: 0, locked: 0 }
    if (tokens.length === 0) return all
    for (const table of LEASED) {
      const { freed, locked } = await this.#freeTable(table, tokens, now)
      all.freed += freed
      all.locked += locked
    }
    return all
  }

  /** Reads the whole table: there is no index on the owner, for every lease would have to keep it. */
  async #freeTable(table: TableName, owners: readonly string[], now: number): Promise<Freed> {
    const rows = await this.#store.rows<{ line_id: number }>(
      `SELECT line_id FROM ${table} WHERE owner IN ${marks(owners.length)}`,
      owners,
    )
    const ids = rows.map((row) => row.line_id).sort((a, b) => a - b)
    const end = { freed: 0, locked: 0 }
    for (let from = 0; from < ids.length; from += CHUNK) {
      const { results, locked } = await aroundLocks(ids.slice(from, from + CHUNK), (part) =>
        freeLines(this.#store, table, { ids: part, owners }, now),
      )
      end.freed += results.length
      end.locked += locked.length
    }
    return end
  }
}

/** How many leases have ended, and how many could not be ended yet. */
export interface Freed {
  readonly freed: number
  readonly locked: number
}

const LEASED = tablesWhere(({ isLeased }) => isLeased === true)
const CHUNK = 500
