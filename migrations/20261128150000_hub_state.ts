import type { Knex } from 'knex'

/** Single numbers that all processes share, such as up to where what is old has been deleted. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('hub_state', (t) => {
    t.string('name', 64).notNullable().primary()
    t.bigInteger('value').notNullable()
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('hub_state')
}
