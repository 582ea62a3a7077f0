import type { Knex } from 'knex'

/** The private targets that a portal may reach, as a JSON list of CIDRs; NULL: all that the hub may. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('portal', (t) => {
    t.text('allowed_targets')
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('ALTER TABLE portal DROP COLUMN allowed_targets')
}
