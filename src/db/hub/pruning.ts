import { deleteRows } from '../engine/delete-rows.ts'
import { aroundLocks } from '../engine/locks.ts'
import type { Store } from '../engine/store.ts'
import type { TableName } from '../engine/tables.ts'
import { FAILED_PILE } from '../outbox/piles.ts'

/** What is forgotten some time after its instant, and the column that holds it. Each has an index. */
const INSTANTS = {
  seen_update: 'seen_at',
  request_seen: 'seen_at',
  outbox_receipt: 'sent_at',
  dead_letter: 'dead_at',
  retired_address: 'used_at',
  trace_item: 'at',
  line_memory: 'written_at',
  mailbox: 'touched_at',
  mailbox_letter: 'at',
  upload: 'at',
  upload_piece: 'at',
  job: 'finished_at',
  comm_message: 'created_at',
  script_version: 'replaced_at',
  console_link: 'expires_at',
  console_session: 'expires_at',
  console_traffic: 'at',
  // In hours.
  console_hour: 'hour',
} as const satisfies Partial<Record<TableName, string>>

/** Deletes a table's rows from before an instant. Gives how many. */
export async function pruneTable(
  store: Store,
  table: keyof typeof INSTANTS,
  before: number,
  signal?: AbortSignal,
): Promise<number> {
  return await deleteRows(
    store,
    table,
    { where: `${INSTANTS[table]} < ?`, bindings: [before] },
    signal,
  )
}

/** Deletes finished messages from before an instant: their ids are of no more use. */
export async function pruneOutbox(
  store: Store,
  before: number,
  signal?: AbortSignal,
): Promise<number> {
  let deleted = 0
  for (const where of [
    'pile IS NULL AND created_at < ?',
    `pile = ${FAILED_PILE} AND created_at < ?`,
  ]) {
    deleted += await deleteRows(store, 'outbox_message', { where, bindings: [before] }, signal)
  }
  return deleted
}

/** Deletes notifications that were asked for, and have ended or were sent, before an instant. */
export async function pruneTasks(
  store: Store,
  before: number,
  signal?: AbortSignal,
): Promise<number> {
  const where = "created_at < ? AND state <> 'queued' AND (finished_at IS NULL OR finished_at < ?)"
  return await deleteRows(store, 'notification_task', { where, bindings: [before, before] }, signal)
}

/** Deletes events that a displacement or a purge has made void. Gives how many. */
export async function deleteVoidEvents(store: Store, signal?: AbortSignal): Promise<number> {
  const lines = await store.rows<{ line_id: number; purge_until: number }>(
    'SELECT line_id, purge_until FROM inbox_line WHERE purge_until > 0',
  )
  let deleted = 0
  for (const { line_id: lineId, purge_until: until } of lines) {
    const where = 'line_id = ? AND seq <= ?'
    deleted += await deleteRows(store, 'inbox_event', { where, bindings: [lineId, until] }, signal)
    if (signal?.aborted) break
    // A line that somebody holds locked is left for the next time.
    await aroundLocks([lineId], async () => {
      await store.run(
        'UPDATE inbox_line SET purge_until = 0 WHERE line_id = ? AND purge_until = ?',
        [lineId, until],
        { failsWhenLocked: true },
      )
      return []
    })
  }
  return deleted
}
