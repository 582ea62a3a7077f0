import type { Knex } from 'knex'

/** The last failed attempt of a line, as JSON: when, which one, and what its portal answered. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('inbox_line', (t) => {
    t.text('last_failure')
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('ALTER TABLE inbox_line DROP COLUMN last_failure')
}
