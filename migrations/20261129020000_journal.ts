import type { Knex } from 'knex'

interface Table {
  readonly name: string
  readonly columns: readonly string[]
  readonly key: string
}

/**
 * What became of messages. Both tables begin with time, so that rows are added at their ends and go at their beginnings,
 * whatever they hold in between. `slot` is about a second; `lookup` is a stretch of some hours with the hash of an id;
 * `part` is random and tells apart what several processes write of a line and a second.
 */
const TABLES: readonly Table[] = [
  {
    name: 'journal_entry',
    columns: [
      'slot BIGINT NOT NULL',
      'line_id BIGINT NOT NULL',
      'part INTEGER NOT NULL',
      'at BIGINT NOT NULL',
      'steps TEXT NOT NULL',
    ],
    key: 'slot, line_id, part',
  },
  {
    name: 'journal_key',
    columns: ['lookup BIGINT NOT NULL', 'of_line BIGINT NOT NULL', 'slot BIGINT NOT NULL'],
    key: 'lookup, of_line, slot',
  },
]

/** As text, for one thing that knex can't say: SQLite keeps such a table as one tree instead of two. */
export async function up(knex: Knex): Promise<void> {
  const end =
    knex.client.dialect === 'mysql'
      ? 'ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin'
      : 'WITHOUT ROWID'
  for (const { name, columns, key } of TABLES) {
    await knex.raw(`CREATE TABLE ${name} (${columns.join(', ')}, PRIMARY KEY (${key})) ${end}`)
  }
  // Only for the removal of a line. Its keys are found by its entries: an index of theirs would cost every message.
  await knex.raw('CREATE INDEX journal_entry_line_id ON journal_entry (line_id)')
}

export async function down(knex: Knex): Promise<void> {
  for (const { name } of TABLES.toReversed()) await knex.schema.dropTable(name)
}
