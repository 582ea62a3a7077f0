import { given } from '../core/given.ts'
import { CONTROL_TYPE } from '../core/inbox.ts'
import { readStored } from '../core/stored-event.ts'
import type { DatedStep } from '../db/journal/codec.ts'
import type { HeldEvent, HeldMessage } from '../db/journal/queues.ts'

/**
 * What the queues know beyond the journal's steps: it may be switched off, may have had no room, and a few things it is not
 * told. Queues know the beginning and the present state, and nothing of what was in between.
 */

/** How long it took to commit, where nobody noted it: not shown. */
const UNKNOWN_MS = -1

/** The steps, with those that the event in the inbox or the dead letters adds. */
export function withHeldEvent(
  steps: readonly DatedStep[],
  held: HeldEvent | undefined,
): DatedStep[] {
  if (!held) return [...steps]
  const all = [...steps]
  if (!all.some(({ kind }) => kind === 'received')) all.unshift(receivedStep(held))
  const last = all.findLast(({ kind }) => kind === 'dead' || kind === 'replayed')
  if (held.dead && last?.kind !== 'dead') {
    const { at, reason } = held.dead
    all.push({ kind: 'dead', at, seqs: [held.seq], reason })
  }
  return all
}

function receivedStep(held: HeldEvent): DatedStep {
  const { seq, createdAt: at } = held
  return { kind: 'received', at, seq, ms: UNKNOWN_MS, ...subjectOf(held) }
}

/** Chat and message of a stored event, as far as it has them. */
export function subjectOf(event: Pick<HeldEvent, 'type' | 'payload'>): {
  chat?: string
  messageId?: string
} {
  if (event.type === CONTROL_TYPE) return {}
  const read = readStored(event)
  const messageId = 'message' in read ? read.message?.id : undefined
  return given({ chat: read.chat?.id, messageId })
}

/** The same for a message to a channel. */
export function withHeldMessage(
  steps: readonly DatedStep[],
  held: HeldMessage | undefined,
): DatedStep[] {
  if (!held) return [...steps]
  const { seq: out, chatId: chat, createdAt, key } = held
  const all = [...steps]
  if (!all.some(({ kind }) => kind === 'queued')) {
    all.unshift({ kind: 'queued', at: createdAt, out, chat, ...given({ key }) })
  }
  const known = new Set(all.flatMap((step) => (step.kind === 'status' ? [step.status] : [])))
  const { state, updatedAt, sentAt, error } = held
  const messageIds = held.parts.flat()
  const add = (status: 'sent' | 'delivered' | 'read' | 'failed', at: number): void => {
    if (known.has(status)) return
    all.push({ kind: 'status', at, out, status, messageIds, ...given({ code: error?.code }) })
  }
  if (sentAt !== undefined && state !== 'failed') add('sent', sentAt)
  const isEnded = state === 'delivered' || state === 'read' || state === 'failed'
  const hasFailed = state === 'failed' && known.has('noAccount')
  if (isEnded && !hasFailed) add(state, updatedAt)
  return all
}
