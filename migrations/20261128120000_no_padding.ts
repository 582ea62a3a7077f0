import type { Knex } from 'knex'

type Column = readonly [table: string, column: string, type: string]

/**
 * Everything that channels and portals name things by. `utf8mb4_bin` pads: to it `a` and `a ` are one key, and to everybody
 * else, SQLite included, they are two.
 */
const COLUMNS: readonly Column[] = [
  ['outbox_message', 'portal_key', 'VARCHAR(128) NULL'],
  ['outbox_message', 'chat_id', 'VARCHAR(512) NOT NULL'],
  ['outbox_receipt', 'message_id', 'VARCHAR(255) NOT NULL'],
  ['conversation', 'chat_id', 'VARCHAR(512) NOT NULL'],
  ['identity', 'identity', 'VARCHAR(191) NOT NULL'],
  ['line', 'identity', 'VARCHAR(191) NULL'],
  ['portal_setting', 'identifier', 'VARCHAR(191) NULL'],
]

/** MariaDB's, and MySQL's from 8.0.17 on. */
const UNPADDED = ['utf8mb4_nopad_bin', 'utf8mb4_0900_bin']

export async function up(knex: Knex): Promise<void> {
  if (knex.client.dialect !== 'mysql') return
  const [[found]] = (await knex.raw(
    'SELECT collation_name AS name FROM information_schema.collations WHERE collation_name IN (?, ?) LIMIT 1',
    UNPADDED,
  )) as [{ name: string }[]]
  if (!found) throw new Error(`the server knows neither ${UNPADDED.join(' nor ')}`)
  await collate(knex, found.name)
}

/** Of names that differ in spaces alone the shorter one stays. */
export async function down(knex: Knex): Promise<void> {
  if (knex.client.dialect !== 'mysql') return
  await knex.raw("UPDATE outbox_message SET portal_key = NULL WHERE portal_key LIKE '% '")
  await knex.raw("DELETE FROM outbox_receipt WHERE message_id LIKE '% '")
  await knex.raw("DELETE FROM conversation WHERE chat_id LIKE '% '")
  await knex.raw("DELETE FROM identity WHERE identity LIKE '% '")
  await knex.raw("UPDATE portal_setting SET identifier = NULL WHERE identifier LIKE '% '")
  await collate(knex, 'utf8mb4_bin')
}

/** A table is copied once, however many of its columns change. */
async function collate(knex: Knex, collation: string): Promise<void> {
  for (const [table, columns] of Map.groupBy(COLUMNS, ([name]) => name)) {
    const changes = columns.map(([, column, type]) => {
      const [length = '', ...nullability] = type.split(' ')
      return `MODIFY ${column} ${length} CHARACTER SET utf8mb4 COLLATE ${collation} ${nullability.join(' ')}`
    })
    await knex.raw(`ALTER TABLE \`${table}\` ${changes.join(', ')}`)
  }
}
