import type { OutboundStatus } from './event.ts'

/** Whose line a step is of. */
export interface JournalLine {
  readonly lineId: number
  readonly portalId: string
}

/** An event or message as the journal finds it again. Never its text, never anybody's name. */
export interface JournalSubject {
  readonly chat?: string
  /** The channel's id. */
  readonly messageId?: string
}

/** A packet at its portal, whatever came of it. */
export interface PostedStep {
  readonly kind: 'posted'
  readonly packet: string
  /** Of the events in it. */
  readonly seqs: readonly number[]
  readonly ms: number
  readonly status?: number
  /** Why it failed, where there is no HTTP status. */
  readonly error?: string
  /** Those that the portal has taken. */
  readonly accepted: readonly number[]
  /** How many of these are no events of the channel but the hub's notices and statuses of messages. It is not kept. */
  readonly notices?: number
}

export interface TriedStep {
  readonly kind: 'tried'
  readonly out: number
  readonly chat: string
  readonly outcome: string
  /** The channel's, or one of the hub's own. */
  readonly code?: string
  /** The channel's words, without secrets. */
  readonly words?: string
  readonly ms: number
  /** When it is tried again. */
  readonly nextAt?: number
}

/**
 * Something that has become of messages. `seq` and `seqs` are numbers of events, `out` is one of a message to a channel
 * (core/ids.ts).
 */
export type JournalStep =
  /** Committed, `ms` after it came. */
  | ({
      readonly kind: 'received'
      readonly seq: number
      readonly ms: number
      /** Of a message to the channel. It is not kept. */
      readonly isStatus?: true
    } & JournalSubject)
  /** The channel has sent it again. */
  | ({ readonly kind: 'repeated' } & JournalSubject)
  | ({ readonly kind: 'ignored'; readonly reason: string } & JournalSubject)
  | PostedStep
  /** Taken by a confirmation that came later than the packet. */
  | { readonly kind: 'accepted'; readonly seqs: readonly number[] }
  | { readonly kind: 'dead'; readonly seqs: readonly number[]; readonly reason: string }
  | { readonly kind: 'replayed'; readonly seqs: readonly number[] }
  | ({ readonly kind: 'queued'; readonly out: number; readonly key?: string } & JournalSubject)
  | TriedStep
  | {
      readonly kind: 'status'
      readonly out: number
      readonly status: OutboundStatus
      readonly chat?: string
      readonly messageIds: readonly string[]
      readonly code?: string
    }

/**
 * Where the rooms on a message's way say what became of it. It costs them a push to a list: nothing is awaited, nothing can
 * fail, and what there is no room for is dropped.
 */
export interface Journal {
  note(line: JournalLine, step: JournalStep): void
}

/** For HUB_JOURNAL_DAYS=0. */
export const NO_JOURNAL: Journal = { note: () => undefined }
