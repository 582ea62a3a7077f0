import type { Knex } from 'knex'

/**
 * Several messages of a line may have one id of the channel's, where it counts them chat by chat: all of them are kept, and
 * the chat of each is its message's.
 */
export async function up(knex: Knex): Promise<void> {
  await changeKey(knex, ['line_id', 'message_id', 'seq'])
}

/** Of messages with one id the first stays. */
export async function down(knex: Knex): Promise<void> {
  await knex.raw(`DELETE FROM outbox_receipt WHERE EXISTS (SELECT 1 FROM
    (SELECT line_id, message_id, MIN(seq) AS seq FROM outbox_receipt GROUP BY line_id, message_id) kept
    WHERE kept.line_id = outbox_receipt.line_id AND kept.message_id = outbox_receipt.message_id
      AND kept.seq < outbox_receipt.seq)`)
  await changeKey(knex, ['line_id', 'message_id'])
}

/** SQLite can't change the key of a table that there is. */
async function changeKey(knex: Knex, key: readonly string[]): Promise<void> {
  if (knex.client.dialect === 'mysql') {
    await knex.raw(
      `ALTER TABLE outbox_receipt DROP PRIMARY KEY, ADD PRIMARY KEY (${key.join(', ')})`,
    )
    return
  }
  await knex.schema.createTable('outbox_receipt_new', (t) => {
    t.bigInteger('line_id').notNullable()
    t.string('message_id', 255).notNullable()
    t.bigInteger('seq').notNullable()
    t.bigInteger('sent_at').notNullable()
    t.primary([...key])
  })
  await knex.raw(`INSERT INTO outbox_receipt_new (line_id, message_id, seq, sent_at)
    SELECT line_id, message_id, seq, sent_at FROM outbox_receipt`)
  await knex.schema.dropTable('outbox_receipt')
  await knex.schema.renameTable('outbox_receipt_new', 'outbox_receipt')
  await knex.schema.alterTable('outbox_receipt', (t) => {
    t.index(['sent_at'])
  })
}
