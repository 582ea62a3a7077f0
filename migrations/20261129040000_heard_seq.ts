import type { Knex } from 'knex'

/**
 * When a line last got something from its channel: its numbers also go to reports of what was sent, of its health and of its
 * end, which say nothing of that.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('inbox_line', (t) => {
    t.bigInteger('heard_seq').notNullable().defaultTo(0)
  })
  await knex.raw('UPDATE inbox_line SET heard_seq = seq')
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('ALTER TABLE inbox_line DROP COLUMN heard_seq')
}
