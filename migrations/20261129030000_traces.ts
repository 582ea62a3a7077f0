import type { Knex } from 'knex'

/** Lines whose HTTP exchanges are kept for a while, and what was kept of them. */
export async function up(knex: Knex): Promise<void> {
  await create(knex, 'line_trace', (t) => {
    t.bigInteger('line_id').notNullable().primary()
    t.string('portal_id', 32).notNullable().index()
    t.boolean('bodies').notNullable()
    t.bigInteger('started_at').notNullable()
    t.bigInteger('ends_at').notNullable()
    // Bytes of the line's exchanges in the store, those of earlier traces included.
    t.bigInteger('kept_bytes').notNullable().defaultTo(0)
  })
  await create(knex, 'trace_item', (t) => {
    t.bigIncrements('id')
    t.bigInteger('line_id').notNullable()
    t.string('portal_id', 32).notNullable()
    t.bigInteger('at').notNullable().index()
    t.integer('size').notNullable()
    t.text('item', 'mediumtext').notNullable()
    t.index(['line_id', 'id'])
    // What a portal has kept is summed up from the index alone.
    t.index(['portal_id', 'line_id', 'size'])
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('trace_item')
  await knex.schema.dropTable('line_trace')
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
