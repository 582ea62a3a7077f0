import type { Knex } from 'knex'

/**
 * What an administrator enters for a portal whose dialect has fields of its own; secrets are sealed. `identifier` repeats
 * the value of a field that calls name the portal by, behind the dialect's id: of a dialect no two portals have the same.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('portal_setting', (t) => {
    if (knex.client.dialect === 'mysql') {
      t.engine('InnoDB')
      t.charset('utf8mb4')
      t.collate('utf8mb4_bin')
    }
    t.string('portal_id', 32).notNullable()
    t.string('key', 64).notNullable()
    t.text('value').notNullable()
    t.boolean('is_secret').notNullable()
    t.string('identifier', 191)
    t.primary(['portal_id', 'key'])
    t.unique(['key', 'identifier'])
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('portal_setting')
}
