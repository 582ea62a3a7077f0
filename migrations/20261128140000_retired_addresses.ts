import type { Knex } from 'knex'

/** Webhook addresses of lines that are gone: a channel may go on posting to them what is about other lines' accounts. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('retired_address', (t) => {
    t.string('hash', 32).notNullable().primary()
    t.string('connector', 64).notNullable()
    // When the line went, or when the address was last of use.
    t.bigInteger('used_at').notNullable().index()
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('retired_address')
}
