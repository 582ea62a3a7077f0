import { inTerms, type Where } from '../engine/pieces.ts'
import { marks } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'
import { type DatedStep, decodeRow } from './codec.ts'

/** A line and a second, where steps stand. */
export interface JournalPlace {
  readonly lineId: number
  readonly slot: number
}

/** Whose line it is and how its portal names it. */
export interface NamedLine {
  readonly lineId: number
  readonly portalId: string
  readonly connector: string
  readonly externalId: string
}

/** Numbers in one statement: a week is 9 200 of them. */
const MAX_LOOKUPS = 2000

/** Whose places are wanted: of a line, of a portal's lines, or of all. */
export interface PlaceFilter {
  readonly limit: number
  readonly portalId?: string | undefined
  readonly lineId?: number | undefined
}

/**
 * Places that an id leads to, the latest first; `lookups` in descending order. Other lines may have the same ids: channels
 * count their messages 1, 2, 3.
 */
export async function findPlaces(
  store: Store,
  lookups: readonly number[],
  filter: PlaceFilter,
): Promise<JournalPlace[]> {
  const places: JournalPlace[] = []
  const { sql, bindings } = ownedBy(store, filter)
  for (let from = 0; from < lookups.length && places.length < filter.limit; from += MAX_LOOKUPS) {
    const part = lookups.slice(from, from + MAX_LOOKUPS)
    const rows = await store.rows<{ of_line: number; slot: number }>(
      `SELECT k.of_line, k.slot FROM journal_key k ${sql} k.lookup IN ${marks(part.length)}
       ORDER BY k.lookup DESC LIMIT ?`,
      [...bindings, ...part, filter.limit - places.length],
    )
    places.push(...rows.map((row) => ({ lineId: row.of_line, slot: row.slot })))
    await store.letOthersIn()
  }
  return places
}

/** The keys are gone through first: left to itself a server may go through all lines of a portal for each of them. */
function ownedBy(store: Store, { portalId, lineId }: PlaceFilter): Where {
  if (lineId !== undefined) return { sql: 'WHERE k.of_line = ? AND', bindings: [lineId] }
  if (portalId === undefined) return { sql: 'WHERE', bindings: [] }
  const join = store.dialect === 'mysql' ? 'STRAIGHT_JOIN' : 'CROSS JOIN'
  const sql = `${join} line l ON l.id = k.of_line AND l.portal_id = ? WHERE`
  return { sql, bindings: [portalId] }
}

/** Names a place in what `readPlaces` gives. */
export function placeKey({ slot, lineId }: JournalPlace): string {
  return `${slot}:${lineId}`
}

/** Every step that stands at these places, in the order of time; of a place without any there is no entry. */
export async function readPlaces(
  store: Store,
  places: readonly JournalPlace[],
): Promise<Map<string, DatedStep[]>> {
  const wanted = new Map(places.map((place) => [placeKey(place), place]))
  const found = new Map<string, DatedStep[]>()
  for (const part of inTerms([...wanted.values()], 2)) {
    const rows = await store.rows<{ slot: number; line_id: number; steps: string }>(
      `SELECT slot, line_id, steps FROM journal_entry
       WHERE ${part.map(() => '(slot = ? AND line_id = ?)').join(' OR ')}`,
      part.flatMap(({ slot, lineId }) => [slot, lineId]),
    )
    for (const { slot, line_id: lineId, steps } of rows) {
      const key = placeKey({ slot, lineId })
      found.set(key, [...(found.get(key) ?? []), ...decodeRow(steps, slot)])
    }
  }
  for (const steps of found.values()) steps.sort((a, b) => a.at - b.at)
  return found
}

export async function readLineNames(
  store: Store,
  lineIds: readonly number[],
): Promise<Map<number, NamedLine>> {
  const names = new Map<number, NamedLine>()
  for (const part of inTerms([...new Set(lineIds)], 1)) {
    const rows = await store.rows<{
      id: number
      portal_id: string
      connector: string
      external_id: string
    }>(
      `SELECT id, portal_id, connector, external_id FROM line WHERE id IN ${marks(part.length)}`,
      part,
    )
    for (const row of rows) {
      names.set(row.id, {
        lineId: row.id,
        portalId: row.portal_id,
        connector: row.connector,
        externalId: row.external_id,
      })
    }
  }
  return names
}

/** By the names that its portal uses. */
export async function findLineId(
  store: Store,
  { portalId, connector, line }: { portalId: string; connector: string; line: string },
): Promise<number | undefined> {
  const [row] = await store.rows<{ id: number }>(
    'SELECT id FROM line WHERE portal_id = ? AND connector = ? AND external_id = ?',
    [portalId, connector, line],
  )
  return row?.id
}
