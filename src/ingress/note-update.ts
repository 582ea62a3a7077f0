import type { InboundEvent } from '../core/event.ts'
import { FIELD_LIMITS, fitId } from '../core/field-limits.ts'
import { given } from '../core/given.ts'
import { parseNumberedId } from '../core/ids.ts'
import type { Journal, JournalLine, JournalSubject } from '../core/journal.ts'
import type { ChatSighting } from '../core/recipient.ts'
import { type NewEvent, type RenderedStatus, readStored } from '../core/stored-event.ts'
import type { AppendOutcome } from '../db/inbox/append.ts'

const STATUS = 'message.status'
/** Of one status of a channel. */
const MAX_IDS = 50

/** An event as the channel's connector read it, and as it was given to the store. */
export interface RenderedPair {
  readonly event: InboundEvent
  readonly rendered: NewEvent
  /** The chat of one person that it shows. */
  readonly sighting?: ChatSighting | undefined
}

/** A stored event, as far as the journal and the log name it. */
export type NamedEvent = JournalSubject & { readonly seq: number; readonly type: string }

/** Which chats and messages the stored events are about: in their order, typing and the like left out on the way. */
export function nameStored(
  pairs: readonly RenderedPair[],
  stored: readonly (NewEvent & { readonly seq: number })[],
): NamedEvent[] {
  let next = 0
  return stored.map((event) => {
    const { seq, type } = event
    // The store makes its own of statuses: one for each message that they are about.
    if (type === STATUS) return { seq, type, ...given({ chat: statusOf(event).chat?.id }) }
    while (next < pairs.length && pairs[next]?.rendered.payload !== event.payload) next += 1
    const pair = pairs[next++]
    return { seq, type, ...(pair ? subjectOf(pair.event) : {}) }
  })
}

/** Notes what became of an update of a channel. `ms`: from its arrival to its commit. */
export function noteUpdate(
  journal: Journal,
  line: JournalLine,
  pairs: readonly RenderedPair[],
  { outcome, named, ms }: { outcome: AppendOutcome; named: readonly NamedEvent[]; ms: number },
): void {
  if (outcome.kind === 'duplicate') {
    for (const { event } of pairs) {
      const subject = subjectOf(event)
      if (event.type !== STATUS && subject.messageId !== undefined) {
        journal.note(line, { kind: 'repeated', ...subject })
      }
    }
  }
  if (outcome.kind !== 'appended') return
  for (const { type, ...event } of named) {
    const isStatus = type === STATUS ? ({ isStatus: true } as const) : {}
    journal.note(line, { kind: 'received', ...event, ms, ...isStatus })
  }
  for (const event of outcome.stored) {
    if (event.type === STATUS) noteStatus(journal, line, statusOf(event))
  }
  if (pairs.some(isOutgoing)) noteEchoes(journal, line, pairs, outcome.stored)
}

/** The update held nothing for the portal; some channels' own messages can be told all the same. */
export function noteIgnored(
  journal: Journal,
  line: JournalLine,
  about: JournalSubject | undefined,
  reason: string,
): void {
  if (about?.messageId === undefined) return
  const { chat, messageId } = about
  journal.note(line, {
    kind: 'ignored',
    messageId: fitId(messageId, FIELD_LIMITS.messageId),
    ...(chat === undefined ? {} : { chat: fitId(chat, FIELD_LIMITS.chatId) }),
    reason,
  })
}

function noteStatus(journal: Journal, line: JournalLine, status: RenderedStatus): void {
  const out = status.out === undefined ? undefined : parseNumberedId('out_', status.out)
  if (out?.lineId !== line.lineId) return
  journal.note(line, {
    kind: 'status',
    out: out.seq,
    status: status.status,
    messageIds: status.messageIds.slice(0, MAX_IDS),
    ...given({ chat: status.chat?.id, code: status.error?.code }),
  })
}

/** Messages of the channel's own account that went through the hub: the commit has left them out. */
function noteEchoes(
  journal: Journal,
  line: JournalLine,
  pairs: readonly RenderedPair[],
  stored: readonly NewEvent[],
): void {
  const kept = new Set(stored.map(({ payload }) => payload))
  for (const pair of pairs) {
    if (!isOutgoing(pair) || kept.has(pair.rendered.payload)) continue
    const reason = 'an echo of what the hub has sent'
    journal.note(line, { kind: 'ignored', ...subjectOf(pair.event), reason })
  }
}

function isOutgoing({ event }: RenderedPair): boolean {
  return event.type === 'message.new' && event.message.outgoing === true
}

function statusOf(event: NewEvent): RenderedStatus {
  return readStored(event) as RenderedStatus
}

function subjectOf(event: InboundEvent): JournalSubject {
  const messageId = 'message' in event ? event.message?.id : undefined
  return given({ chat: event.chat?.id, messageId })
}
