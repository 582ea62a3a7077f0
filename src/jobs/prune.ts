import type { Clock } from '../core/clock.ts'
import type { Store } from '../db/engine/store.ts'
import { deleteVoidEvents, pruneOutbox, pruneTable, pruneTasks } from '../db/hub/pruning.ts'
import { emptySlots, mendClosing, RINGS } from '../db/inbox/seen-slots.ts'
import { keptMs } from '../db/inbox/seen-times.ts'
import { pruneJournal } from '../db/journal/prune.ts'
import type { Job } from './job.ts'
import type { Past } from './past.ts'

export interface PruneOptions {
  readonly dedupeMs: number
  readonly deadLetterMs: number
  /** Absent: the journal is left alone. */
  readonly journalMs?: number
  /** The process's own clock; absent: the instant that pruning goes by is now. */
  readonly clock?: Pick<Clock, 'now'>
}

/** Signed calls older than this are refused by their timestamp: their ids need not be remembered (2 × 300 s, and some). */
const REQUEST_MEMORY_MS = 15 * 60_000
/** How long ids of messages are kept, the channels' and the portals', so that edits and replies find their message. */
const OUTBOX_MEMORY_MS = 30 * 24 * 3600 * 1000

/** Addresses of lines that are gone, since something genuine last came there: Meta's apps may be quiet for long. */
const ADDRESS_MEMORY_MS = 400 * 24 * 3600 * 1000

/** Exchanges that a trace has kept. */
const TRACE_MEMORY_MS = 7 * 24 * 3600 * 1000

/** Letters of people's pages, and the last numbers of their chats. */
const LETTER_MEMORY_MS = 30 * 24 * 3600 * 1000

/** What people have uploaded: links to it end with it. */
const UPLOAD_MEMORY_MS = 24 * 3600 * 1000

/** Jobs that have ended, for whoever asks what became of them. */
const JOB_MEMORY_MS = 30 * 24 * 3600 * 1000

/** Versions of scripts that were replaced. A job that runs one may wait for 30 days at a time, and more than once. */
const VERSION_MEMORY_MS = 400 * 24 * 3600 * 1000

/** Links to the console that were used or have expired: whoever comes with one is told so. */
const LINK_MEMORY_MS = 24 * 3600 * 1000

/** The console shows five minutes. */
const TRAFFIC_MEMORY_MS = 10 * 60_000

const HOUR_MS = 3600 * 1000
/** A line's page shows a day. */
const HOURS_SHOWN = 26

/** Deletes what has had its time at `now`. Gives how many rows of each kind. */
export async function prune(
  store: Store,
  now: number,
  options: PruneOptions,
  signal?: AbortSignal,
): Promise<Record<string, number>> {
  const { dedupeMs, deadLetterMs, journalMs, clock } = options
  // After days of being off `now` is behind for a while.
  await mendClosing(store, Math.max(now, clock?.now() ?? 0))
  return {
    seenUpdates: await pruneTable(store, 'seen_update', now - dedupeMs, signal),
    seenSlots: await pruneMemory(store, now, dedupeMs, signal),
    requests: await pruneTable(store, 'request_seen', now - REQUEST_MEMORY_MS, signal),
    deadLetters: await pruneTable(store, 'dead_letter', now - deadLetterMs, signal),
    outbox: await pruneOutbox(store, now - OUTBOX_MEMORY_MS, signal),
    receipts: await pruneTable(store, 'outbox_receipt', now - OUTBOX_MEMORY_MS, signal),
    addresses: await pruneTable(store, 'retired_address', now - ADDRESS_MEMORY_MS, signal),
    traceItems: await pruneTable(store, 'trace_item', now - TRACE_MEMORY_MS, signal),
    lineMemory: await pruneTable(store, 'line_memory', now - OUTBOX_MEMORY_MS, signal),
    letters: await pruneTable(store, 'mailbox_letter', now - LETTER_MEMORY_MS, signal),
    mailboxes: await pruneTable(store, 'mailbox', now - LETTER_MEMORY_MS, signal),
    uploadPieces: await pruneTable(store, 'upload_piece', now - UPLOAD_MEMORY_MS, signal),
    uploads: await pruneTable(store, 'upload', now - UPLOAD_MEMORY_MS, signal),
    jobs: await pruneTable(store, 'job', now - JOB_MEMORY_MS, signal),
    commMessages: await pruneTable(store, 'comm_message', now - OUTBOX_MEMORY_MS, signal),
    scriptVersions: await pruneTable(store, 'script_version', now - VERSION_MEMORY_MS, signal),
    notifications: await pruneTasks(store, now - OUTBOX_MEMORY_MS, signal),
    consoleLinks: await pruneTable(store, 'console_link', now - LINK_MEMORY_MS, signal),
    consoleSessions: await pruneTable(store, 'console_session', now, signal),
    consoleTraffic: await pruneTable(store, 'console_traffic', now - TRAFFIC_MEMORY_MS, signal),
    consoleHours: await pruneTable(store, 'console_hour', now / HOUR_MS - HOURS_SHOWN, signal),
    voidEvents: await deleteVoidEvents(store, signal),
    ...(journalMs === undefined
      ? {}
      : { journal: await pruneJournal(store, now - journalMs, signal) }),
  }
}

/** Empties what remembers updates that have had their time. Gives how many slots. */
async function pruneMemory(
  store: Store,
  now: number,
  dedupeMs: number,
  signal?: AbortSignal,
): Promise<number> {
  let emptied = 0
  for (const ring of RINGS) {
    emptied += await emptySlots(store, ring, now - keptMs(ring, dedupeMs), signal)
  }
  return emptied
}

export function createPruneJob(store: Store, past: Past, options: PruneOptions): Job {
  return {
    name: 'prune',
    schedule: '*/5 * * * *',
    isForOneProcess: true,
    work: async (signal) => prune(store, await past.now(), options, signal),
  }
}
