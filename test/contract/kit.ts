import type { JsonObject } from '../../src/core/json.ts'
import type { Line } from '../../src/core/line.ts'

/** What the channel does to the next messages: answers like this, breaks the connection, or never answers. */
export type ContractFault =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly words: string }
  | 'reset'
  | 'silence'

/** A channel to hold a connector against. */
export interface ContractBench extends AsyncDisposable {
  /** Complete and valid, for this channel. */
  readonly settings: Readonly<Record<string, string>>
  readonly chatId: string
  readonly conversation: JsonObject | undefined
  /** The hub's address of a channel that nobody listens at, in the same settings. */
  readonly deadSettings: Readonly<Record<string, string>>
  readonly deadConversation: JsonObject | undefined
  /** A kind of update that this channel may invent one day. */
  readonly unknownUpdate: object
  /** Besides the secret settings: what must never be shown. */
  readonly planted: readonly string[]
  /** The headers with which the channel proves that `body` is its own. */
  prove(body: string, line: Line): Promise<Readonly<Record<string, string>>>
  /** The update with the proof in it, where the channel has no other. */
  embed?(update: object, line: Line): object
  /** From now on every message meets this fault. */
  fail(fault: ContractFault): void
  /** Messages that the channel was given so far. */
  sent(): number
  /** From now on the channel refuses the credentials. */
  refuse(): void
}

export interface ConnectorKit {
  open(connectorId: string): Promise<ContractBench>
  /** The line that the golden events in `test/fixtures/<real connector>` are about. */
  readonly fixtures: {
    readonly settings: Readonly<Record<string, string>>
    readonly receivedAt: number
  }
}
