import type { Knex } from 'knex'

/** Lanes of the outbox, what is known of a line's sending rates while nobody sends, and the channel's ids of what was sent. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('outbox_message', (t) => {
    t.integer('lane').notNullable().defaultTo(0)
  })
  await knex.schema.alterTable('outbox_message', (t) => {
    t.index(['line_id', 'lane', 'state', 'seq'], 'outbox_message_lane_index')
  })
  await knex.schema.alterTable('outbox_line', (t) => {
    t.text('rates')
  })
  await knex.schema.createTable('outbox_receipt', (t) => {
    if (knex.client.dialect === 'mysql') {
      t.engine('InnoDB')
      t.charset('utf8mb4')
      t.collate('utf8mb4_bin')
    }
    t.bigInteger('line_id').notNullable()
    t.string('message_id', 255).notNullable()
    t.bigInteger('seq').notNullable()
    t.bigInteger('sent_at').notNullable().index()
    t.primary(['line_id', 'message_id'])
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('outbox_receipt')
  await knex.raw('ALTER TABLE outbox_line DROP COLUMN rates')
  await knex.schema.alterTable('outbox_message', (t) => {
    t.dropIndex([], 'outbox_message_lane_index')
  })
  await knex.raw('ALTER TABLE outbox_message DROP COLUMN lane')
}
