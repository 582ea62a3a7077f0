import type { Knex } from 'knex'

/**
 * What people's pages fetch: the last number of each chat (`mailbox`) and its letters, and what they have uploaded. Instants are
 * epoch ms. Bytes are base64, so that exports and every server take them as text.
 */
export async function up(knex: Knex): Promise<void> {
  await create(knex, 'mailbox', (t) => {
    t.bigInteger('line_id').notNullable()
    t.string('chat_id', 64).notNullable()
    t.bigInteger('last_seq').notNullable()
    t.bigInteger('touched_at').notNullable().index()
    t.primary(['line_id', 'chat_id'])
  })
  await create(knex, 'mailbox_letter', (t) => {
    // What processes read on from; numbers may be missing, and come late.
    t.bigIncrements('id')
    t.bigInteger('line_id').notNullable()
    t.string('chat_id', 64).notNullable()
    t.bigInteger('seq').notNullable()
    t.string('name', 100).notNullable()
    t.bigInteger('at').notNullable().index()
    t.bigInteger('until')
    t.text('body', 'mediumtext').notNullable()
    t.unique(['line_id', 'chat_id', 'seq'])
    t.unique(['line_id', 'name'])
  })
  await create(knex, 'upload', (t) => {
    t.string('id', 32).primary()
    t.bigInteger('line_id').notNullable()
    t.string('chat_id', 64).notNullable()
    t.integer('size').notNullable()
    t.bigInteger('at').notNullable().index()
    t.index(['line_id', 'chat_id'])
  })
  await create(knex, 'upload_piece', (t) => {
    t.string('upload_id', 32).notNullable()
    t.integer('part').notNullable()
    t.bigInteger('line_id').notNullable().index()
    t.bigInteger('at').notNullable().index()
    t.text('bytes', 'mediumtext').notNullable()
    t.primary(['upload_id', 'part'])
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('upload_piece')
  await knex.schema.dropTable('upload')
  await knex.schema.dropTable('mailbox_letter')
  await knex.schema.dropTable('mailbox')
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
