import type { ChatSighting } from '../../core/recipient.ts'
import type { ChannelStatus } from '../../core/statuses.ts'
import type { NewEvent } from '../../core/stored-event.ts'

/** One update of one line, to be committed whole or not at all. */
export interface NewUpdate {
  readonly lineId: number
  /** The line's epoch when the update was checked; another one in the store makes it `stale`. Absent: any will do. */
  readonly epoch?: number
  /** 22 characters; undefined for events of the hub's own making, which can't be duplicates. */
  readonly hash?: string
  readonly events: readonly NewEvent[]
  /** Which of the events are statuses of messages that were sent: the commit finds which of the hub's messages they are about. */
  readonly statuses?: readonly ChannelStatus[]
  /** Which of the events are messages from the channel's own account: the commit leaves out those that the hub has sent itself. */
  readonly outgoing?: readonly OutgoingMessage[]
  /** Chats of one person that may have no row among the recipients yet: they get it in the same commit. */
  readonly recipients?: readonly ChatSighting[]
  readonly conversations?: readonly { readonly chatId: string; readonly context: string }[]
  /** Numbers of messages in the outbox of which the channel has said nothing new, only that it has sent them. */
  readonly confirmed?: readonly number[]
  /** Remembered for so much longer than other updates. */
  readonly repeatsForMs?: number
}

/** One that has come from a channel. */
export interface ReceivedUpdate extends NewUpdate {
  readonly portalId: string
}

/** An event, by its index in the update, whose message was sent from the channel's account: by a person in its inbox, or by the hub. */
export interface OutgoingMessage {
  readonly index: number
  readonly messageId: string
  /** Only messages to such chats can be the same one. Absent: the id is unique within the line. */
  readonly isSameChat?: (chatId: string) => boolean
}
