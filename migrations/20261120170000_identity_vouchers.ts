import type { Knex } from 'knex'

/** Which API vouched for each identity: see `voucherOf` in `src/core/settings.ts`. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('identity', (t) => {
    t.string('voucher', 22).notNullable().defaultTo('')
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('ALTER TABLE identity DROP COLUMN voucher')
}
