import { type Recipient, type RecipientChange, RecipientFullError } from '../../core/recipient.ts'
import type { NewEvent } from '../../core/stored-event.ts'
import type { Finish, Statement, StatementRunner } from '../engine/short-transaction.ts'
import { lockRows, marks } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'
import { prepareAppend } from '../inbox/append.ts'
import { type NewOutboxMessage, prepareEnqueue } from '../outbox/enqueue.ts'
import { changeRecipient } from '../recipients/rows.ts'
import { lockLeads } from './leads.ts'
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
  readonly messages: readonly PlannedMessage[]
  /** For the portal. */
  readonly events: readonly NewEvent[]
  readonly changes: readonly { readonly lead: number; readonly change: RecipientChange }[]
  readonly statements: readonly Statement[]
}

/**
 * `lost`: the line isn't held any more, somebody else works on it. `refused`: it isn't connected any more. Of both nothing was
 * written.
 */
export type PlanOutcome =
  /** `seqs`: the numbers of its messages in the outbox, in order. */
  | { readonly kind: 'done'; readonly seqs: readonly number[] }
  | { readonly kind: 'lost' | 'refused' }

class PlanDroppedError extends Error {
  override name = 'PlanDroppedError'
  readonly outcome: 'lost' | 'refused'
  constructor(outcome: 'lost' | 'refused') {
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
  await requireHeld(runner, plans)
  const changes = await prepareChanges(runner, plans)
  const statements = [
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

async function requireHeld(runner: StatementRunner, plans: readonly LinePlan[]): Promise<void> {
  const ids = [...new Set(plans.map(({ lineId }) => lineId))].sort((a, b) => a - b)
  const [locked] = await runner.batch([
    {
      sql: lockRows(
        runner,
        `SELECT line_id, owner FROM comm_line WHERE line_id IN ${marks(ids.length)} ORDER BY line_id`,
      ),
      bindings: ids,
    },
  ])
  const rows = (locked?.rows ?? []) as { line_id: number; owner: string | null }[]
  const owners = new Map(rows.map(({ line_id: id, owner }) => [id, owner]))
  if (plans.some(({ lineId, token }) => owners.get(lineId) !== token)) {
    throw new PlanDroppedError('lost')
  }
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
