import type { RowDataPacket } from 'mysql2/promise'
import { createConnection } from 'mysql2/promise'

/** What a MySQL or MariaDB server has counted, by the names of its `SHOW GLOBAL STATUS`. */
export type Counters = Readonly<Record<string, number>>

/** Reads these counters of the server; each that it doesn't know is absent. */
export async function readCounters(url: string, names: readonly string[]): Promise<Counters> {
  const connection = await createConnection(url)
  try {
    const [rows] = await connection.query<RowDataPacket[]>(
      `SHOW GLOBAL STATUS WHERE Variable_name IN (${names.map(() => '?').join(', ')})`,
      [...names],
    )
    return Object.fromEntries(
      rows.map((row) => [String(row['Variable_name']), Number(row['Value'])]),
    )
  } finally {
    await connection.end()
  }
}
