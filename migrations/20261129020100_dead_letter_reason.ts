import type { Knex } from 'knex'

/** Room for what a portal answered: 500 characters of it, behind what the hub says. SQLite keeps text of any length. */
export async function up(knex: Knex): Promise<void> {
  await resize(knex, 1000)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(
    'UPDATE dead_letter SET reason = SUBSTR(reason, 1, 500) WHERE LENGTH(reason) > 500',
  )
  await resize(knex, 500)
}

async function resize(knex: Knex, length: number): Promise<void> {
  if (knex.client.dialect !== 'mysql') return
  await knex.raw(`ALTER TABLE dead_letter MODIFY reason VARCHAR(${length}) NOT NULL`)
}
