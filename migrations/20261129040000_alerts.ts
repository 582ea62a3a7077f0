import type { Knex } from 'knex'

/** When alerts were last sent, so that several processes send each of them once. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('hub_alert', (t) => {
    if (knex.client.dialect === 'mysql') {
      t.engine('InnoDB')
      t.charset('utf8mb4')
      t.collate('utf8mb4_bin')
    }
    t.string('name', 255).notNullable().primary()
    t.bigInteger('sent_at').notNullable().index()
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('hub_alert')
}
