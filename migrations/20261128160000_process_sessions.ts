import type { Knex } from 'knex'

/** The name that a process gives its connections to the store, so that others can end them when it is dead. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('hub_process', (t) => {
    t.string('sessions', 40)
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('ALTER TABLE hub_process DROP COLUMN sessions')
}
