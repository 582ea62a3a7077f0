import type { Knex } from 'knex'

/**
 * Numbers the leases of a line. A process's token stays the same over many leases; the number tells a settle of an
 * earlier one, or a late word of it, from the one in force.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('inbox_line', (t) => {
    t.bigInteger('lease').notNullable().defaultTo(0)
  })
}

/** Not knex's `dropColumn`: on SQLite it copies the whole table, which SQLite itself need not. */
export async function down(knex: Knex): Promise<void> {
  await knex.raw('ALTER TABLE inbox_line DROP COLUMN lease')
}
