import type { Statement } from '../../src/db/engine/short-transaction.ts'

/** Faults put in on purpose: a simulation that doesn't find them would not find real ones either. */
export const MUTATIONS = {
  /** A settle that doesn't ask whether the line is still its own, by token and number of the lease. */
  'settle-without-token': true,
  /** A settle that asks for the process, but not for the lease: an earlier one of the same process passes. */
  'settle-without-lease': true,
  /** Accepted events are deleted up to the last number instead of by number. */
  'range-delete': true,
  /** The writer hears of its commit before it is made. */
  'early-answer': true,
  /** A claim takes lines that another process has taken meanwhile. */
  'claim-unfenced': true,
  /** A process whose lease has run out goes on delivering. */
  'lease-for-ever': true,
  /** An update that comes twice is taken twice. */
  'no-dedupe': true,
  /** A slot of the memory that was closed meanwhile is written to all the same. */
  'slot-unfenced': true,
  /** Slots that were closed aren't asked where their filter doesn't know better. */
  'slot-unasked': true,
  /** A filter lacks keys of its slot. */
  'filter-leaky': true,
  /** The ladder's steps are half as long as they should be. */
  'short-ladder': true,
} as const

/** Faults of the outbox. */
export const OUTBOX_MUTATIONS = {
  /** A settle that doesn't ask whether the line is still its own. */
  'outbox-settle-without-token': true,
  /** A message isn't marked before it is handed to the channel. */
  'outbox-unmarked': true,
  /** A claim takes lines that another process has taken meanwhile. */
  'outbox-claim-unfenced': true,
  /** A settle that is repeated after a lost answer tells the portal again. */
  'outbox-told-twice': true,
  /** What the channel tells of a message on its way is forgotten. */
  'outbox-deaf': true,
} as const

/** Faults of the communications. */
export const COMM_MUTATIONS = {
  /** Events that were looked at are deleted up to the last number instead of by number. */
  'comm-range-delete': true,
  /** A commit doesn't ask whether the line is still its own. */
  'comm-unfenced': true,
  /** A commit that was made unheard is made again. */
  'comm-repeat': true,
  /** A plan is committed although a portal has stopped a job or a run since it was made. */
  'comm-stale': true,
  /** A job that ends doesn't let those go that wait for its recipient. */
  'comm-no-let-go': true,
  /** Jobs of one recipient don't wait for each other. */
  'comm-not-busy': true,
  /** An answer leaves the job waiting for another one. */
  'comm-reply-twice': true,
  /** The recipients of a run are passed over without their jobs. */
  'comm-no-jobs': true,
  /** A line that is let go isn't due for what has come while it was held. */
  'comm-blind-release': true,
  /** What has begun doesn't stop with its run. */
  'comm-stale-pause': true,
  /** Where a job stands is committed before what it does. */
  'comm-split': true,
  /** How far a message has come isn't remembered, so that it is counted from the beginning each time. */
  'comm-count-blindly': true,
  /** Requests that have to wait for others are forgotten. */
  'comm-no-calls': true,
  /** When a trigger was started isn't remembered. */
  'comm-no-cooldown': true,
} as const

export type Mutation =
  | keyof typeof MUTATIONS
  | keyof typeof OUTBOX_MUTATIONS
  | keyof typeof COMM_MUTATIONS
  | 'none'

export function isMutation(name: string): name is keyof typeof MUTATIONS {
  return Object.hasOwn(MUTATIONS, name)
}

export function isOutboxMutation(name: string): name is keyof typeof OUTBOX_MUTATIONS {
  return Object.hasOwn(OUTBOX_MUTATIONS, name)
}

export function isCommMutation(name: string): name is keyof typeof COMM_MUTATIONS {
  return Object.hasOwn(COMM_MUTATIONS, name)
}

/** The statement as it would be with the fault in the code. */
export function mutate(mutation: Mutation, statement: Statement): Statement {
  const rewrite = REWRITES[mutation]
  return rewrite ? rewrite(statement) : statement
}

const NOTHING: Statement = { sql: 'SELECT 1', bindings: [] }

/** What a transaction ends with, as it would be with the fault; `later`: committed by itself behind that. */
export function mutateCommit(
  mutation: Mutation,
  statements: readonly Statement[],
): { readonly now: readonly Statement[]; readonly later: readonly Statement[] } {
  const isSplit = mutation === 'comm-split' && statements.some(({ sql }) => isSend(sql))
  if (isSplit) {
    const isMove = ({ sql }: Statement): boolean => /^UPDATE (job SET state|comm_line)/.test(sql)
    return {
      now: statements.filter(isMove),
      later: statements.filter((statement) => !isMove(statement)),
    }
  }
  const isCancel = statements.some(({ sql }) =>
    sql.startsWith("UPDATE job SET state = 'cancelled'"),
  )
  const isStale = mutation === 'comm-stale' && isCancel
  const now = isStale ? statements.filter(({ sql }) => !sql.includes('SET turn')) : statements
  return { now, later: [] }
}

function isSend(sql: string): boolean {
  return sql.startsWith('INSERT INTO outbox_message')
}

const REWRITES: Partial<Record<Mutation, (statement: Statement) => Statement>> = {
  'settle-without-token': ({ sql, bindings }) =>
    sql.includes('ack_until, ack_seqs') && sql.includes('ORDER BY line_id')
      ? {
          sql: sql
            .replace('owner = ?', '(1 OR owner = ?)')
            .replaceAll('lease = ?', '(1 OR lease = ?)'),
          bindings,
        }
      : { sql, bindings },
  'settle-without-lease': ({ sql, bindings }) =>
    sql.includes('ack_until, ack_seqs') && sql.includes('ORDER BY line_id')
      ? { sql: sql.replaceAll('lease = ?', '(1 OR lease = ?)'), bindings }
      : { sql, bindings },
  'range-delete': (statement) =>
    statement.sql.startsWith('DELETE FROM inbox_event WHERE (line_id = ? AND seq IN')
      ? deleteRanges(statement)
      : statement,
  'claim-unfenced': ({ sql, bindings }) => ({
    sql: sql.includes('AND owner IS NULL AND due_at <= ?\n')
      ? sql.replace('AND owner IS NULL AND due_at <= ?', 'AND (1 OR due_at <= ?)')
      : sql,
    bindings,
  }),
  'outbox-settle-without-token': ({ sql, bindings }) => ({
    sql: sql.startsWith('SELECT line_id FROM outbox_line')
      ? sql.replace('AND owner = ?', 'AND (1 OR owner = ?)')
      : sql,
    bindings,
  }),
  'outbox-unmarked': ({ sql, bindings }) => ({
    sql: sql
      .replace("SET state = 'sending', attempt", "SET state = 'queued', attempt")
      .replace("AND state = 'sending'", "AND state = 'queued'"),
    bindings,
  }),
  'outbox-claim-unfenced': ({ sql, bindings }) => ({
    sql: sql.includes('UPDATE outbox_line SET owner = ?')
      ? sql
          .replace('AND owner IS NULL AND paused_at', 'AND paused_at')
          .replace('AND due_at <= ?', 'AND (1 OR due_at <= ?)')
      : sql,
    bindings,
  }),
  'outbox-told-twice': ({ sql, bindings }) => ({
    sql: sql.startsWith('SELECT line_id, seq, early FROM outbox_message')
      ? sql.replace(" AND state = 'sending'", '')
      : sql,
    bindings,
  }),
  'outbox-deaf': ({ sql, bindings }) => ({
    sql: sql.replace('SET early = ? WHERE', 'SET early = ? WHERE 0 AND'),
    bindings,
  }),
  'comm-range-delete': ({ sql, bindings }) =>
    sql.startsWith('DELETE FROM comm_event')
      ? {
          sql: 'DELETE FROM comm_event WHERE id <= ?',
          bindings: [Math.max(...(bindings as number[]))],
        }
      : { sql, bindings },
  'comm-repeat': replacing('SET turn = turn + 1 WHERE', 'SET turn = turn WHERE'),
  'comm-no-let-go': replacing('SET run_at = due_at, held = 0', 'SET held = held'),
  'comm-not-busy': replacing(
    'SELECT lead, id FROM job WHERE lead IN',
    'SELECT lead, id FROM job WHERE 0 AND lead IN',
  ),
  'comm-no-calls': replacing('AND held = 3', 'AND held = 99'),
  'comm-reply-twice': replacing(
    "SET state = 'running', run_at = ?, progress",
    "SET state = 'waiting', run_at = ?, progress",
  ),
  'comm-no-jobs': (statement) =>
    statement.sql.startsWith('INSERT OR IGNORE INTO job (') ? NOTHING : statement,
  'comm-unfenced': ({ sql, bindings }) => ({
    sql: sql.includes('UPDATE comm_line SET owner = ?')
      ? sql.replace('AND owner IS NULL AND due_at <= ?', 'AND (1 OR due_at <= ?)')
      : sql,
    bindings,
  }),
  'comm-blind-release': replacing(
    'SELECT id FROM comm_event WHERE line_id = ? LIMIT 1',
    'SELECT id FROM comm_event WHERE 0 AND line_id = ? LIMIT 1',
  ),
  'comm-stale-pause': replacing(
    'FROM broadcast_run WHERE id IN',
    'FROM (SELECT * FROM broadcast_run WHERE 0) WHERE id IN',
  ),
  'comm-count-blindly': replacing(
    'UPDATE comm_message SET state = ? WHERE',
    'UPDATE comm_message SET state = ? WHERE 0 AND',
  ),
  'comm-no-cooldown': replacing(
    'SELECT trigger_id, lead, fired_at FROM trigger_fired WHERE',
    'SELECT trigger_id, lead, fired_at FROM trigger_fired WHERE 0 AND',
  ),
  'no-dedupe': (statement) =>
    /INTO seen_(day|week)/.test(statement.sql) ? makeHashesUnique(statement) : statement,
  'slot-unfenced': replacing(
    'FROM seen_slot WHERE ring = ? AND serial = ? AND closed_at IS NULL',
    'FROM seen_slot WHERE ring = ? AND serial = ?',
  ),
  'filter-leaky': replacing('line_id > ? OR hash > ?', 'line_id > ? OR (0 AND hash > ?)'),
  'slot-unasked': ({ sql, bindings }) => ({
    sql: sql.replace(
      /^(SELECT line_id, hash FROM seen_(?:day|week)_\d+ WHERE) (\(line_id)/,
      '$1 0 AND $2',
    ),
    bindings,
  }),
}

function replacing(from: string, to: string): (statement: Statement) => Statement {
  const words = from.split(' ').map((word) => word.replaceAll(/[?()|*+]/g, '\\$&'))
  const pattern = new RegExp(words.join('\\s+'))
  return ({ sql, bindings }) => ({ sql: sql.replace(pattern, to), bindings })
}

function deleteRanges({ sql, bindings }: Statement): Statement {
  const parts: string[] = []
  const values: unknown[] = []
  let from = 0
  for (const [, list = ''] of sql.matchAll(/seq IN \(([?, ]+)\)/g)) {
    const count = list.split(',').length
    const [lineId, ...seqs] = bindings.slice(from, from + 1 + count)
    from += 1 + count
    parts.push('(line_id = ? AND seq <= ?)')
    values.push(lineId, Math.max(...(seqs as number[])))
  }
  return { sql: `DELETE FROM inbox_event WHERE ${parts.join(' OR ')}`, bindings: values }
}

const HASH_COLUMN = 1
const SEEN_COLUMNS = 3
let copies = 0

function makeHashesUnique({ sql, bindings }: Statement): Statement {
  return {
    sql,
    bindings: bindings.map((value, index) =>
      index % SEEN_COLUMNS === HASH_COLUMN ? unlike(value as Buffer) : value,
    ),
  }
}

function unlike(hash: Buffer): Buffer {
  const other = Buffer.from(hash)
  other.writeUInt32BE(copies++)
  return other
}
