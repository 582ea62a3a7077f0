import { runGroups } from '../engine/pieces.ts'
import type { Finish, StatementRunner } from '../engine/short-transaction.ts'
import type { Store } from '../engine/store.ts'
import {
  type AppendOutcome,
  type AppendRow,
  appendUpdates,
  lockLines,
  planAppend,
} from './append.ts'
import { LEASE_COLUMNS, type LeaseRow } from './leases.ts'
import type { NewUpdate } from './new-update.ts'
import { type MemoryView, SeenMemory } from './seen-memory.ts'
import { SeenUpdates } from './seen-updates.ts'
import {
  type AwaitedRow,
  type Burial,
  planSettle,
  type Settlement,
  type SettleOutcome,
  selectAwaited,
  settleLines,
} from './settle.ts'

/** What goes into one transaction. */
export interface InboxCommit {
  readonly updates: readonly NewUpdate[]
  /** Whose token idle lines with new events are leased to. */
  readonly claimFor: string | undefined
  /** At most one of a line, of attempts that were made under `token`. */
  readonly settlements: readonly Settlement[]
  readonly token: string
  readonly burial: Burial
}

export interface InboxOutcomes {
  readonly appended: readonly AppendOutcome[]
  readonly settled: readonly SettleOutcome[]
}

/**
 * Appends and settles in one transaction, as if the updates had come just before the portals answered: a settlement sees the
 * events that are appended with it. Throws as `appendUpdates` and `settleLines`.
 */
export async function commitInbox(
  store: Store,
  commit: InboxCommit,
  now: number,
  memory = new SeenMemory(store, { now: () => now }),
): Promise<InboxOutcomes> {
  const { updates, claimFor, settlements, token, burial } = commit
  if (settlements.length === 0) {
    const isEmpty = updates.length === 0
    return {
      appended: isEmpty ? [] : await appendUpdates(store, updates, claimFor, now, memory),
      settled: [],
    }
  }
  if (updates.length === 0) {
    return { appended: [], settled: await settleLines(store, token, settlements, now, burial) }
  }
  const isRepeatable = updates.every((update) => update.hash !== undefined)
  return await memory.during((view) =>
    store.shortTransaction((runner) => prepareCommit(runner, commit, now, view), {
      isRepeatable,
      failsWhenLocked: true,
    }),
  )
}

type Row = AppendRow & LeaseRow

async function prepareCommit(
  runner: StatementRunner,
  { updates, claimFor, settlements, token, burial }: InboxCommit,
  now: number,
  view: MemoryView,
): Promise<Finish<InboxOutcomes>> {
  const seen = new SeenUpdates(runner, updates, view)
  const ids = [...updates, ...settlements].map(({ lineId }) => lineId)
  const [locked, awaited, ...known] = await runGroups(runner, [
    lockLines(runner, ids, `${LEASE_COLUMNS}, epoch, heard_seq, due_at, owner, is_followed`),
    selectAwaited(settlements),
    ...seen.statements(),
  ])
  const rows = new Map(((locked?.rows ?? []) as Row[]).map((row) => [row.line_id, row]))
  // Before the updates are added: they may lease lines that were let go.
  const held = new Map(
    settlements.flatMap(({ lineId, lease }) => {
      const row = rows.get(lineId)
      return row?.owner === token && row.lease === lease ? [[lineId, row] as const] : []
    }),
  )
  await seen.check(runner, known)
  const append = await planAppend(runner, updates, { seen, rows, claimFor }, now)
  const open = (awaited?.rows ?? []) as AwaitedRow[]
  const settle = planSettle(runner, settlements, { token, held, open, burial }, now)
  return {
    statements: [...append.statements, ...settle.statements],
    value: { appended: append.value, settled: settle.value },
  }
}
