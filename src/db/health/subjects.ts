import { given } from '../../core/given.ts'
import type { HealthCode, HealthState } from '../../core/health.ts'
import type { Language } from '../../core/language.ts'
import type { LineStatus } from '../../core/line.ts'
import { inPieces } from '../engine/pieces.ts'
import type { Statement } from '../engine/short-transaction.ts'
import { marks } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'

/** A row of `line_health`. */
export interface HealthRow {
  /** As the portal knows it. */
  readonly state: HealthState
  readonly code?: HealthCode
  readonly since: number
  readonly checkedAt?: number
  /** JSON, whoever judges it knows its form. Absent: nothing is wrong. */
  readonly facts?: string
  readonly base?: string
  readonly packetSeq?: number
}

/** A line with everything that its health depends on. */
export interface HealthSubject {
  readonly lineId: number
  readonly portalId: string
  readonly connector: string
  readonly externalId: string
  readonly status: LineStatus
  readonly language: Language
  readonly updatedAt: number
  /** Absent: nobody has looked yet. */
  readonly row?: HealthRow
  readonly queue: {
    readonly paused?: { readonly at: number; readonly reason: string }
    readonly attempt: number
    readonly lastError?: string
    readonly firstFailedAt?: number
  }
}

interface SubjectRow {
  line_id: number
  portal_id: string
  connector: string
  external_id: string
  status: LineStatus
  language: Language
  updated_at: number
  state: HealthState | null
  code: HealthCode | null
  since: number | null
  checked_at: number | null
  facts: string | null
  base: string | null
  packet_seq: number | null
  paused_at: number | null
  pause_reason: string | null
  attempt: number
  last_error: string | null
  first_failed_at: number | null
}

/** Reads lines with their health, their queues and their portal's language. */
export function selectSubjects(lineIds: readonly number[]): Statement[] {
  return inPieces(lineIds, 1).map((part) => ({
    sql: `SELECT line.id AS line_id, line.portal_id, line.connector, line.external_id, line.status, line.updated_at,
      portal.language, line_health.state, line_health.code, line_health.since, line_health.checked_at, line_health.facts,
      line_health.base, line_health.packet_seq, outbox_line.paused_at, outbox_line.pause_reason, inbox_line.attempt,
      inbox_line.last_error, inbox_line.first_failed_at
      FROM line JOIN portal ON portal.id = line.portal_id
      JOIN inbox_line ON inbox_line.line_id = line.id
      LEFT JOIN outbox_line ON outbox_line.line_id = line.id
      LEFT JOIN line_health ON line_health.line_id = line.id
      WHERE line.id IN ${marks(part.length)}`,
    bindings: part,
  }))
}

export function toSubjects(rows: readonly unknown[]): Map<number, HealthSubject> {
  return new Map((rows as SubjectRow[]).map((row) => [row.line_id, toSubject(row)]))
}

export async function readSubjects(
  store: Store,
  lineIds: readonly number[],
): Promise<Map<number, HealthSubject>> {
  const rows: unknown[] = []
  for (const { sql, bindings } of selectSubjects(lineIds)) {
    rows.push(...(await store.rows(sql, bindings)))
  }
  return toSubjects(rows)
}

function toSubject(row: SubjectRow): HealthSubject {
  const { state, paused_at: pausedAt } = row
  return {
    lineId: row.line_id,
    portalId: row.portal_id,
    connector: row.connector,
    externalId: row.external_id,
    status: row.status,
    language: row.language,
    updatedAt: row.updated_at,
    ...(state === null ? {} : { row: toHealthRow(row, state) }),
    queue: {
      ...(pausedAt === null ? {} : { paused: { at: pausedAt, reason: row.pause_reason ?? '' } }),
      attempt: row.attempt,
      ...given({ lastError: row.last_error, firstFailedAt: row.first_failed_at }),
    },
  }
}

function toHealthRow(row: SubjectRow, state: HealthState): HealthRow {
  return {
    state,
    since: row.since ?? 0,
    ...given({
      code: row.code,
      checkedAt: row.checked_at,
      facts: row.facts,
      base: row.base,
      packetSeq: row.packet_seq,
    }),
  }
}
