import type { Knex } from 'knex'

/** When each message was handed to its channel, found by chat: what a channel's watermark covers. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('outbox_message', (t) => {
    t.bigInteger('sent_at')
  })
  await knex.schema.alterTable('outbox_message', (t) => {
    t.index(['line_id', 'chat_id', 'sent_at'], 'outbox_message_chat_index')
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('outbox_message', (t) => {
    t.dropIndex([], 'outbox_message_chat_index')
  })
  await knex.raw('ALTER TABLE outbox_message DROP COLUMN sent_at')
}
