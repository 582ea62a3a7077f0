import { type Recipient, type RecipientChange, RecipientFullError } from '../../core/recipient.ts'
import type { NewEvent } from '../../core/stored-event.ts'
import type { Finish, Statement, StatementRunner } from '../engine/short-transaction.ts'
import { lockRows, marks } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'
import { prepareAppend } from '../inbox/append.ts'
import { type NewOutboxMessage, prepareEnqueue } from '../outbox/enqueue.ts'
import { changeRecipient } from '../recipients/rows.ts'
import { lockLeads } from './leads.ts'
import { turnLines } from './lines.ts'
import { type CommMessage, insertCommMessages } from './messages.ts'

/** A message to the outbox, and what it is sent for. */
export interface PlannedMessage {
  readonly message: NewOutboxMessage
  readonly link: Omit<CommMessage, 'lineId' | 'seq' | 'state'>
}

/** What a line's work comes to: all of it is committed, or none. */
export interface LinePlan {
  readonly lineId: number
  /** The process's, under which it holds the line. */
  readonly token: string
  /** The line's turn, read before anything else that it was planned from. */
  readonly turn: number
  readonly messages: readonly PlannedMessage[]
  /** For the portal. */
  readonly events: readonly NewEvent[]
  readonly changes: readonly { readonly lead: number; readonly change: RecipientChange }[]
  readonly statements: readonly Statement[]
}

/**
 * `lost`: the line isn't held any more, somebody else works on it. `refused`: it isn't connected any more. `stale`: it was planned
 * from what isn't so any more, for somebody has stopped a job or a run, or an earlier try of this very commit has come through
 * unheard: plan anew. Of all three nothing was written.
 */
export type PlanOutcome =
  /** `seqs`: the numbers of its messages in the outbox, in order. */
  { readonly kind: 'done'; readonly seqs: readonly number[] } | { readonly kind: Dropped }

type Dropped = 'lost' | 'refused' | 'stale'

class PlanDroppedError extends Error {
  override name = 'PlanDroppedError'
  readonly outcome: Dropped
  constructor(outcome: Dropped) {
    super(`a line's work can't be committed: ${outcome}`)
    this.outcome = outcome
  }
}

/**
 * Commits the work of many lines together: what is sent, told, changed and scheduled, with where its jobs now stand. That is what
 * makes a step happen once, wherever the process is killed.
 */
export async function commitPlans(
  store: Store,
  plans: readonly LinePlan[],
  now: number,
): Promise<PlanOutcome[]> {
  try {
    return await store.shortTransaction((runner) => prepare(runner, plans, now), {
      failsWhenLocked: true,
    })
  } catch (error) {
    if (!(error instanceof PlanDroppedError)) throw error
    if (plans.length === 1) return [{ kind: error.outcome }]
    const outcomes: PlanOutcome[] = []
    for (const plan of plans) outcomes.push(...(await commitPlans(store, [plan], now)))
    return outcomes
  }
}

/** Rows are locked in the order of all queues: outbox, inbox, communications, recipients. */
async function prepare(
  runner: StatementRunner,
  plans: readonly LinePlan[],
  now: number,
): Promise<Finish<PlanOutcome[]>> {
  const messages = plans.flatMap((plan) => plan.messages)
  const updates = plans.flatMap(({ lineId, events }) =>
    events.length > 0 ? [{ lineId, events }] : [],
  )
  const enqueue =
    messages.length > 0
      ? await prepareEnqueue(
          runner,
          messages.map(({ message }) => message),
          now,
        )
      : undefined
  const links = messages.map(({ message: { lineId }, link }, index) => {
    const outcome = enqueue?.value[index]
    if (outcome?.kind !== 'queued') throw new PlanDroppedError('refused')
    return { ...link, lineId, seq: outcome.seq }
  })
  const append =
    updates.length > 0 ? await prepareAppend(runner, updates, undefined, now) : undefined
  const turned = await takeTurns(runner, plans)
  const changes = await prepareChanges(runner, plans)
  const statements = [
    turned,
    ...(enqueue?.statements ?? []),
    ...(append?.statements ?? []),
    ...insertCommMessages(links, now),
    ...changes,
    ...plans.flatMap((plan) => plan.statements),
  ]
  return { statements, value: toOutcomes(plans, links) }
}

function toOutcomes(
  plans: readonly LinePlan[],
  links: readonly { readonly seq: number }[],
): PlanOutcome[] {
  let from = 0
  return plans.map(({ messages: { length } }) => {
    from += length
    return { kind: 'done', seqs: links.slice(from - length, from).map(({ seq }) => seq) }
  })
}

/**
 * Locks the lines and checks that the plans still hold. Without the turn a commit that was made but not heard of would be repeated
 * as a whole, and what was sent be sent twice; and a job would go on that somebody has cancelled since it was planned.
 */
async function takeTurns(runner: StatementRunner, plans: readonly LinePlan[]): Promise<Statement> {
  const ids = [...new Set(plans.map(({ lineId }) => lineId))].sort((a, b) => a - b)
  const [locked] = await runner.batch([
    {
      sql: lockRows(
        runner,
        `SELECT line_id, owner, turn FROM comm_line WHERE line_id IN ${marks(ids.length)} ORDER BY line_id`,
      ),
      bindings: ids,
    },
  ])
  const rows = new Map(((locked?.rows ?? []) as TurnRow[]).map((row) => [row.line_id, row]))
  for (const { lineId, token, turn } of plans) {
    const row = rows.get(lineId)
    if (row?.owner !== token) throw new PlanDroppedError('lost')
    if (row.turn !== turn) throw new PlanDroppedError('stale')
  }
  return turnLines(ids)
}

interface TurnRow {
  line_id: number
  owner: string | null
  turn: number
}

/** What the portal has changed of a recipient meanwhile stays: a plan's changes are made to the row as it is now. */
async function prepareChanges(
  runner: StatementRunner,
  plans: readonly LinePlan[],
): Promise<Statement[]> {
  const changes = plans.flatMap((plan) => plan.changes)
  if (changes.length === 0) return []
  const rows = await lockLeads(
    runner,
    changes.map(({ lead }) => lead),
  )
  const statements: Statement[] = []
  for (const { lead, change } of changes) {
    const row = rows.get(lead)
    if (!row) continue
    const changed = tryToChange(row, change)
    if (!changed) continue
    rows.set(lead, changed.recipient)
    statements.push(...changed.statements)
  }
  return statements
}

/** The machine has checked that it fits; where the portal has filled the recipient up since then, the portal's word stands. */
function tryToChange(
  row: Recipient,
  change: RecipientChange,
): ReturnType<typeof changeRecipient> | undefined {
  try {
    return changeRecipient(row, change)
  } catch (error) {
    if (error instanceof RecipientFullError) return undefined
    throw error
  }
}
