import {
  keyIdOf,
  SEAL_HEAD_LENGTH,
  type SecretBox,
  SecretBoxError,
  sealHead,
} from '../engine/secret-box.ts'
import type { Statement } from '../engine/short-transaction.ts'
import { marks } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'
import { readState, writeState } from '../hub/hub-state.ts'
import { secretPlaces } from './secret-places.ts'

/** A column with sealed values. */
interface SealedColumn {
  readonly table: string
  readonly column: string
  /** The columns of the primary key. */
  readonly key: readonly string[]
  /** Which rows hold a sealed value that is of use; `?` is the time. */
  readonly where: string
  /** A further column that the place is made of. */
  readonly placedBy?: string
  placeOf(row: KeyRow): string
}

type KeyRow = Readonly<Record<string, string | number>>

/** Every column with sealed values, the one place to name a new one: what is missing here is lost with the old key. */
const COLUMNS: readonly SealedColumn[] = [
  {
    table: 'portal',
    column: 'secret',
    key: ['id'],
    where: '1 = 1',
    placeOf: ({ id }) => secretPlaces.portal(String(id)),
  },
  {
    table: 'portal',
    column: 'previous_secret',
    key: ['id'],
    where: 'previous_secret IS NOT NULL AND previous_until > ?',
    placeOf: ({ id }) => secretPlaces.portal(String(id)),
  },
  {
    table: 'portal_setting',
    column: 'value',
    key: ['portal_id', 'key'],
    where: 'is_secret <> 0',
    placeOf: (row) => secretPlaces.portalSetting(String(row['portal_id']), String(row['key'])),
  },
  {
    table: 'portal_memory',
    column: 'value',
    key: ['portal_id', 'name'],
    where: '1 = 1',
    placeOf: (row) => secretPlaces.portalMemory(String(row['portal_id']), String(row['name'])),
  },
  {
    table: 'line_setting',
    column: 'value',
    key: ['line_id', 'key'],
    where: 'is_secret <> 0',
    placeOf: (row) => secretPlaces.lineSetting(Number(row['line_id']), String(row['key'])),
  },
  {
    table: 'line',
    column: 'webhook_secret',
    key: ['id'],
    where: '1 = 1',
    placedBy: 'hash',
    placeOf: ({ hash }) => secretPlaces.webhook(String(hash)),
  },
]

/** Values of one table under one key. */
export interface KeyUse {
  /** Undefined: not a sealed text. */
  readonly keyId: string | undefined
  /** As `line.webhook_secret`. */
  readonly place: string
  readonly values: number
}

export interface ResealedPage {
  readonly sealed: number
  /** Key ids of those that no key at hand opens, one each; undefined: not a sealed text. */
  readonly unopened: readonly (string | undefined)[]
}

/** Of one transaction: others wait for its rows for some milliseconds at most. */
const PAGE = 100

/** All sealed values of the store, whatever they are for. */
export class SealedValues {
  readonly #store: Store
  readonly #box: SecretBox

  constructor(store: Store, box: SecretBox) {
    this.#store = store
    this.#box = box
  }

  /** The key that hubs have worked on the store with, by its id; undefined if none has yet. */
  async readKeyCheck(): Promise<string | undefined> {
    const value = await readState(this.#store, 'key-check')
    return value === undefined ? undefined : value.toString(16).padStart(8, '0')
  }

  async writeKeyCheck(keyId: string): Promise<void> {
    await writeState(this.#store, 'key-check', Number.parseInt(keyId, 16))
  }

  /** How many values there are under which key, table by table. Reads no value but its head. */
  async count(now: number): Promise<KeyUse[]> {
    const uses: KeyUse[] = []
    for (const column of COLUMNS) uses.push(...(await this.#countColumn(column, now)))
    return uses
  }

  /** Whether there is a value of a key other than these: quicker than to count them. */
  async hasOthers(keyIds: readonly string[], now: number): Promise<boolean> {
    for (const { table, column, where } of COLUMNS) {
      const [row] = await this.#store.rows(
        `SELECT 1 AS found FROM ${table} WHERE ${where}
         AND SUBSTR(${column}, 1, ${SEAL_HEAD_LENGTH}) NOT IN ${marks(keyIds.length)} LIMIT 1`,
        [...bindingsOf(where, now), ...keyIds.map(sealHead)],
      )
      if (row) return true
    }
    return false
  }

  /**
   * Seals everything that isn't under the current key anew, page by page, each in a transaction of its own. A value that
   * changes meanwhile stays as it was written.
   */
  async *reseal(now: number): AsyncGenerator<ResealedPage> {
    for (const column of COLUMNS) {
      let after: readonly (string | number)[] | undefined
      for (;;) {
        const rows = await this.#foreignRows(column, after, now)
        const last = rows.at(-1)
        if (!last) break
        yield await this.#resealRows(column, rows)
        after = column.key.map((name) => last[name] ?? '')
      }
    }
  }

  /** A previous secret that is valid no more needs no key, and would be counted with the old one for ever. */
  async dropExpired(now: number): Promise<void> {
    await this.#store.run(
      'UPDATE portal SET previous_secret = NULL, previous_until = NULL WHERE previous_until <= ?',
      [now],
    )
  }

  async #countColumn({ table, column, where }: SealedColumn, now: number): Promise<KeyUse[]> {
    const head = `SUBSTR(${column}, 1, ${SEAL_HEAD_LENGTH})`
    const rows = await this.#store.rows<{ head: string; found: number }>(
      `SELECT ${head} AS head, COUNT(*) AS found FROM ${table} WHERE ${where} GROUP BY ${head}`,
      bindingsOf(where, now),
    )
    const counts = new Map<string | undefined, number>()
    for (const row of rows) {
      const id = keyIdOf(row.head)
      counts.set(id, (counts.get(id) ?? 0) + Number(row.found))
    }
    return [...counts].map(([id, values]) => ({ keyId: id, place: `${table}.${column}`, values }))
  }

  async #foreignRows(
    { table, column, key, where, placedBy }: SealedColumn,
    after: readonly (string | number)[] | undefined,
    now: number,
  ): Promise<KeyRow[]> {
    const names = [...key, ...(placedBy === undefined ? [] : [placedBy])].map(quote)
    const order = key.map(quote).join(', ')
    return await this.#store.rows<KeyRow>(
      `SELECT ${names.join(', ')}, ${column} AS sealed FROM ${table}
       WHERE ${where} AND SUBSTR(${column}, 1, ${SEAL_HEAD_LENGTH}) <> ?
       ${after ? `AND ${behind(key)}` : ''} ORDER BY ${order} LIMIT ${PAGE}`,
      [
        ...bindingsOf(where, now),
        sealHead(this.#box.keys.current),
        ...(after ? [after[0], ...after] : []),
      ],
    )
  }

  async #resealRows(
    { table, column, key, placeOf }: SealedColumn,
    rows: readonly KeyRow[],
  ): Promise<ResealedPage> {
    const unopened: (string | undefined)[] = []
    const updates: Statement[] = []
    for (const row of rows) {
      const sealed = String(row['sealed'])
      const anew = this.#sealAnew(sealed, placeOf(row))
      if (anew === undefined) unopened.push(keyIdOf(sealed))
      else {
        updates.push({
          sql: `UPDATE ${table} SET ${column} = ? WHERE ${key.map((name) => `${quote(name)} = ?`).join(' AND ')} AND ${column} = ?`,
          bindings: [anew, ...key.map((name) => row[name]), sealed],
        })
      }
    }
    if (updates.length === 0) return { sealed: 0, unopened }
    const sealed = await this.#store.shortTransaction(
      async (runner) => {
        const outcomes = await runner.batch(updates)
        const value = outcomes.reduce((sum, { changes }) => sum + changes, 0)
        return { statements: [], value }
      },
      { isRepeatable: true },
    )
    return { sealed, unopened }
  }

  #sealAnew(sealed: string, place: string): string | undefined {
    try {
      return this.#box.seal(this.#box.open(sealed, place), place)
    } catch (error) {
      if (error instanceof SecretBoxError) return undefined
      throw error
    }
  }
}

/** Rows behind one of that key. MariaDB finds no range in `(a, b) > (?, ?)` and reads the table from its beginning. */
function behind([first = '', second]: readonly string[]): string {
  const rest = second === undefined ? '' : ` OR ${quote(second)} > ?`
  return `${quote(first)} >= ? AND (${quote(first)} > ?${rest})`
}

/** `key` is a word of MySQL's own. */
function quote(name: string): string {
  return `\`${name}\``
}

function bindingsOf(where: string, now: number): number[] {
  return where.includes('?') ? [now] : []
}
