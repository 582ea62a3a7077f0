import type { Knex } from 'knex'

/** Whether an identity is known from updates alone, and not from a test of the credentials. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('identity', (t) => {
    t.boolean('learned').notNullable().defaultTo(false)
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('ALTER TABLE identity DROP COLUMN learned')
}
