import type { HealthState } from '../../core/health.ts'
import type { LineStatus } from '../../core/line.ts'
import type { Where } from '../engine/pieces.ts'
import { marks } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'

/** Which lines are looked for. What is absent is not asked. */
export interface LineFilter {
  readonly portalId?: string
  readonly lineId?: number
  readonly connector?: string
  readonly status?: LineStatus
  /** As the portal was told last. */
  readonly health?: HealthState
  /** A part of the line's id, name or account, or of its portal's name; or the line's number or hash. */
  readonly text?: string
}

/** Lines that one statement looks at, so that a filter that few meet holds nobody up: some 5 ms. */
const LOOK_AT_ONCE = 10_000
/** Portals whose name has the text in it. More of them are not looked through. */
const MAX_PORTALS = 200

/** Numbers of the lines that the filter lets through, in the order of their making, beyond `after`. */
export async function searchLines(
  store: Store,
  filter: LineFilter,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<number[]> {
  const where = await whereFiltered(store, filter)
  const { id, table, join, own } = walkOf(filter)
  const found: number[] = []
  for (let from = after; ; ) {
    const [end] = await store.rows<{ id: number }>(
      `SELECT ${id} AS id FROM ${table} WHERE ${own.sql} ${id} > ? ORDER BY ${id} LIMIT 1 OFFSET ?`,
      [...own.bindings, from, LOOK_AT_ONCE - 1],
    )
    const rows = await store.rows<{ id: number }>(
      `SELECT ${id} AS id FROM ${table} ${join} WHERE ${own.sql} ${id} > ? ${end ? `AND ${id} <= ?` : ''} ${where.sql}
       ORDER BY ${id} LIMIT ?`,
      [...own.bindings, from, ...(end ? [end.id] : []), ...where.bindings, limit - found.length],
    )
    found.push(...rows.map((row) => row.id))
    if (found.length >= limit || !end) return found
    from = end.id
    await store.letOthersIn()
  }
}

/** Which table is walked through, and which rows of it alone. */
interface Walk {
  readonly id: string
  readonly table: string
  readonly join: string
  /** Followed by further conditions. */
  readonly own: Where
}

/**
 * Few lines are ever unwell, and an index has them; of a single portal its own lines are fewer still. With further questions about the
 * many that are well, each would be a look into the other table.
 */
function walkOf(filter: LineFilter): Walk {
  const { portalId, lineId, health } = filter
  const isWhole = portalId === undefined && lineId === undefined
  const isRare = health === 'broken' || health === 'degraded'
  if (isWhole && (isRare || (health === 'ok' && asksOnlyHealth(filter)))) {
    return {
      ...{ id: 'line_health.line_id', table: 'line_health' },
      join: 'JOIN line ON line.id = line_health.line_id',
      own: { sql: 'line_health.state = ? AND', bindings: [health] },
    }
  }
  const join = health === undefined ? '' : 'LEFT JOIN line_health ON line_health.line_id = line.id'
  return { id: 'line.id', table: 'line', join, own: ownedBy(portalId, lineId) }
}

function asksOnlyHealth({ connector, status, text }: LineFilter): boolean {
  return connector === undefined && status === undefined && text === undefined
}

function ownedBy(portalId: string | undefined, lineId: number | undefined): Where {
  if (lineId !== undefined) return { sql: 'line.id = ? AND', bindings: [lineId] }
  if (portalId === undefined) return { sql: '', bindings: [] }
  return { sql: 'line.portal_id = ? AND', bindings: [portalId] }
}

async function whereFiltered(store: Store, filter: LineFilter): Promise<Where> {
  const { connector, status, health, text } = filter
  const parts: Where[] = []
  if (connector !== undefined) parts.push({ sql: 'line.connector = ?', bindings: [connector] })
  if (status !== undefined) parts.push({ sql: 'line.status = ?', bindings: [status] })
  if (health !== undefined) parts.push(ofHealth(health))
  if (text !== undefined) parts.push(await ofText(store, text, filter))
  return {
    sql: parts.map(({ sql }) => `AND ${sql}`).join(' '),
    bindings: parts.flatMap(({ bindings }) => bindings),
  }
}

/** Of lines that aren't connected nothing is known, and nothing of those that nobody has looked at yet. */
function ofHealth(health: HealthState): Where {
  const isUp = "line.status IN ('connected', 'failing')"
  if (health !== 'unknown') {
    return { sql: `(${isUp} AND line_health.state = ?)`, bindings: [health] }
  }
  return {
    sql: `(NOT ${isUp} OR line_health.state IS NULL OR line_health.state = 'unknown')`,
    bindings: [],
  }
}

async function ofText(store: Store, text: string, { portalId }: LineFilter): Promise<Where> {
  const portals = portalId === undefined ? await findPortals(store, text) : []
  const likes = ['line.external_id', 'line.name', 'line.identity'].map((column) =>
    contains(store, column, text),
  )
  const more: Where[] = [
    ...(portals.length > 0
      ? [{ sql: `line.portal_id IN ${marks(portals.length)}`, bindings: portals }]
      : []),
    ...(/^[1-9]\d{0,15}$/.test(text) ? [{ sql: 'line.id = ?', bindings: [Number(text)] }] : []),
    ...(/^[0-9a-f]{32}$/.test(text) ? [{ sql: 'line.hash = ?', bindings: [text] }] : []),
  ]
  const all = [...likes, ...more]
  return {
    sql: `(${all.map(({ sql }) => sql).join(' OR ')})`,
    bindings: all.flatMap(({ bindings }) => bindings),
  }
}

async function findPortals(store: Store, text: string): Promise<string[]> {
  const named = contains(store, 'name', text)
  const rows = await store.rows<{ id: string }>(
    `SELECT id FROM portal WHERE ${named.sql} OR id = ? ORDER BY created_at, id LIMIT ?`,
    [...named.bindings, text, MAX_PORTALS],
  )
  return rows.map(({ id }) => id)
}

/**
 * Is the text a part of the column, whatever its case? SQLite takes only the letters of ASCII for one another, so there the usual ways to
 * write others are each looked for.
 */
export function contains(store: Pick<Store, 'dialect'>, column: string, text: string): Where {
  const pattern = (part: string): string => `%${part.replace(/[!%_]/g, '!$&')}%`
  const lower = text.toLowerCase()
  if (store.dialect === 'mysql') {
    return { sql: `LOWER(${column}) LIKE ? ESCAPE '!'`, bindings: [pattern(lower)] }
  }
  const title = lower.replace(/^\p{L}/u, (letter) => letter.toUpperCase())
  const ways = [...new Set([text, lower, title, text.toUpperCase()])]
  // One of them alone finds all there is to find where no letter is beyond ASCII.
  const some = /^[\x20-\x7e]*$/.test(text) ? [lower] : ways
  return {
    sql: `(${some.map(() => `${column} LIKE ? ESCAPE '!'`).join(' OR ')})`,
    bindings: some.map(pattern),
  }
}
