import type { HealthCode, HealthState } from '../../core/health.ts'
import type { NewEvent } from '../../core/stored-event.ts'
import { inPieces, runGroups } from '../engine/pieces.ts'
import type { Finish, Statement, StatementRunner } from '../engine/short-transaction.ts'
import { lockRows, markRows, marks, onDuplicateSet } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'
import { prepareAppend } from '../inbox/append.ts'
import { deleteEvents } from '../inbox/settle.ts'
import { type HealthSubject, selectSubjects, toSubjects } from './subjects.ts'

/** What is to be written of a line's health. */
export interface HealthVerdict {
  readonly state: HealthState
  readonly code?: HealthCode
  readonly since: number
  readonly checkedAt?: number
  readonly facts?: string
  /** What the line's status is to be instead. */
  readonly status?: 'connected' | 'failing'
  /** Tells the portal; it takes the place of an earlier one that still waits. */
  readonly packet?: NewEvent
}

/**
 * Judges lines and writes what has changed, the packets for their portals with it, in one transaction. The rows of
 * `inbox_line` are locked first, as by everybody who appends or ends a connection: of two that judge a line at once the
 * second sees what the first has written, and a line that has just been disconnected gets no row. `judge` gives undefined
 * for a line of which nothing is to be written. Repeating it does no harm: what was written is no change any more.
 */
export async function tellHealth(
  store: Store,
  lineIds: readonly number[],
  judge: (subject: HealthSubject) => HealthVerdict | undefined,
  now: number,
): Promise<void> {
  await store.shortTransaction((runner) => prepareTell(runner, lineIds, judge, now), {
    isRepeatable: true,
    failsWhenLocked: true,
  })
}

async function prepareTell(
  runner: StatementRunner,
  lineIds: readonly number[],
  judge: (subject: HealthSubject) => HealthVerdict | undefined,
  now: number,
): Promise<Finish<undefined>> {
  const ids = [...new Set(lineIds)].sort((a, b) => a - b)
  const [, found] = await runGroups(runner, [lockInbox(runner, ids), selectSubjects(ids)])
  const subjects = toSubjects(found?.rows ?? [])
  const told = ids.flatMap((id) => {
    const subject = subjects.get(id)
    const verdict = subject && judge(subject)
    return verdict ? [{ subject, verdict }] : []
  })
  const packets = told.flatMap(({ subject: { lineId }, verdict: { packet } }) =>
    packet ? [{ lineId, events: [packet] }] : [],
  )
  const append = await prepareAppend(runner, packets, undefined, now)
  const seqs = new Map<number, number>()
  const replaced = new Map<number, number[]>()
  packets.forEach(({ lineId }, index) => {
    const outcome = append.value[index]
    const seq = outcome?.kind === 'appended' ? outcome.stored[0]?.seq : undefined
    if (seq === undefined) return
    seqs.set(lineId, seq)
    const before = subjects.get(lineId)?.row?.packetSeq
    if (before !== undefined) replaced.set(lineId, [before])
  })
  return {
    statements: [
      ...deleteEvents(replaced),
      ...append.statements,
      ...writeRows(runner, told, seqs),
      ...writeStatuses(told, now),
    ],
    value: undefined,
  }
}

interface Told {
  readonly subject: HealthSubject
  readonly verdict: HealthVerdict
}

const COLUMNS = ['state', 'code', 'since', 'checked_at', 'facts', 'packet_seq'] as const

/** When the line is checked next is not in it: that is written by whoever schedules, without these locks. */
function writeRows(
  runner: StatementRunner,
  told: readonly Told[],
  seqs: ReadonlyMap<number, number>,
): Statement[] {
  const rows = told.map(({ subject: { lineId, connector, row }, verdict }) => [
    lineId,
    connector,
    verdict.state,
    verdict.code ?? null,
    verdict.since,
    verdict.checkedAt ?? null,
    verdict.facts ?? null,
    seqs.get(lineId) ?? row?.packetSeq ?? null,
  ])
  return inPieces(rows, COLUMNS.length + 2).map((part) => ({
    sql: `INSERT INTO line_health (line_id, connector, ${COLUMNS.join(', ')})
      VALUES ${markRows(part.length, COLUMNS.length + 2)} ${onDuplicateSet(runner, 'line_id', COLUMNS)}`,
    bindings: part.flat(),
  }))
}

function writeStatuses(told: readonly Told[], now: number): Statement[] {
  return (['connected', 'failing'] as const).flatMap((status) => {
    const ids = told.flatMap(({ subject, verdict }) =>
      verdict.status === status ? [subject.lineId] : [],
    )
    return inPieces(ids, 1).map((part) => ({
      sql: `UPDATE line SET status = ?, updated_at = ? WHERE id IN ${marks(part.length)}
        AND status IN ('connected', 'failing')`,
      bindings: [status, now, ...part],
    }))
  })
}

function lockInbox(runner: StatementRunner, ids: readonly number[]): Statement[] {
  return inPieces(ids, 1).map((part) => ({
    sql: lockRows(
      runner,
      `SELECT line_id FROM inbox_line WHERE line_id IN ${marks(part.length)} ORDER BY line_id`,
    ),
    bindings: part,
  }))
}
