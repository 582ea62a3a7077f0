import type { Knex } from 'knex'

/**
 * What a company starts by itself: who writes to its lines (`recipient`), what is to be sent to them (`script`, `comm_trigger`,
 * `broadcast`, `notification_slot`) and the work itself (`job`, `broadcast_run`, `notification_task`). Instants are epoch ms.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('portal', (t) => {
    t.string('time_zone', 64)
    t.integer('dialog_idle_min')
    t.integer('notification_rate')
  })
  // Read with the row that every commit locks anyway: are the line's events copied for the communications?
  await knex.schema.alterTable('inbox_line', (t) => {
    t.boolean('is_followed').notNullable().defaultTo(false)
  })
  await recipients(knex)
  await queue(knex)
  await programs(knex)
  await runs(knex)
  await jobs(knex)
  await notifications(knex)
  await unpad(knex)
}

export async function down(knex: Knex): Promise<void> {
  for (const table of TABLES.toReversed()) await knex.schema.dropTable(table)
  await knex.raw('ALTER TABLE inbox_line DROP COLUMN is_followed')
  for (const column of ['notification_rate', 'dialog_idle_min', 'time_zone']) {
    await knex.raw(`ALTER TABLE portal DROP COLUMN ${column}`)
  }
}

const TABLES = [
  'recipient',
  'recipient_tag',
  'comm_line',
  'comm_event',
  'script',
  'script_version',
  'comm_trigger',
  'trigger_fired',
  'broadcast',
  'broadcast_run',
  'job',
  'comm_message',
  'api_token',
  'notification_slot',
  'notification_task',
]

async function recipients(knex: Knex): Promise<void> {
  await create(knex, 'recipient', (t) => {
    t.bigIncrements('lead')
    t.bigInteger('line_id').notNullable()
    t.string('portal_id', 32).notNullable()
    t.string('chat_id', 512).notNullable()
    // What the channel told of the person last, as JSON, and its version (12 hex digits).
    t.text('person_data').notNullable()
    t.string('person_version', 12)
    // Name, user name, phone and e-mail in lower case.
    t.string('search', 1024).notNullable().defaultTo('')
    t.string('language', 35)
    // Digits alone.
    t.string('phone', 20)
    t.text('tags').notNullable()
    t.text('attributes', 'mediumtext').notNullable()
    t.bigInteger('first_seen_at').notNullable()
    // Of messages of the person; absent of one who has written nothing.
    t.bigInteger('first_message_at')
    t.bigInteger('last_seen_at')
    t.bigInteger('blocked_at')
    t.string('person', 128)
    // The last message of either side, and when somebody said that the talk is over.
    t.bigInteger('dialog_at')
    t.bigInteger('dialog_closed_at')
    // These two are the engine's alone, of lines that it follows: has it seen a message, and the dialog opened?
    t.boolean('has_written').notNullable().defaultTo(false)
    t.boolean('is_dialog_open').notNullable().defaultTo(false)
    t.unique(['line_id', 'chat_id'])
    t.index(['line_id', 'lead'])
    t.index(['line_id', 'phone'])
    t.index(['line_id', 'is_dialog_open', 'dialog_at'], 'recipient_dialog_index')
    t.index(['portal_id', 'person'])
  })
  await create(knex, 'recipient_tag', (t) => {
    t.bigInteger('line_id').notNullable()
    t.string('tag', 64).notNullable()
    t.bigInteger('lead').notNullable()
    t.primary(['line_id', 'tag', 'lead'])
  })
}

/** `comm_line` is leased like the lines of the queues; `comm_event` holds what has happened and was not looked at yet. */
async function queue(knex: Knex): Promise<void> {
  await create(knex, 'comm_line', (t) => {
    t.bigInteger('line_id').primary()
    t.string('portal_id', 32).notNullable()
    t.bigInteger('due_at').index()
    t.string('owner', 40)
    // Rises whenever something is put in for the line, so that the row is locked until that is committed.
    t.bigInteger('stirs').notNullable().defaultTo(0)
    // Rises with each commit of the line's work, and when somebody stops a job or a run: what was planned before that is void.
    t.bigInteger('turn').notNullable().defaultTo(0)
    t.index(['portal_id', 'due_at'])
  })
  await create(knex, 'comm_event', (t) => {
    t.bigIncrements('id')
    t.bigInteger('line_id').notNullable()
    // Of the event in the inbox; absent of what isn't one.
    t.bigInteger('seq')
    t.string('type', 32).notNullable()
    t.string('chat_id', 512)
    t.text('payload', 'mediumtext').notNullable()
    // For the communications alone: what the channel answered, as JSON.
    t.text('note', 'mediumtext')
    t.bigInteger('created_at').notNullable()
    t.index(['line_id', 'id'])
  })
}

async function programs(knex: Knex): Promise<void> {
  // Steps of a trigger are a script without a code.
  await create(knex, 'script', (t) => {
    t.bigIncrements('id')
    t.bigInteger('line_id').notNullable()
    t.string('portal_id', 32).notNullable()
    t.string('code', 64)
    t.string('name', 255)
    t.integer('version').notNullable()
    t.bigInteger('created_at').notNullable()
    t.bigInteger('updated_at').notNullable()
    t.unique(['line_id', 'code'])
  })
  // Outlive their script while a job runs them.
  await create(knex, 'script_version', (t) => {
    t.bigInteger('script_id').notNullable()
    t.integer('version').notNullable()
    t.bigInteger('line_id').notNullable()
    t.text('steps', 'mediumtext').notNullable()
    t.bigInteger('created_at').notNullable()
    // When a newer one came, or the script was deleted.
    t.bigInteger('replaced_at').index()
    t.primary(['script_id', 'version'])
    t.index(['line_id'])
  })
  await create(knex, 'comm_trigger', (t) => {
    t.bigIncrements('id')
    t.bigInteger('line_id').notNullable()
    t.string('portal_id', 32).notNullable()
    t.string('code', 64).notNullable()
    t.string('name', 255)
    t.text('starts_on').notNullable()
    t.text('condition_code', 'mediumtext')
    t.bigInteger('script_id').notNullable()
    // The steps are its own: the script is one without a code.
    t.boolean('has_steps').notNullable()
    t.integer('cooldown_sec')
    t.boolean('is_enabled').notNullable()
    t.bigInteger('created_at').notNullable()
    t.bigInteger('updated_at').notNullable()
    t.unique(['line_id', 'code'])
  })
  await create(knex, 'trigger_fired', (t) => {
    t.bigInteger('trigger_id').notNullable()
    t.bigInteger('lead').notNullable()
    t.bigInteger('line_id').notNullable()
    t.bigInteger('fired_at').notNullable()
    t.primary(['trigger_id', 'lead'])
    t.index(['line_id'])
  })
  await create(knex, 'broadcast', (t) => {
    t.bigIncrements('id')
    t.bigInteger('line_id').notNullable()
    t.string('portal_id', 32).notNullable()
    t.string('code', 64).notNullable()
    t.string('name', 255)
    t.bigInteger('script_id').notNullable()
    // `{filter, ratePerMinute?, quietHours?, optOut?}` as JSON.
    t.text('config', 'mediumtext').notNullable()
    t.bigInteger('created_at').notNullable()
    t.bigInteger('updated_at').notNullable()
    t.unique(['line_id', 'code'])
  })
}

async function runs(knex: Knex): Promise<void> {
  await create(knex, 'broadcast_run', (t) => {
    t.bigIncrements('id')
    t.bigInteger('line_id').notNullable()
    t.string('portal_id', 32).notNullable()
    t.bigInteger('broadcast_id').notNullable()
    t.string('state', 16).notNullable()
    t.text('config', 'mediumtext').notNullable()
    t.bigInteger('script_id').notNullable()
    t.integer('script_version').notNullable()
    t.text('params', 'mediumtext').notNullable()
    // When it is to be looked at; absent while it waits for somebody, and at its end.
    t.bigInteger('run_at')
    // The last recipient that was looked at, and whether all were.
    t.bigInteger('cursor_lead').notNullable().defaultTo(0)
    t.boolean('is_expanded').notNullable().defaultTo(false)
    t.bigInteger('released_at')
    t.bigInteger('told_at')
    for (const name of COUNTS) t.integer(name).notNullable().defaultTo(0)
    t.bigInteger('created_at').notNullable()
    t.bigInteger('started_at')
    t.bigInteger('finished_at')
    t.index(['line_id', 'run_at'])
    t.index(['broadcast_id'])
  })
}

async function jobs(knex: Knex): Promise<void> {
  await create(knex, 'job', (t) => {
    t.bigIncrements('id')
    t.bigInteger('line_id').notNullable()
    t.string('portal_id', 32).notNullable()
    t.bigInteger('lead')
    t.string('kind', 16).notNullable()
    t.bigInteger('script_id')
    t.integer('script_version')
    t.bigInteger('trigger_id')
    t.bigInteger('broadcast_id')
    t.bigInteger('run_id')
    t.string('state', 16).notNullable()
    t.bigInteger('due_at').notNullable()
    // When it is to be looked at; absent while it waits for something else than time, and at its end.
    t.bigInteger('run_at')
    // What it waits for, where that isn't time: see db/communications/jobs.ts.
    t.smallint('held').notNullable().defaultTo(0)
    t.integer('attempt').notNullable().defaultTo(0)
    t.integer('position').notNullable().defaultTo(0)
    // Where it stands in its scripts, and what it waits for there, as JSON.
    t.text('progress', 'mediumtext')
    t.text('params', 'mediumtext').notNullable()
    t.text('event', 'mediumtext')
    // `{periodSec?, cron?, timeZone?, until?, condition?, addTags?, removeTags?}` as JSON.
    t.text('plan', 'mediumtext')
    t.string('job_key', 160)
    t.bigInteger('key_at')
    t.string('error_code', 64)
    t.string('error_message', 500)
    t.bigInteger('created_at').notNullable()
    t.bigInteger('finished_at')
    t.index(['line_id', 'run_at'])
    t.index(['line_id', 'state', 'id'])
    t.index(['lead', 'state'])
    t.unique(['run_id', 'lead'])
    t.index(['run_id', 'held', 'id'])
    t.index(['run_id', 'finished_at'])
    t.unique(['line_id', 'job_key'])
    t.index(['finished_at'])
  })
  // Messages of the outbox that a job or a notification has sent.
  await create(knex, 'comm_message', (t) => {
    t.bigInteger('line_id').notNullable()
    t.bigInteger('seq').notNullable()
    t.bigInteger('lead').notNullable()
    t.bigInteger('job_id')
    t.bigInteger('run_id')
    t.bigInteger('task_id')
    // The one by which its recipient is counted in the run.
    t.boolean('is_counted').notNullable().defaultTo(false)
    t.string('state', 16).notNullable()
    t.bigInteger('created_at').notNullable()
    t.primary(['line_id', 'seq'])
    t.index(['created_at'])
  })
}

const COUNTS = [
  'total',
  'queued',
  'sent',
  'delivered',
  'read_count',
  'failed',
  'skipped',
  'blocked',
  'outside_window',
]

async function notifications(knex: Knex): Promise<void> {
  await create(knex, 'api_token', (t) => {
    t.bigIncrements('id')
    t.string('portal_id', 32).notNullable().index()
    // Absent of a token for all lines of its portal.
    t.bigInteger('line_id')
    t.string('name', 255).notNullable()
    t.string('digest', 43).notNullable().unique()
    t.bigInteger('created_at').notNullable()
    t.bigInteger('used_at')
  })
  await create(knex, 'notification_slot', (t) => {
    t.bigIncrements('id')
    t.string('portal_id', 32).notNullable().index()
    // Where it sends.
    t.bigInteger('line_id').notNullable().index()
    t.string('hash', 32).notNullable()
    t.text('config', 'mediumtext').notNullable()
    t.bigInteger('created_at').notNullable()
    t.bigInteger('updated_at').notNullable()
  })
  await create(knex, 'notification_task', (t) => {
    t.bigIncrements('id')
    t.bigInteger('slot_id').notNullable()
    t.bigInteger('line_id').notNullable()
    t.string('portal_id', 32).notNullable()
    t.string('chat_id', 512).notNullable()
    t.string('state', 16).notNullable()
    t.text('result', 'mediumtext')
    t.boolean('is_urgent').notNullable()
    t.text('request', 'mediumtext').notNullable()
    // The slot as it was when the request came.
    t.text('config', 'mediumtext').notNullable()
    t.string('request_key', 160)
    // When it is to be looked at; absent while it waits for something else than time, and at its end.
    t.bigInteger('run_at')
    // What its scripts get as params, as JSON; absent until its message was put into the outbox.
    t.text('context', 'mediumtext')
    t.bigInteger('created_at').notNullable()
    t.bigInteger('finished_at')
    t.unique(['slot_id', 'request_key'])
    t.index(['line_id', 'run_at'])
    t.index(['line_id', 'chat_id', 'state'], 'notification_task_chat_index')
    t.index(['created_at'])
  })
}

/** What channels, portals and other systems name things by: `utf8mb4_bin` pads, so that to it `a` and `a ` are one key. */
const NAMES: readonly (readonly [
  table: string,
  column: string,
  type: string,
  nullability: string,
])[] = [
  ['recipient', 'chat_id', 'VARCHAR(512)', 'NOT NULL'],
  ['recipient', 'person', 'VARCHAR(128)', 'NULL'],
  ['recipient_tag', 'tag', 'VARCHAR(64)', 'NOT NULL'],
  ['comm_event', 'chat_id', 'VARCHAR(512)', 'NULL'],
  ['job', 'job_key', 'VARCHAR(160)', 'NULL'],
  ['notification_task', 'chat_id', 'VARCHAR(512)', 'NOT NULL'],
  ['notification_task', 'request_key', 'VARCHAR(160)', 'NULL'],
]
/** MariaDB's, and MySQL's from 8.0.17 on. */
const UNPADDED = ['utf8mb4_nopad_bin', 'utf8mb4_0900_bin']

async function unpad(knex: Knex): Promise<void> {
  if (knex.client.dialect !== 'mysql') return
  const [[found]] = (await knex.raw(
    'SELECT collation_name AS name FROM information_schema.collations WHERE collation_name IN (?, ?) LIMIT 1',
    UNPADDED,
  )) as [{ name: string }[]]
  if (!found) throw new Error(`the server knows neither ${UNPADDED.join(' nor ')}`)
  for (const [table, columns] of Map.groupBy(NAMES, ([name]) => name)) {
    const changes = columns.map(
      ([, column, type, nullability]) =>
        `MODIFY ${column} ${type} CHARACTER SET utf8mb4 COLLATE ${found.name} ${nullability}`,
    )
    await knex.raw(`ALTER TABLE ${table} ${changes.join(', ')}`)
  }
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
