import type { Knex } from 'knex'

/** As src/db/engine/slot-tables.ts names them. */
const SLOTS = [
  ...Array.from({ length: 16 }, (_, slot) => `seen_day_${String(slot).padStart(2, '0')}`),
  ...Array.from({ length: 10 }, (_, slot) => `seen_week_${slot}`),
]

/**
 * What remembers updates: tables that are filled one after another and emptied whole, and `seen_slot`, which says which of them
 * are in use. The old table is asked until its rows have had their time. It loses a column, so that a process of an earlier version
 * that was left running takes nothing instead of taking repeats that it can't know. MySQL commits each statement by itself: a
 * process that was killed among them has left some done, which the next one passes over.
 */
export async function up(knex: Knex): Promise<void> {
  const isMysql = knex.client.dialect === 'mysql'
  const binary = isMysql ? 'BINARY(16)' : 'BLOB'
  const end = isMysql
    ? 'ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin'
    : // One tree instead of two.
      'WITHOUT ROWID'
  for (const slot of SLOTS) {
    await knex.raw(
      `CREATE TABLE IF NOT EXISTS ${slot} (line_id BIGINT NOT NULL, hash ${binary} NOT NULL, batch BIGINT NOT NULL, PRIMARY KEY (line_id, hash)) ${end}`,
    )
  }
  await knex.raw(
    `CREATE TABLE IF NOT EXISTS seen_slot (ring VARCHAR(8) NOT NULL, serial BIGINT NOT NULL, opened_at BIGINT NOT NULL, closed_at BIGINT, PRIMARY KEY (ring, serial)) ${end}`,
  )
  if (!(await knex.schema.hasColumn('seen_update', 'batch'))) return
  // As text: for SQLite knex would put the table together anew.
  await knex.raw('ALTER TABLE seen_update DROP COLUMN batch')
}

export async function down(knex: Knex): Promise<void> {
  if (!(await knex.schema.hasColumn('seen_update', 'batch'))) {
    await knex.raw('ALTER TABLE seen_update ADD COLUMN batch BIGINT NOT NULL DEFAULT 0')
  }
  for (const table of ['seen_slot', ...SLOTS.toReversed()]) {
    await knex.schema.dropTableIfExists(table)
  }
}
