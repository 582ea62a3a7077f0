import type { Knex } from 'knex'

/**
 * What is known of each connected line's health and when it is looked at next; the language in which a portal's
 * administrators are spoken to.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('line_health', (t) => {
    t.bigInteger('line_id').notNullable().primary()
    t.string('connector', 64).notNullable()
    // As the portal knows it.
    t.string('state', 16).notNullable()
    t.string('code', 32)
    t.bigInteger('since').notNullable()
    t.bigInteger('checked_at')
    // When the channel was asked last, or is being asked.
    t.bigInteger('tried_at')
    // NULL: the line is not to be checked.
    t.bigInteger('due_at').index('line_health_due_index')
    // A check is wanted as soon as this.
    t.bigInteger('asked_at').index('line_health_asked_index')
    t.text('facts')
    // A hash of the public URL under which the webhook was installed.
    t.string('base', 22)
    // The packet about the last change, which may still wait for the portal.
    t.bigInteger('packet_seq')
    t.index(['connector', 'state'], 'line_health_state_index')
  })
  // Counting lines reads nothing else.
  await knex.schema.alterTable('line', (t) => {
    t.index(['connector', 'status'], 'line_status_index')
  })
  await knex.schema.alterTable('portal', (t) => {
    t.string('language', 8).notNullable().defaultTo('en')
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('ALTER TABLE portal DROP COLUMN language')
  await knex.schema.alterTable('line', (t) => {
    t.dropIndex([], 'line_status_index')
  })
  await knex.schema.dropTable('line_health')
}
