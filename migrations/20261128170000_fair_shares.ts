import type { Knex } from 'knex'

/**
 * Due lines are found by portal too, so that one with many of them can be passed over; and lines to be polled get a due time
 * as the others have, so that they can take turns.
 */
export async function up(knex: Knex): Promise<void> {
  for (const table of ['outbox_line', 'poll_line']) {
    await knex.schema.alterTable(table, (t) => {
      t.string('portal_id', 32).notNullable().defaultTo('')
    })
    await knex.raw(
      `UPDATE ${table} SET portal_id = COALESCE((SELECT portal_id FROM line WHERE line.id = ${table}.line_id), '')`,
    )
  }
  await knex.schema.alterTable('poll_line', (t) => {
    t.bigInteger('due_at').defaultTo(0)
  })
  await knex.raw('UPDATE poll_line SET due_at = NULL WHERE owner IS NOT NULL')
  await knex.schema.alterTable('poll_line', (t) => {
    t.index(['due_at'], 'poll_line_due_index')
    t.index(['portal_id', 'due_at'], 'poll_line_portal_index')
  })
  await knex.schema.alterTable('outbox_line', (t) => {
    t.index(['portal_id', 'due_at'], 'outbox_line_portal_index')
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('outbox_line', (t) => {
    t.dropIndex([], 'outbox_line_portal_index')
  })
  await knex.schema.alterTable('poll_line', (t) => {
    t.dropIndex([], 'poll_line_portal_index')
    t.dropIndex([], 'poll_line_due_index')
  })
  await knex.raw('ALTER TABLE poll_line DROP COLUMN due_at')
  for (const table of ['poll_line', 'outbox_line']) {
    await knex.raw(`ALTER TABLE ${table} DROP COLUMN portal_id`)
  }
}
