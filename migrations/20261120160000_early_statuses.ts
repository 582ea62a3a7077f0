import type { Knex } from 'knex'

/** Statuses of a message that came before the answer to its send was settled; JSON, see `src/core/early-statuses.ts`. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('outbox_message', (t) => {
    t.text('early')
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('ALTER TABLE outbox_message DROP COLUMN early')
}
