import type { OutboundStatus } from '../../core/event.ts'
import { parseNumberedId } from '../../core/ids.ts'
import type { Recipient } from '../../core/recipient.ts'
import { type OutboxState, raiseState } from '../../core/statuses.ts'
import { type CommEvent, deleteCommEvents, readCommEvents } from '../../db/communications/events.ts'
import { type Job, readBegunJobs, resumeWithReply } from '../../db/communications/jobs.ts'
import { closeDialogs, noteDialog, readLeadsByChat } from '../../db/communications/leads.ts'
import {
  type CommMessage,
  raiseCommMessage,
  readCommMessages,
  type SentMessage,
} from '../../db/communications/messages.ts'
import { readOptOuts } from '../../db/communications/opt-outs.ts'
import type { RunCounts } from '../../db/communications/runs.ts'
import type { Store } from '../../db/engine/store.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { Progress } from '../script/machine-types.ts'
import type { AfterCommit, HeldLine, LineWork } from './line-run.ts'
import { plainTextOf } from './plain-text.ts'
import { asObject, type Plan } from './plan.ts'
import { type Occurrence, TriggerBook } from './trigger-book.ts'

/** Something that notifications may wait for, in the order in which it happened. */
export type Happening =
  /** A message that was sent for one of them has come further. */
  | { readonly kind: 'status'; readonly message: CommMessage; readonly event: CommEvent }
  /** The person has written. */
  | { readonly kind: 'wrote'; readonly lead: Recipient }
  | { readonly kind: 'closed'; readonly lead: Recipient }

/** What notifications do when something happens in their chats. */
export interface TaskWatcher {
  took(plan: Plan, held: HeldLine, happenings: readonly Happening[]): Promise<void>
}

export interface EventWorkDeps {
  readonly store: Store
  readonly sandbox: Sandbox
  readonly tasks: TaskWatcher
}

const MAX_EVENTS = 200
const UNSUBSCRIBED = 'unsubscribed'
/** Words by which people leave are short. */
const MAX_WORD = 64

/** Looks at what has happened on a line: who is answered, what is started, and how far messages have come. */
export class EventWork implements LineWork {
  readonly #deps: EventWorkDeps

  constructor(deps: EventWorkDeps) {
    this.#deps = deps
  }

  async plan(plan: Plan, held: HeldLine): Promise<AfterCommit | undefined> {
    const { store } = this.#deps
    const lineId = held.active.record.id
    const events = await readCommEvents(store, lineId, MAX_EVENTS)
    if (events.length === 0) return undefined
    const chatIds = events.flatMap(({ chatId }) => (chatId === undefined ? [] : [chatId]))
    const leads = await readLeadsByChat(store, lineId, chatIds)
    const begun = await readBegunJobs(
      store,
      [...leads.values()].map(({ lead }) => lead),
    )
    const batch = new Batch(this.#deps, plan, held, { leads, begun })
    await batch.readStatuses(events)
    for (const event of events) batch.take(event)
    await batch.finish()
    plan.addLast(...deleteCommEvents(events.map(({ id }) => id)))
    return () => undefined
  }
}

/** One look's events, in order. */
class Batch {
  readonly #deps: EventWorkDeps
  readonly #plan: Plan
  readonly #held: HeldLine
  readonly #leads: Map<string, Recipient>
  readonly #waiting: Map<number, Job>
  readonly #occurrences: Occurrence[] = []
  readonly #happenings: Happening[] = []
  readonly #words = new Map<number, string[]>()
  #messages = new Map<number, SentMessage>()

  constructor(
    deps: EventWorkDeps,
    plan: Plan,
    held: HeldLine,
    { leads, begun }: { readonly leads: Map<string, Recipient>; readonly begun: readonly Job[] },
  ) {
    this.#deps = deps
    this.#plan = plan
    this.#held = held
    this.#leads = leads
    this.#waiting = new Map(
      begun.flatMap((job) =>
        job.lead !== undefined && waitsForReply(job) ? [[job.lead, job]] : [],
      ),
    )
  }

  async readStatuses(events: readonly CommEvent[]): Promise<void> {
    const seqs = events.flatMap((event) => {
      const seq = isStatus(event) ? seqOf(event) : undefined
      return seq === undefined ? [] : [seq]
    })
    this.#messages = await readCommMessages(this.#deps.store, this.#held.active.record.id, seqs)
  }

  take(event: CommEvent): void {
    if (isStatus(event)) this.#takeStatus(event)
    if (event.type === LOST) return
    const lead = event.chatId === undefined ? undefined : this.#leads.get(event.chatId)
    if (!lead) return
    switch (event.type) {
      case 'message.new':
        this.#takeMessage(event, lead)
        break
      case 'button': {
        const { text, payload } = event.payload
        const { format } = this.#held.active.portal
        this.#answer(lead, plainTextOf(text, format) || plainTextOf(payload, format))
        this.#occur(lead, event, [event.type])
        break
      }
      case 'operator.message':
      case 'dialog.open':
        this.#openDialog(event, lead, false)
        break
      case 'dialog.close':
        this.#closeDialog(lead)
        break
      case 'tag.added': {
        const tags = event.payload['tags']
        if (Array.isArray(tags)) for (const tag of tags) this.#occur(lead, event, [`tag:${tag}`])
        break
      }
      default:
        if (!this.#isOfTrigger(event)) this.#occur(lead, event, [event.type])
    }
  }

  /** What becomes of a trigger's message starts none: one that sends something on each status would never end. */
  #isOfTrigger(event: CommEvent): boolean {
    const seq = isStatus(event) ? seqOf(event) : undefined
    return seq !== undefined && this.#messages.get(seq)?.isOfTrigger === true
  }

  async finish(): Promise<void> {
    if (this.#happenings.length > 0) {
      await this.#deps.tasks.took(this.#plan, this.#held, this.#happenings)
    }
    await this.#leaveBroadcasts()
    const book = new TriggerBook(this.#deps)
    await book.fire(this.#plan, this.#held, this.#occurrences)
  }

  #takeMessage(event: CommEvent, lead: Recipient): void {
    const message = asObject(event.payload['message'])
    const isOfPerson = message['outgoing'] !== true
    const isFirst = isOfPerson && isFirstMessage(lead, event)
    this.#openDialog(event, lead, isOfPerson)
    if (!isOfPerson) return
    const text = plainTextOf(message['text'], this.#held.active.portal.format)
    const word = text.trim().toLowerCase()
    if (word !== '' && word.length <= MAX_WORD) {
      this.#words.set(lead.lead, [...(this.#words.get(lead.lead) ?? []), word])
    }
    this.#answer(lead, text)
    this.#happenings.push({ kind: 'wrote', lead })
    const keys = [event.type, `text:${word}`, ...(isFirst ? ['first'] : [])]
    this.#occur(this.#leads.get(lead.chatId) ?? lead, event, keys)
  }

  #answer(lead: Recipient, text: string): void {
    const job = this.#waiting.get(lead.lead)
    if (!job) return
    this.#waiting.delete(lead.lead)
    this.#plan.add(resumeWithReply(job, text, this.#held.now))
  }

  #openDialog(event: CommEvent, lead: Recipient, isOfPerson: boolean): void {
    this.#plan.add(noteDialog(lead.lead, { at: event.createdAt, hasWritten: isOfPerson }))
    const open = {
      ...lead,
      isDialogOpen: true,
      hasWritten: lead.hasWritten || isOfPerson,
      dialogAt: Math.max(lead.dialogAt ?? 0, event.createdAt),
    }
    this.#leads.set(lead.chatId, open)
    if (!lead.isDialogOpen)
      this.#occur(open, dialogEvent('dialog.opened', lead, event.createdAt), ['dialog.opened'])
  }

  #closeDialog(lead: Recipient): void {
    if (!lead.isDialogOpen) return
    const closed = { ...lead, isDialogOpen: false }
    this.#leads.set(lead.chatId, closed)
    this.#plan.add(...closeDialogs([lead.lead]))
    this.#occur(closed, dialogEvent('dialog.closed', lead, this.#held.now), ['dialog.closed'])
    this.#happenings.push({ kind: 'closed', lead: closed })
  }

  #occur(
    lead: Recipient,
    event: Pick<CommEvent, 'type' | 'payload'>,
    keys: readonly string[],
  ): void {
    this.#occurrences.push({ lead, event: { type: event.type, ...event.payload }, keys })
  }

  #takeStatus(event: CommEvent): void {
    const seq = seqOf(event)
    const message = seq === undefined ? undefined : this.#messages.get(seq)
    if (!message) return
    const state = raiseState(message.state, event.payload['status'] as OutboundStatus)
    if (message.taskId !== undefined) {
      this.#happenings.push({ kind: 'status', message, event })
    }
    if (!state) return
    this.#messages.set(message.seq, { ...message, state })
    this.#plan.add(raiseCommMessage(message.lineId, message.seq, state))
    if (!message.isCounted || message.runId === undefined) return
    this.#plan.count(message.runId, countOf(message.state, {}), countOf(state, event.payload))
  }

  /** Whoever answers a broadcast with one of its words wants no more of them. */
  async #leaveBroadcasts(): Promise<void> {
    if (this.#words.size === 0) return
    const { id } = this.#held.active.record
    const optOuts = await readOptOuts(this.#deps.store, id, [...this.#words.keys()])
    for (const [lead, words] of this.#words) {
      const isLeaving = words.some((word) => optOuts.get(lead)?.has(word))
      if (!isLeaving) continue
      const known = [...this.#leads.values()].find((one) => one.lead === lead)
      if (!known || known.tags.includes(UNSUBSCRIBED)) continue
      this.#plan.change(lead, { addTags: [UNSUBSCRIBED] })
      this.#occur(known, { type: `tag:${UNSUBSCRIBED}`, payload: {} }, [`tag:${UNSUBSCRIBED}`])
    }
  }
}

/**
 * The recipient's row may hold the instant of this very message already: it is that of the commit, as the event's is. An earlier
 * one is of a message from before the line was followed.
 */
function isFirstMessage(
  { hasWritten, firstMessageAt }: Recipient,
  { createdAt }: CommEvent,
): boolean {
  return !hasWritten && (firstMessageAt === undefined || firstMessageAt >= createdAt)
}

export function dialogEvent(
  type: 'dialog.opened' | 'dialog.closed',
  lead: Recipient,
  at: number,
): Pick<CommEvent, 'type' | 'payload'> {
  return { type, payload: { at: new Date(at).toISOString(), chat: { id: lead.chatId } } }
}

/** A message of the hub's that will never be sent, for its line was disconnected: db/inbox/followed.ts. */
const LOST = 'message.lost'

/** `message.confirmed` and `message.lost` are no events of the portal's: db/inbox/followed.ts. */
function isStatus({ type }: CommEvent): boolean {
  return type === 'message.status' || type === 'message.confirmed' || type === LOST
}

function seqOf({ type, seq, payload }: CommEvent): number | undefined {
  if (type === LOST) return seq
  const out = payload['out']
  return typeof out === 'string' ? parseNumberedId('out_', out)?.seq : undefined
}

function waitsForReply(job: Job): boolean {
  if (job.state !== 'waiting' || job.progress === undefined) return false
  return (JSON.parse(job.progress) as Progress).wait?.kind === 'reply'
}

/** Under what the recipient of a message is counted in its run. */
function countOf(state: OutboxState, event: CommEvent['payload']): keyof RunCounts {
  if (state === 'sending') return 'queued'
  if (state !== 'failed') return state
  return asObject(event['error'])['code'] === 'outside_window' ? 'outsideWindow' : 'failed'
}
