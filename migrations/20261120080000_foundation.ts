import type { Knex } from 'knex'

/**
 * The foundation of the store: DESIGN §4. Instants are epoch milliseconds. Every id is compared byte by byte
 * (`utf8mb4_bin`): chat ids and hashes of channels differ in case alone.
 */
export async function up(knex: Knex): Promise<void> {
  await portals(knex)
  await lines(knex)
  await inbox(knex)
  await outbox(knex)
  await processes(knex)
}

export async function down(knex: Knex): Promise<void> {
  for (const table of TABLES.toReversed()) await knex.schema.dropTableIfExists(table)
}

const TABLES = [
  'portal',
  'request_seen',
  'line',
  'line_setting',
  'identity',
  'inbox_line',
  'inbox_event',
  'seen_update',
  'dead_letter',
  'outbox_line',
  'outbox_message',
  'conversation',
  'poll_line',
  'hub_process',
]

type Define = (table: Knex.CreateTableBuilder) => void

function create(knex: Knex, name: string, define: Define): Knex.SchemaBuilder {
  return knex.schema.createTable(name, (table) => {
    if (knex.client.dialect === 'mysql') {
      table.engine('InnoDB')
      table.charset('utf8mb4')
      table.collate('utf8mb4_bin')
    }
    define(table)
  })
}

async function portals(knex: Knex): Promise<void> {
  await create(knex, 'portal', (t) => {
    t.string('id', 32).primary()
    t.string('name', 255).notNullable()
    t.string('url', 2048).notNullable()
    t.string('dialect', 32).notNullable().defaultTo('native')
    t.text('secret').notNullable()
    t.text('previous_secret')
    t.bigInteger('previous_until')
    t.string('text_format', 16).notNullable()
    t.string('emoji_format', 16).notNullable()
    t.bigInteger('created_at').notNullable()
  })
  // `batch` tells the rows one group commit has put in from those it found there already.
  await create(knex, 'request_seen', (t) => {
    t.string('portal_id', 32).notNullable()
    t.string('request_id', 64).notNullable()
    t.bigInteger('seen_at').notNullable().index()
    t.bigInteger('batch').notNullable()
    t.primary(['portal_id', 'request_id'])
  })
}

async function lines(knex: Knex): Promise<void> {
  await create(knex, 'line', (t) => {
    t.bigIncrements('id')
    t.string('portal_id', 32).notNullable()
    t.string('connector', 64).notNullable()
    t.string('external_id', 64).notNullable()
    t.string('hash', 32).notNullable().unique()
    t.string('status', 16).notNullable()
    t.string('identity', 191)
    t.string('name', 255)
    t.boolean('webhook_installed').notNullable().defaultTo(false)
    t.text('webhook_secret').notNullable()
    t.bigInteger('created_at').notNullable()
    t.bigInteger('updated_at').notNullable()
    t.unique(['portal_id', 'connector', 'external_id'])
  })
  await create(knex, 'line_setting', (t) => {
    t.bigInteger('line_id').notNullable()
    t.string('key', 64).notNullable()
    t.text('value').notNullable()
    t.boolean('is_secret').notNullable()
    t.primary(['line_id', 'key'])
  })
  // The primary key is the uniqueness check of PROTOCOL §6; `connector` is the real one.
  await create(knex, 'identity', (t) => {
    t.string('connector', 64).notNullable()
    t.string('identity', 191).notNullable()
    t.bigInteger('line_id').notNullable()
    t.bigInteger('claimed_at').notNullable()
    t.primary(['connector', 'identity'])
  })
}

async function inbox(knex: Knex): Promise<void> {
  // One row per line. It is the line's lock for writers and settlers, its counter of events (`seq`, of the last one) and
  // the version of its settings (`epoch`). Events up to `purge_until` are void and only wait to be deleted. Idle lines have neither `due_at` nor `owner`, so the index that is polled
  // holds only lines that wait for something.
  await create(knex, 'inbox_line', (t) => {
    t.bigInteger('line_id').primary()
    t.string('portal_id', 32).notNullable()
    t.integer('epoch').notNullable().defaultTo(0)
    t.bigInteger('seq').notNullable().defaultTo(0)
    t.bigInteger('purge_until').notNullable().defaultTo(0)
    t.integer('replays').notNullable().defaultTo(0)
    t.bigInteger('due_at').index()
    t.string('owner', 40)
    t.integer('attempt').notNullable().defaultTo(0)
    t.bigInteger('locked_until')
    t.bigInteger('first_failed_at')
    t.string('last_error', 500)
    t.integer('probe_size').notNullable().defaultTo(0)
    t.integer('strikes').notNullable().defaultTo(0)
    t.bigInteger('ack_until')
    t.text('ack_seqs')
    t.bigInteger('nudged_at')
    t.index(['portal_id', 'due_at'])
  })
  await create(knex, 'inbox_event', (t) => {
    t.bigInteger('line_id').notNullable()
    t.bigInteger('seq').notNullable()
    t.string('type', 32).notNullable()
    t.text('payload', 'mediumtext').notNullable()
    t.bigInteger('created_at').notNullable()
    t.primary(['line_id', 'seq'])
  })
  await create(knex, 'seen_update', (t) => {
    t.bigInteger('line_id').notNullable()
    t.string('hash', 22).notNullable()
    t.bigInteger('seen_at').notNullable().index()
    t.bigInteger('batch').notNullable()
    t.primary(['line_id', 'hash'])
  })
  await create(knex, 'dead_letter', (t) => {
    t.bigInteger('line_id').notNullable()
    t.bigInteger('seq').notNullable()
    t.string('type', 32).notNullable()
    t.text('payload', 'mediumtext').notNullable()
    t.bigInteger('created_at').notNullable()
    t.string('reason', 500).notNullable()
    t.bigInteger('dead_at').notNullable().index()
    t.primary(['line_id', 'seq'])
  })
}

async function outbox(knex: Knex): Promise<void> {
  await create(knex, 'outbox_line', (t) => {
    t.bigInteger('line_id').primary()
    t.bigInteger('seq').notNullable().defaultTo(0)
    t.bigInteger('due_at').index()
    t.string('owner', 40)
    t.bigInteger('paused_at')
    t.string('pause_reason', 500)
  })
  await create(knex, 'outbox_message', (t) => {
    t.bigInteger('line_id').notNullable()
    t.bigInteger('seq').notNullable()
    t.string('chat_id', 512).notNullable()
    t.string('kind', 16).notNullable()
    t.text('payload', 'mediumtext').notNullable()
    t.string('portal_key', 128)
    t.string('state', 16).notNullable()
    t.integer('attempt').notNullable().defaultTo(0)
    t.boolean('uncertain').notNullable().defaultTo(false)
    t.bigInteger('due_at').notNullable()
    t.text('message_ids')
    t.string('error_code', 64)
    t.string('error_message', 500)
    t.bigInteger('created_at').notNullable()
    t.bigInteger('updated_at').notNullable()
    t.primary(['line_id', 'seq'])
    t.unique(['line_id', 'portal_key'])
    t.index(['line_id', 'state', 'seq'])
    t.index(['created_at'])
  })
  await create(knex, 'conversation', (t) => {
    t.bigInteger('line_id').notNullable()
    t.string('chat_id', 512).notNullable()
    t.text('context').notNullable()
    t.bigInteger('updated_at').notNullable()
    t.primary(['line_id', 'chat_id'])
  })
}

async function processes(knex: Knex): Promise<void> {
  await create(knex, 'poll_line', (t) => {
    t.bigInteger('line_id').primary()
    t.string('owner', 40)
    t.string('position', 255)
  })
  await create(knex, 'hub_process', (t) => {
    t.string('token', 40).primary()
    t.string('host', 255).notNullable()
    t.integer('pid').notNullable()
    t.string('roles', 64).notNullable()
    t.string('state', 8).notNullable()
    t.bigInteger('started_at').notNullable()
    t.bigInteger('alive_until').notNullable()
  })
}
