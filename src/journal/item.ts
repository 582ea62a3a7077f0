import { given } from '../core/given.ts'
import { eventId, outId } from '../core/ids.ts'
import type { DatedStep } from '../db/journal/codec.ts'
import type { NamedLine } from '../db/journal/read.ts'

/** One step as it is shown; instants are ISO 8601 UTC with milliseconds. */
export interface ShownStep {
  readonly at: string
  readonly step:
    | 'received'
    | 'repeated'
    | 'ignored'
    | 'attempt'
    | 'accepted'
    | 'dead'
    | 'replayed'
    | 'queued'
    | 'sent'
    | 'delivered'
    | 'read'
    | 'failed'
  /** `received`: until it was committed. `attempt`: until the answer. */
  readonly ms?: number
  /** The packet of an attempt at the portal. */
  readonly packet?: string
  /** HTTP, of the portal's answer. */
  readonly status?: number
  /** Why an attempt at the portal got no answer. */
  readonly error?: string
  readonly reason?: string
  /** Of an attempt at the channel: `sent`, `retry`, `pause`, `reject`, `release`. */
  readonly outcome?: string
  readonly code?: string
  /** The channel's words. */
  readonly message?: string
  readonly nextAt?: string
  readonly messageIds?: readonly string[]
}

/** What became of one event or message (findMessage). */
export interface JournalItem {
  readonly connector: string
  readonly line: string
  readonly direction: 'in' | 'out'
  readonly evt?: string
  readonly out?: string
  /** Absent where nothing that is left of it names the chat. */
  readonly chat?: { readonly id: string }
  readonly messageIds?: readonly string[]
  readonly steps: readonly ShownStep[]
}

/** The event or message of a line that an item is about. Without a number: what the hub has kept no event of. */
export interface Target {
  readonly lineId: number
  readonly direction: 'in' | 'out'
  readonly seq?: number
}

/** Most channels need one id for a message. */
const MAX_IDS = 50

const iso = (at: number): string => new Date(at).toISOString()

/** `steps` are those of the target alone, in the order of time. */
export function toItem(
  { connector, externalId }: NamedLine,
  { lineId, direction, seq }: Target,
  steps: readonly DatedStep[],
): JournalItem {
  const isIn = direction === 'in'
  const chat = steps.map(chatOf).find((id) => id !== undefined)
  return {
    connector,
    line: externalId,
    direction,
    ...(seq === undefined
      ? {}
      : isIn
        ? { evt: eventId(lineId, seq) }
        : { out: outId(lineId, seq) }),
    ...(chat === undefined ? {} : { chat: { id: chat } }),
    ...withIds(messageIdsOf(steps)),
    steps: steps.flatMap((step) => toShown(step, seq)),
  }
}

export function messageIdsOf(steps: readonly DatedStep[]): string[] {
  const ids = steps.flatMap((step) => {
    if (step.kind === 'status') return [...step.messageIds]
    return 'messageId' in step && step.messageId !== undefined ? [step.messageId] : []
  })
  return [...new Set(ids)].slice(0, MAX_IDS)
}

export function chatOf(step: DatedStep): string | undefined {
  return 'chat' in step ? step.chat : undefined
}

function withIds(ids: readonly string[]): { messageIds?: readonly string[] } {
  return ids.length > 0 ? { messageIds: ids } : {}
}

function toShown(step: DatedStep, seq: number | undefined): ShownStep[] {
  const at = iso(step.at)
  switch (step.kind) {
    case 'received':
      return [{ at, step: 'received', ...(step.ms >= 0 ? { ms: step.ms } : {}) }]
    case 'ignored':
    case 'dead':
      return [{ at, step: step.kind, reason: step.reason }]
    case 'posted': {
      const { packet, status, error, ms, accepted } = step
      const attempt = { at, step: 'attempt' as const, packet, ...given({ status, error }), ms }
      const isTaken = seq !== undefined && accepted.includes(seq)
      return isTaken ? [attempt, { at, step: 'accepted' }] : [attempt]
    }
    case 'tried': {
      const { outcome, code, words, ms, nextAt } = step
      const next = nextAt === undefined ? undefined : iso(nextAt)
      return [
        {
          at,
          step: 'attempt',
          outcome,
          ...given({ code, message: words }),
          ms,
          ...given({ nextAt: next }),
        },
      ]
    }
    case 'status':
      return [toShownStatus(step, at)]
    default:
      return [{ at, step: step.kind }]
  }
}

function toShownStatus(
  { status, messageIds, code }: Extract<DatedStep, { kind: 'status' }>,
  at: string,
): ShownStep {
  if (status === 'noAccount' || status === 'failed') {
    return { at, step: 'failed', ...given({ code: code ?? (status === 'noAccount' && status) }) }
  }
  return { at, step: status, ...(status === 'sent' ? withIds(messageIds) : {}) }
}
