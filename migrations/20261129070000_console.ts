import type { Knex } from 'knex'

/**
 * Who may use the console: links that open it once, and sessions. Neither a link nor a session can be made from what is
 * stored, for only hashes are. Operators' sessions belong to no portal, and end with the token that has opened them. And how
 * much went through each process in the last minutes, and what became of each line's messages hour by hour; which line has
 * displaced another.
 */
export async function up(knex: Knex): Promise<void> {
  await create(knex, 'console_link', (t) => {
    t.string('hash', 43).notNullable().primary()
    t.string('portal_id', 32).notNullable().index()
    t.string('connector', 64)
    t.string('external_line', 64)
    t.string('language', 8)
    // Origins that may show the console in a frame, JSON.
    t.text('embed_in')
    t.bigInteger('expires_at').notNullable().index()
    t.bigInteger('used_at')
  })
  await create(knex, 'console_session', (t) => {
    t.string('hash', 43).notNullable().primary()
    t.string('portal_id', 32).notNullable().index()
    t.string('connector', 64)
    t.string('external_line', 64)
    t.string('language', 8)
    t.text('embed_in')
    // Of the admin token that has opened it.
    t.string('token_hash', 43)
    t.bigInteger('expires_at').notNullable().index()
  })
  await create(knex, 'console_traffic', (t) => {
    // Empty: the whole hub; or a portal's id.
    t.string('scope', 32).notNullable()
    t.bigInteger('at').notNullable().index()
    t.string('process', 40).notNullable()
    t.integer('events').notNullable()
    t.integer('sends').notNullable()
    t.primary(['scope', 'at', 'process'])
  })
  await create(knex, 'console_hour', (t) => {
    t.bigInteger('of_line').notNullable()
    // Since 1970.
    t.integer('hour').notNullable().index()
    t.integer('received').notNullable()
    t.integer('delivered').notNullable()
    t.integer('sent').notNullable()
    t.integer('failed').notNullable()
    t.primary(['of_line', 'hour'])
  })
  // Lists of lines that are unwell, in the order of their making.
  await knex.schema.alterTable('line_health', (t) => {
    t.index(['state', 'line_id'], 'line_health_unwell_index')
  })
  // The line that has taken its account.
  await knex.schema.alterTable('line', (t) => {
    t.bigInteger('displaced_by')
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('ALTER TABLE line DROP COLUMN displaced_by')
  await knex.schema.alterTable('line_health', (t) => {
    t.dropIndex(['state', 'line_id'], 'line_health_unwell_index')
  })
  await knex.schema.dropTable('console_hour')
  await knex.schema.dropTable('console_traffic')
  await knex.schema.dropTable('console_session')
  await knex.schema.dropTable('console_link')
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
