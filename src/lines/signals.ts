import { Signal } from '../core/signal.ts'

/** Signals between the parts of one process. Other processes find the same things in the store, a little later; see Neighbours. */
export interface Signals {
  /** Lines have become due in the inbox. */
  readonly inboxDue: Signal
  /** Messages were queued for these lines, or, if none are named, lines may be sent for again. */
  readonly outboxDue: Signal<Iterable<number> | undefined>
  /** Another process of this machine has queued messages for these lines. */
  readonly outboxDueElsewhere: Signal<Iterable<number>>
  /** A letter was put into the mailbox. */
  readonly letterPut: Signal
  /** Another process of this machine has put one. */
  readonly letterPutElsewhere: Signal
  /** Something has happened on these lines that the communications follow, or, if none are named, on some. */
  readonly commDue: Signal<Iterable<number> | undefined>
  /** A commit's answer was lost: lines may be ours without our knowing. */
  readonly commitUncertain: Signal
}

export function createSignals(): Signals {
  return {
    inboxDue: new Signal(),
    outboxDue: new Signal(),
    outboxDueElsewhere: new Signal(),
    letterPut: new Signal(),
    letterPutElsewhere: new Signal(),
    commDue: new Signal(),
    commitUncertain: new Signal(),
  }
}
