import type { Knex } from 'knex'

/** Since when a portal is switched off, since when it is being removed, and how often a line's webhook was tried to be removed. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('portal', (t) => {
    t.bigInteger('disabled_at').index('portal_disabled_index')
    t.bigInteger('removing_at').index('portal_removing_index')
  })
  await knex.schema.alterTable('line', (t) => {
    t.smallint('removal_tries').notNullable().defaultTo(0)
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('portal', (t) => {
    t.dropIndex([], 'portal_removing_index')
    t.dropIndex([], 'portal_disabled_index')
  })
  await knex.raw('ALTER TABLE line DROP COLUMN removal_tries')
  await knex.raw('ALTER TABLE portal DROP COLUMN removing_at')
  await knex.raw('ALTER TABLE portal DROP COLUMN disabled_at')
}
