import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { migrateUp } from '../../src/db/engine/migrator.ts'
import { SLOT_TABLES } from '../../src/db/engine/slot-tables.ts'
import { Store } from '../../src/db/engine/store.ts'

/** What a committed transaction has done to one row, in the order it was done. */
export type Change =
  | {
      readonly kind: 'event+'
      readonly lineId: number
      readonly seq: number
      readonly payload: string
    }
  | { readonly kind: 'event-'; readonly lineId: number; readonly seq: number }
  | {
      readonly kind: 'dead+'
      readonly lineId: number
      readonly seq: number
      readonly reason: string
    }
  | { readonly kind: 'dead-'; readonly lineId: number; readonly seq: number }
  | { readonly kind: 'line'; readonly row: LineRow }
  /** A lease has been declared dead. */
  | { readonly kind: 'ended'; readonly token: string }
  /** Of a table that a simulation has asked to be told of: `+` put in, `~` changed, `-` deleted. */
  | {
      readonly kind: 'row'
      readonly table: string
      readonly what: '+' | '~' | '-'
      readonly row: Readonly<Record<string, unknown>>
    }

export interface LineRow {
  readonly lineId: number
  readonly purgeUntil: number
  readonly dueAt: number | null
  readonly owner: string | null
  readonly attempt: number
  readonly lockedUntil: number | null
  readonly ackUntil: number | null
  readonly nudgedAt: number | null
  readonly epoch: number
  readonly lease: number
}

export interface Outcome {
  readonly rows: readonly unknown[]
  readonly changes: number
  readonly insertId?: number
}

interface Prepared {
  readonly statement: StatementSync
  readonly isQuery: boolean
}

const MAX_STATEMENTS = 3000
const TABLES = [
  'inbox_line',
  'inbox_event',
  ...Object.values(SLOT_TABLES).flat(),
  'seen_slot',
  'seen_update',
  'dead_letter',
  'outbox_line',
  'outbox_message',
  'outbox_receipt',
  'conversation',
  'poll_line',
  'hub_process',
  'line',
  'portal',
  'recipient',
  'recipient_tag',
  'comm_line',
  'comm_event',
  'comm_message',
  'script',
  'script_version',
  'comm_trigger',
  'trigger_fired',
  'broadcast',
  'broadcast_run',
  'job',
  // Numbers begin anew, or a seed's history would depend on those before it.
  'sqlite_sequence',
]
/** Functions called by triggers tell what happens to the rows, without reading them back after each commit. */
const TRIGGERS = `
  CREATE TRIGGER sim_e1 AFTER INSERT ON inbox_event BEGIN
    SELECT sim_note('event+', NEW.line_id, NEW.seq, NEW.payload); END;
  CREATE TRIGGER sim_e2 AFTER DELETE ON inbox_event BEGIN SELECT sim_note('event-', OLD.line_id, OLD.seq); END;
  CREATE TRIGGER sim_d1 AFTER INSERT ON dead_letter BEGIN
    SELECT sim_note('dead+', NEW.line_id, NEW.seq, NEW.reason); END;
  CREATE TRIGGER sim_d2 AFTER DELETE ON dead_letter BEGIN SELECT sim_note('dead-', OLD.line_id, OLD.seq); END;
  CREATE TRIGGER sim_p1 AFTER UPDATE ON hub_process WHEN NEW.state = 'dead' BEGIN
    SELECT sim_note('ended', NEW.token); END;
  CREATE TRIGGER sim_l1 AFTER UPDATE ON inbox_line BEGIN SELECT sim_line(NEW.line_id, NEW.purge_until, NEW.due_at,
    NEW.owner, NEW.attempt, NEW.locked_until, NEW.ack_until, NEW.nudged_at, NEW.epoch, NEW.lease); END;`

/** The hub's schema, made by the hub's own migrations. */
export async function readSchema(): Promise<string> {
  const store = new Store({ kind: 'sqlite', file: ':memory:' })
  try {
    await migrateUp(store)
    const rows = await store.rows<{ sql: string }>(
      "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid",
    )
    return rows.map(({ sql }) => sql).join(';\n')
  } finally {
    await store.close()
  }
}

/** The store that all simulated processes share: SQLite in memory, one transaction at a time. */
export class SimDatabase {
  readonly #database = new DatabaseSync(':memory:')
  readonly #statements = new Map<string, Prepared>()
  #changes: Change[] = []

  /** `watched`: triggers that call `sim_row(table, what, json)`. */
  constructor(schema: string, watched = '') {
    const varargs = { varargs: true }
    this.#database.function('sim_note', varargs, (...values) => {
      this.#changes.push(toChange(values))
      return null
    })
    this.#database.function('sim_line', varargs, (...values) => {
      this.#changes.push({ kind: 'line', row: toLineRow(values) })
      return null
    })
    this.#database.function('sim_row', varargs, (table, what, json) => {
      const row = JSON.parse(json as string) as Record<string, unknown>
      this.#changes.push({ kind: 'row', table: table as string, what: what as '+', row })
      return null
    })
    this.#database.exec(schema)
    this.#database.exec(`${TRIGGERS}${watched}`)
  }

  /** Empties it for the next seed; `lines` gives the portal of each line. */
  reset(lines: ReadonlyMap<number, string>): void {
    for (const table of TABLES) this.execute(`DELETE FROM ${table}`, [])
    for (const [lineId, portalId] of lines) {
      this.execute('INSERT INTO inbox_line (line_id, portal_id) VALUES (?, ?)', [lineId, portalId])
      this.execute('INSERT INTO outbox_line (line_id, portal_id) VALUES (?, ?)', [lineId, portalId])
    }
    this.#changes = []
  }

  execute(sql: string, bindings: readonly unknown[]): Outcome {
    const { statement, isQuery } = this.#prepare(sql)
    const values = bindings.map((value) =>
      typeof value === 'boolean' ? Number(value) : value,
    ) as SQLInputValue[]
    if (isQuery) return { rows: statement.all(...values), changes: 0 }
    const { changes, lastInsertRowid } = statement.run(...values)
    return { rows: [], changes: Number(changes), insertId: Number(lastInsertRowid) }
  }

  #prepare(sql: string): Prepared {
    const known = this.#statements.get(sql)
    if (known) return known
    // Statements over several rows have as many shapes as there are counts.
    if (this.#statements.size >= MAX_STATEMENTS) this.#statements.clear()
    const prepared = { statement: this.#database.prepare(sql), isQuery: /^\s*select/i.test(sql) }
    this.#statements.set(sql, prepared)
    return prepared
  }

  /**
   * Runs `work` as one transaction, which nobody else gets into, and gives what it has changed. `keeps` is asked at its
   * end whether it is to be committed.
   */
  async transact<T>(
    work: () => Promise<T>,
    keeps: () => boolean = () => true,
  ): Promise<{ result: T; changes: readonly Change[] }> {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      const result = await work()
      const isKept = keeps()
      this.#database.exec(isKept ? 'COMMIT' : 'ROLLBACK')
      const changes = isKept ? this.#changes : []
      return { result, changes }
    } catch (error) {
      this.#database.exec('ROLLBACK')
      throw error
    } finally {
      this.#changes = []
    }
  }

  get isInTransaction(): boolean {
    return this.#database.isTransaction
  }

  /** Moves the processes' lives along with time that has been skipped, see SimTime.skipTo. */
  prolongLives(ms: number): void {
    this.execute("UPDATE hub_process SET alive_until = alive_until + ? WHERE state = 'live'", [ms])
  }
}

function toChange([kind, lineId, seq, text]: readonly unknown[]): Change {
  if (kind === 'ended') return { kind, token: lineId as string }
  const place = { lineId: lineId as number, seq: seq as number }
  if (kind === 'event+') return { kind, ...place, payload: text as string }
  if (kind === 'dead+') return { kind, ...place, reason: text as string }
  return { kind: kind as 'event-' | 'dead-', ...place }
}

function toLineRow(values: readonly unknown[]): LineRow {
  const [lineId, purgeUntil, dueAt, owner, attempt, lockedUntil, ackUntil, nudgedAt, epoch, lease] =
    values
  return {
    lineId: lineId as number,
    purgeUntil: purgeUntil as number,
    dueAt: dueAt as number | null,
    owner: owner as string | null,
    attempt: attempt as number,
    lockedUntil: lockedUntil as number | null,
    ackUntil: ackUntil as number | null,
    nudgedAt: nudgedAt as number | null,
    epoch: epoch as number,
    lease: lease as number,
  }
}
