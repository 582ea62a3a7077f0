/**
 * What rooms count as they work, for `/metrics`. Absent where nobody may look. Every call costs a look into a map and an
 * addition: they stand on the path of each message. Words that aren't in the meter's vocabulary count as `other`, so that
 * nothing that came from outside can become a label.
 */
export interface Meters
  extends IngressMeter,
    PacketMeter,
    BurialMeter,
    SendMeter,
    ChannelMeter,
    StoreMeter,
    JobMeter {}

export interface IngressMeter {
  /** A request to the webhook was answered: with a class of statuses (`2xx`) or a code of the hub's. */
  webhookAnswered(connector: string | undefined, answer: string): void
  /** An update was committed so long after it came. */
  updateCommitted(connector: string, ms: number): void
  /** An event was put into the inbox. */
  eventStored(connector: string, type: string): void
}

export type PacketOutcome =
  | 'accepted'
  | 'partial'
  | 'later'
  | 'refused'
  | 'unreachable'
  | 'gone'
  | 'aborted'

export interface PacketMeter {
  packetPosted(outcome: PacketOutcome, ms: number): void
}

export type BurialReason = 'expired' | 'gone' | 'rejected' | 'poison'

export interface BurialMeter {
  eventsBuried(reason: BurialReason, events: number): void
}

export interface SendMeter extends Pick<IngressMeter, 'eventStored'> {
  /** A message was handed to its channel. */
  sendTried(connector: string, outcome: string, ms: number, isRateLimit: boolean): void
}

export interface ChannelMeter {
  /** A request to a channel's API ended: with an HTTP status, or why there was none. */
  channelCalled(connector: string, end: number | string): void
}

export interface StoreMeter {
  /** A transaction that changes something was committed, with so many rows. */
  storeCommitted(ms: number, rows: number): void
  storeRetried(cause: 'conflict' | 'locked' | 'lost'): void
  /** Given up: whoever asked was refused. */
  storeFailed(): void
}

export type JobOutcome = 'done' | 'failed' | 'skipped' | 'elsewhere'

export interface JobMeter {
  jobStarted(job: string): void
  /** `skipped`: its time came while the last run was still on. `elsewhere`: another process runs it. */
  jobEnded(job: string, outcome: JobOutcome, ms: number): void
}
