import type { Knex } from 'knex'

/** What the dialects of portals keep by themselves, of a portal (sealed) and of a line. */
export async function up(knex: Knex): Promise<void> {
  await create(knex, 'portal_memory', (t) => {
    t.string('portal_id', 32).notNullable()
    t.string('name', 64).notNullable()
    t.integer('version').notNullable()
    t.text('value', 'mediumtext').notNullable()
    t.primary(['portal_id', 'name'])
  })
  await create(knex, 'line_memory', (t) => {
    t.bigInteger('line_id').notNullable()
    // A digest: what is named may be as long as a channel's ids.
    t.string('name', 43).notNullable()
    t.text('value').notNullable()
    // Absent of what is kept for as long as the line is there.
    t.bigInteger('written_at').index()
    t.primary(['line_id', 'name'])
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('line_memory')
  await knex.schema.dropTable('portal_memory')
}

function create(
  knex: Knex,
  name: string,
  define: (table: Knex.CreateTableBuilder) => void,
): Knex.SchemaBuilder {
  return knex.schema.createTable(name, (table) => {
    if (knex.client.dialect === 'mysql') {
      table.engine('InnoDB')
      table.charset('utf8mb4')
      table.collate('utf8mb4_bin')
    }
    define(table)
  })
}
