import type { Knex } from 'knex'

/** What a channel has told of a message before its answer to the send was settled; JSON, see `src/db/early-statuses.ts`. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('outbox_message', (t) => {
    t.text('early')
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('ALTER TABLE outbox_message DROP COLUMN early')
}
