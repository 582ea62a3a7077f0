import type { ConnectorContext } from '../../src/core/connector.ts'
import type { FileKind } from '../../src/core/event.ts'
import type { JsonObject } from '../../src/core/json.ts'
import type { Line } from '../../src/core/line.ts'
import type { SentView } from './view.ts'

/** What the channel does to the next messages: answers like this, breaks the connection, or never answers. */
export type ContractFault =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly words: string }
  | 'reset'
  | 'silence'

/** What a check asks a channel, and what becomes of it. */
export interface CheckBench {
  /** From now on every call that a check may make meets this fault. */
  fail(fault: ContractFault): void
  /** From now on every such call is answered like this. */
  say(status: number, body: string): void
  /** Calls so far that may have changed something at the channel. */
  changes(): number
  /** Has the channel post to this address, '' for none. Absent where its API doesn't tell that. */
  point?(url: string): void
  /** The channel says with these words that the address fails; absent where its API doesn't tell that. */
  complain?(words: string): void
  /** Takes a right from the token without which no message gets through, and names it; absent where that can't be told. */
  takeRight?(): string
  /** Bodies with status 200 that have the form of the channel's own answers, and nonsense in them. */
  readonly nonsense: readonly string[]
}

/** A channel to hold a connector against. */
export interface ContractBench extends AsyncDisposable {
  /** Of a channel that is the hub's own store: what stands in its place. */
  readonly kept?: Pick<ConnectorContext, 'mailbox' | 'uploads'>
  /** Complete and valid, for this channel. */
  readonly settings: Readonly<Record<string, string>>
  readonly chatId: string
  readonly conversation: JsonObject | undefined
  /** The hub's address of a channel that nobody listens at, in the same settings. */
  readonly deadSettings: Readonly<Record<string, string>>
  readonly deadConversation: JsonObject | undefined
  /** A kind of update that this channel may invent one day. */
  readonly unknownUpdate: object
  /** A message of the chat's person, to be marked as read. */
  readonly receivedId: string
  /** Besides the secret settings: what must never be shown. */
  readonly planted: readonly string[]
  /** The headers with which the channel proves that `body` is its own. */
  prove(body: string, line: Line): Promise<Readonly<Record<string, string>>>
  /** The update with the proof in it, where the channel has no other. */
  embed?(update: object, line: Line): object
  /** From now on every message meets this fault. */
  fail(fault: ContractFault): void
  /** From now on every call that shows something is answered like this, and nothing is done. */
  say(status: number, body: string): void
  /** Messages that the channel was given so far. */
  sent(): number
  /** What the channel has carried out of them and of other calls that show something, in order. */
  read(): readonly SentView[]
  /** From now on the store can't be reached that a channel of the hub itself consists of. */
  loseStore?(): void
  /** From now on the channel refuses the credentials. */
  refuse(): void
  /** From now on the channel says that there is nobody in the chat; absent where it has no word for that. */
  forgetPerson?(): void
  /** Absent where the connector has no `check`. */
  readonly checks?: CheckBench
}

/** What the channel itself can't do, so that no connector is asked for it. */
export interface ChannelTraits {
  /** Kinds of files for which its API has no message: their address stands for them. */
  readonly linkedKinds?: readonly FileKind[]
  /** A file that it fetches by its address gets its name from there. */
  readonly namesFilesByAddress?: true
  /** Buttons stay where they are when something comes behind them. Elsewhere only the newest message has any. */
  readonly keepsButtons?: true
  /** An answer goes into the thread of the message: all of its parts, so that none of them stands elsewhere. */
  readonly answersInThreads?: true
}

/** Success answers (2xx) to a message that are no success, as JSON. */
export interface FalseReceipts {
  /** Well formed, but for the id of the message: it may have been sent. */
  readonly withoutId: readonly string[]
  /** With the channel's own error object: it was not sent. The first is one that every call may get. */
  readonly withError: readonly string[]
}

export interface ConnectorKit {
  /**
   * The hub itself is the channel: nobody refuses credentials, breaks off or answers nonsense, so that checks which wait for
   * that would wait for ever. suite-hubs.ts holds it to what can go wrong there. `receives`: nothing is sent there, and
   * anybody may write.
   */
  readonly isHubs?: 'both ways' | 'receives'
  open(connectorId: string): Promise<ContractBench>
  readonly falseReceipts: FalseReceipts
  readonly traits?: ChannelTraits
  /** The line that the golden events in `test/fixtures/<real connector>` are about. */
  readonly fixtures: {
    readonly settings: Readonly<Record<string, string>>
    readonly receivedAt: number
  }
}
