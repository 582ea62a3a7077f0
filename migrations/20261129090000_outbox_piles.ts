import type { Knex } from 'knex'

/**
 * Which pile a message lies on: its lane while it is queued or being sent, 2 when it has failed, none when its channel has it.
 * Indexes by this instead of by the state stay as they are when a send begins and when a status comes, and lead to what is open
 * or has failed past all that was sent. The store computes it, so no row is written here.
 */
const PILE = `TINYINT GENERATED ALWAYS AS
  (CASE WHEN state IN ('queued', 'sending') THEN lane WHEN state = 'failed' THEN 2 END) VIRTUAL`

type Index = readonly [name: string, columns: string]

const BY_STATE: readonly Index[] = [
  ['outbox_message_line_id_state_seq_index', '(line_id, state, seq)'],
  ['outbox_message_lane_index', '(line_id, lane, state, seq)'],
  ['outbox_message_created_at_index', '(created_at)'],
]
const BY_PILE: readonly Index[] = [
  ['outbox_message_pile_index', '(line_id, pile, seq)'],
  ['outbox_message_age_index', '(pile, created_at)'],
]

/** A process that was killed in the midst of it on MySQL has left a part done, which the next one passes over. */
export async function up(knex: Knex): Promise<void> {
  const isMysql = knex.client.dialect === 'mysql'
  const isThere = isMysql && (await knex.schema.hasColumn('outbox_message', 'pile'))
  if (!isThere) await knex.raw(`ALTER TABLE outbox_message ADD COLUMN pile ${PILE}`)
  await replaceIndexes(knex, BY_STATE, BY_PILE)
}

export async function down(knex: Knex): Promise<void> {
  await replaceIndexes(knex, BY_PILE, BY_STATE)
  // SQLite, which takes it all back when it breaks off, doesn't name computed columns.
  const isMysql = knex.client.dialect === 'mysql'
  const isThere = !isMysql || (await knex.schema.hasColumn('outbox_message', 'pile'))
  if (isThere) await knex.raw('ALTER TABLE outbox_message DROP COLUMN pile')
}

/** MySQL reads the table once for all of them. */
async function replaceIndexes(knex: Knex, old: readonly Index[], fresh: readonly Index[]) {
  if (knex.client.dialect === 'mysql') {
    if (await hasIndexes(knex, fresh)) return
    const changes = [
      ...old.map(([name]) => `DROP INDEX ${name}`),
      ...fresh.map(([name, columns]) => `ADD INDEX ${name} ${columns}`),
    ]
    await knex.raw(`ALTER TABLE outbox_message ${changes.join(', ')}`)
    return
  }
  for (const [name] of old) await knex.raw(`DROP INDEX ${name}`)
  for (const [name, columns] of fresh) {
    await knex.raw(`CREATE INDEX ${name} ON outbox_message ${columns}`)
  }
}

async function hasIndexes(knex: Knex, indexes: readonly Index[]): Promise<boolean> {
  const [rows] = await knex.raw('SHOW INDEX FROM outbox_message')
  const names = new Set((rows as { Key_name: string }[]).map((row) => row.Key_name))
  return indexes.every(([name]) => names.has(name))
}
