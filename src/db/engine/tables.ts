import { SLOT_TABLES, type SlotTable } from './slot-tables.ts'

/** What the rows of a table belong to: they go when it goes. `hub` is the store as a whole. */
export type TableOwner = 'line' | 'portal' | 'process' | 'hub'

export interface Table {
  readonly owner: TableOwner
  /** The column that names the owner; only tables of the hub itself have none. */
  readonly ownerColumn?: string
  /** The columns of the primary key. */
  readonly key: readonly string[]
  /** A line's rows here don't outlive its connection: they go when it is disconnected or displaced. */
  readonly endsWithConnection?: true
  /** A process may hold rows by its token in `owner`. What it held is due at once when it dies, where rows have a `due_at`. */
  readonly isLeased?: true
  readonly hasDueAt?: true
}

/**
 * Every table of the store, the one place to name a new one. There are no cascades to rely on, so whoever removes a line
 * or a portal goes by this list. A line's come in the order in which they are removed: first the rows that writers lock
 * (outbox before inbox, as everywhere), so that nothing can be added to the others afterwards, and `line` itself last, so
 * that a removal that was broken off finds it again.
 */
export const TABLES = {
  outbox_line: { ...ofLine(), isLeased: true, hasDueAt: true },
  inbox_line: { ...ofLine(), isLeased: true, hasDueAt: true },
  comm_line: { ...ofLine(), isLeased: true, hasDueAt: true },
  poll_line: { ...ofLine(), isLeased: true, hasDueAt: true, endsWithConnection: true },
  line_setting: { ...ofLine('key'), endsWithConnection: true },
  line_health: { ...ofLine(), endsWithConnection: true },
  identity: {
    owner: 'line',
    ownerColumn: 'line_id',
    key: ['connector', 'identity'],
    endsWithConnection: true,
  },
  conversation: { ...ofLine('chat_id'), endsWithConnection: true },
  mailbox: { ...ofLine('chat_id'), endsWithConnection: true },
  mailbox_letter: {
    owner: 'line',
    ownerColumn: 'line_id',
    key: ['id'],
    endsWithConnection: true,
  },
  upload_piece: {
    owner: 'line',
    ownerColumn: 'line_id',
    key: ['upload_id', 'part'],
    endsWithConnection: true,
  },
  upload: { owner: 'line', ownerColumn: 'line_id', key: ['id'], endsWithConnection: true },
  inbox_event: ofLine('seq'),
  dead_letter: ofLine('seq'),
  // Of what earlier versions remembered.
  seen_update: ofLine('hash'),
  ...slotTables(),
  outbox_message: ofLine('seq'),
  outbox_receipt: ofLine('message_id', 'seq'),
  journal_entry: { owner: 'line', ownerColumn: 'line_id', key: ['slot', 'line_id', 'part'] },
  line_trace: ofLine(),
  trace_item: { owner: 'line', ownerColumn: 'line_id', key: ['id'] },
  line_memory: ofLine('name'),
  comm_event: numberedOfLine(),
  comm_message: ofLine('seq'),
  notification_task: numberedOfLine(),
  job: numberedOfLine(),
  broadcast_run: numberedOfLine(),
  broadcast: numberedOfLine(),
  trigger_fired: { owner: 'line', ownerColumn: 'line_id', key: ['trigger_id', 'lead'] },
  comm_trigger: numberedOfLine(),
  script_version: { owner: 'line', ownerColumn: 'line_id', key: ['script_id', 'version'] },
  script: numberedOfLine(),
  recipient_tag: ofLine('tag', 'lead'),
  recipient: { owner: 'line', ownerColumn: 'line_id', key: ['lead'] },
  line: { owner: 'line', ownerColumn: 'id', key: ['id'] },
  portal_setting: { owner: 'portal', ownerColumn: 'portal_id', key: ['portal_id', 'key'] },
  portal_memory: { owner: 'portal', ownerColumn: 'portal_id', key: ['portal_id', 'name'] },
  api_token: { owner: 'portal', ownerColumn: 'portal_id', key: ['id'] },
  notification_slot: { owner: 'portal', ownerColumn: 'portal_id', key: ['id'] },
  request_seen: { owner: 'portal', ownerColumn: 'portal_id', key: ['portal_id', 'request_id'] },
  console_link: { owner: 'portal', ownerColumn: 'portal_id', key: ['hash'] },
  // Operators' belong to no portal.
  console_session: { owner: 'portal', ownerColumn: 'portal_id', key: ['hash'] },
  portal: { owner: 'portal', ownerColumn: 'id', key: ['id'] },
  // Leads to entries of a line, and goes with them (db/journal/forget.ts).
  journal_key: { owner: 'hub', key: ['lookup', 'of_line', 'slot'] },
  // Which of the tables of slots are in use.
  seen_slot: { owner: 'hub', key: ['ring', 'serial'] },
  hub_state: { owner: 'hub', key: ['name'] },
  console_traffic: { owner: 'hub', key: ['scope', 'at', 'process'] },
  console_hour: { owner: 'hub', key: ['of_line', 'hour'] },
  hub_alert: { owner: 'hub', key: ['name'] },
  retired_address: { owner: 'hub', key: ['hash'] },
  hub_process: { owner: 'process', ownerColumn: 'token', key: ['token'] },
  hub_migration: { owner: 'hub', key: ['id'] },
  hub_migration_lock: { owner: 'hub', key: ['index'] },
} as const satisfies Readonly<Record<string, Table>>

export type TableName = keyof typeof TABLES

/** Names of the tables that `select` picks, in the order of the list. */
export function tablesWhere(select: (table: Table) => boolean): TableName[] {
  return (Object.keys(TABLES) as TableName[]).filter((name) => select(TABLES[name]))
}

function slotTables() {
  const names = Object.values(SLOT_TABLES).flat()
  const table = ofLine('hash')
  return Object.fromEntries(names.map((name) => [name, table])) as Readonly<
    Record<SlotTable, typeof table>
  >
}

function numberedOfLine() {
  return { owner: 'line', ownerColumn: 'line_id', key: ['id'] } as const
}

function ofLine<const Rest extends readonly string[]>(...rest: Rest) {
  return { owner: 'line', ownerColumn: 'line_id', key: ['line_id', ...rest] } as const
}
