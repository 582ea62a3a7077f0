/** Made by `npm run docs` from the schemas of /openapi.json: what is changed here by hand is lost. */

/** One of these, or one that a later hub knows. */
type Open<T extends string> = T | (string & Record<never, never>)

/**
 * A type that this version of the client doesn't know. It is any text; but only with one that none of the known types can be
 * does `event.type === 'message.new'` leave that one event for the compiler.
 */
type OtherType = `other:${string}`

export interface Person {
  /** the channel's own id of the person */
  readonly id: string
  readonly name?: string
  readonly lastName?: string
  readonly username?: string
  readonly url?: string
  readonly picture?: {
    readonly url: string
  }
  readonly sex?: 'male' | 'female'
  readonly email?: string
  readonly phone?: string
  readonly language?: string
  /** changes with the data above: a portal that has stored the same one has nothing to do */
  readonly version?: string
  readonly [further: string]: unknown
}

export interface Chat {
  /** where an answer goes: the chat of sendMessage */
  readonly id: string
  readonly name?: string
  readonly url?: string
  readonly kind?: 'private' | 'group' | 'channel'
  /** the thread of a chat that this conversation is */
  readonly thread?: {
    readonly id: string
    readonly name?: string
  }
  readonly [further: string]: unknown
}

export interface MessageFile {
  /** of the channel, or a link of the hub that holds for 24 h */
  readonly url: string
  readonly kind: 'image' | 'video' | 'audio' | 'voice' | 'document' | 'sticker'
  readonly name?: string
  readonly mime?: string
  /** bytes */
  readonly size?: number
  readonly expiresAt?: string
  readonly [further: string]: unknown
}

export interface MessageLocation {
  readonly latitude: number
  readonly longitude: number
  readonly title?: string
  readonly address?: string
  readonly [further: string]: unknown
}

export interface MessageContact {
  readonly name?: string
  readonly phone?: string
  readonly [further: string]: unknown
}

export interface Message {
  /** the channel's own id of the message */
  readonly id: string
  readonly date?: string
  /** in the portal's text format */
  readonly text?: string
  readonly files?: readonly MessageFile[]
  readonly replyTo?: {
    readonly id: string
    readonly text?: string
  }
  readonly location?: MessageLocation
  readonly contact?: MessageContact
  readonly forwarded?: true
  /** written by a person of the company in the channel's own inbox */
  readonly outgoing?: true
  readonly [further: string]: unknown
}

export interface SendError {
  /** the channel's own code, or one of the hub's (HUB_…) */
  readonly code: string
  /** for a person */
  readonly message: string
  readonly [further: string]: unknown
}

export interface LineHealth {
  readonly state: 'ok' | 'degraded' | 'broken' | 'unknown'
  readonly code?: Open<
    | 'token_refused'
    | 'webhook_overwritten'
    | 'webhook_missing'
    | 'webhook_failing'
    | 'permission_missing'
    | 'channel_limits'
    | 'polling_stopped'
    | 'channel_unreachable'
    | 'portal_unreachable'
    | 'sending_paused'
  >
  /** for an administrator, in the portal's language */
  readonly message?: string
  /** who can mend it */
  readonly action?: Open<
    'credentials' | 'reconnect' | 'permissions' | 'channel' | 'portal' | 'none'
  >
  readonly since: string
  /** when the channel was last asked */
  readonly checkedAt?: string
  readonly [further: string]: unknown
}

/** somebody has written */
export interface MessageNewEvent {
  readonly type: 'message.new'
  /** the same event may come again under the same id */
  readonly id: string
  readonly at: string
  readonly user?: Person
  readonly chat: Chat
  readonly message: Message
  readonly [further: string]: unknown
}

/** somebody has changed a message */
export interface MessageUpdatedEvent {
  readonly type: 'message.updated'
  /** the same event may come again under the same id */
  readonly id: string
  readonly at: string
  readonly user?: Person
  readonly chat: Chat
  readonly message: Message
  readonly [further: string]: unknown
}

/** a message was deleted */
export interface MessageDeletedEvent {
  readonly type: 'message.deleted'
  /** the same event may come again under the same id */
  readonly id: string
  readonly at: string
  readonly user?: Person
  readonly chat: Chat
  readonly message: {
    readonly id: string
  }
  readonly [further: string]: unknown
}

/** what became of a message to the channel */
export interface MessageStatusEvent {
  readonly type: 'message.status'
  /** the same event may come again under the same id */
  readonly id: string
  readonly at: string
  readonly chat: Chat
  readonly status: 'sent' | 'delivered' | 'read' | 'failed' | 'noAccount'
  /** the channel's ids; none if it never got the message */
  readonly messageIds: readonly string[]
  /** of a message that was sent through the hub */
  readonly out?: string
  /** the portal's own name for the message */
  readonly key?: string
  /** it may have been shown twice */
  readonly uncertain?: true
  readonly error?: SendError
  readonly [further: string]: unknown
}

/** somebody has reacted to a message */
export interface ReactionEvent {
  readonly type: 'reaction'
  /** the same event may come again under the same id */
  readonly id: string
  readonly at: string
  readonly user?: Person
  readonly chat: Chat
  readonly message: {
    readonly id: string
  }
  readonly added: readonly string[]
  readonly removed: readonly string[]
  readonly [further: string]: unknown
}

/** somebody has pressed a button */
export interface ButtonEvent {
  readonly type: 'button'
  /** the same event may come again under the same id */
  readonly id: string
  readonly at: string
  readonly user?: Person
  readonly chat: Chat
  readonly payload: string
  readonly text?: string
  readonly message?: {
    readonly id: string
  }
  readonly [further: string]: unknown
}

/** somebody has opened the chat */
export interface ChatStartedEvent {
  readonly type: 'chat.started'
  /** the same event may come again under the same id */
  readonly id: string
  readonly at: string
  readonly user?: Person
  readonly chat: Chat
  /** the deep link's parameter */
  readonly ref?: string
  readonly [further: string]: unknown
}

/** somebody wants no more messages */
export interface ChatBlockedEvent {
  readonly type: 'chat.blocked'
  /** the same event may come again under the same id */
  readonly id: string
  readonly at: string
  readonly user?: Person
  readonly chat: Chat
  /** the deep link's parameter */
  readonly ref?: string
  readonly [further: string]: unknown
}

/** somebody wants messages again */
export interface ChatUnblockedEvent {
  readonly type: 'chat.unblocked'
  /** the same event may come again under the same id */
  readonly id: string
  readonly at: string
  readonly user?: Person
  readonly chat: Chat
  /** the deep link's parameter */
  readonly ref?: string
  readonly [further: string]: unknown
}

/** somebody has read what was written */
export interface ChatReadEvent {
  readonly type: 'chat.read'
  /** the same event may come again under the same id */
  readonly id: string
  readonly at: string
  readonly user?: Person
  readonly chat: Chat
  readonly [further: string]: unknown
}

/** somebody is writing */
export interface ChatTypingEvent {
  readonly type: 'chat.typing'
  /** the same event may come again under the same id */
  readonly id: string
  readonly at: string
  readonly user?: Person
  readonly chat: Chat
  readonly [further: string]: unknown
}

/** what has no form of its own: nothing is dropped silently */
export interface UnsupportedEvent {
  readonly type: 'unsupported'
  /** the same event may come again under the same id */
  readonly id: string
  readonly at: string
  readonly user?: Person
  readonly chat?: Chat
  /** the channel's own name of it */
  readonly kind: string
  readonly message?: {
    readonly id: string
  }
  readonly [further: string]: unknown
}

/** a script tells its portal something */
export interface ScriptNotifyEvent {
  readonly type: 'script.notify'
  /** the same event may come again under the same id */
  readonly id: string
  readonly at: string
  readonly lead: number
  readonly chat: {
    readonly id: string
  }
  readonly script: string | number
  /** as the step has it */
  readonly data: { readonly [key: string]: unknown }
  readonly [further: string]: unknown
}

/** a job has ended */
export interface JobFinishedEvent {
  readonly type: 'job.finished'
  /** the same event may come again under the same id */
  readonly id: string
  readonly at: string
  readonly job: string
  readonly state: 'done' | 'skipped' | 'failed' | 'cancelled' | 'interrupted'
  readonly lead?: number
  readonly error?: {
    readonly code: string
    /** for a person */
    readonly message: string
  }
  readonly [further: string]: unknown
}

/** how far a broadcast is */
export interface BroadcastProgressEvent {
  readonly type: 'broadcast.progress'
  /** the same event may come again under the same id */
  readonly id: string
  readonly at: string
  readonly run: string
  /** its code */
  readonly broadcast: string
  readonly state: 'scheduled' | 'running' | 'paused' | 'done' | 'cancelled' | 'failed'
  readonly total: number
  readonly queued: number
  readonly sent: number
  readonly delivered: number
  readonly read: number
  readonly failed: number
  readonly skipped: number
  readonly blocked: number
  readonly outsideWindow: number
  readonly [further: string]: unknown
}

/** a broadcast has ended */
export interface BroadcastFinishedEvent {
  readonly type: 'broadcast.finished'
  /** the same event may come again under the same id */
  readonly id: string
  readonly at: string
  readonly run: string
  /** its code */
  readonly broadcast: string
  readonly state: 'scheduled' | 'running' | 'paused' | 'done' | 'cancelled' | 'failed'
  readonly total: number
  readonly queued: number
  readonly sent: number
  readonly delivered: number
  readonly read: number
  readonly failed: number
  readonly skipped: number
  readonly blocked: number
  readonly outsideWindow: number
  readonly [further: string]: unknown
}

/** an urgent notification went into an open dialog */
export interface DialogInterruptedEvent {
  readonly type: 'dialog.interrupted'
  /** the same event may come again under the same id */
  readonly id: string
  readonly at: string
  readonly chat: {
    readonly id: string
  }
  readonly by: {
    readonly notification: number
    readonly task: string
  }
  readonly [further: string]: unknown
}

/** what became of a notification */
export interface NotificationResultEvent {
  readonly type: 'notification.result'
  /** the same event may come again under the same id */
  readonly id: string
  readonly at: string
  readonly task: string
  readonly notification: number
  readonly chat?: {
    readonly id: string
  }
  readonly state: 'sent' | 'delivered' | 'failed' | 'no_account'
  readonly result: {
    readonly description: string
    /** the channel's own answer */
    readonly channel_response?: unknown
  }
  readonly [further: string]: unknown
}

/** events of one line */
export interface EventsPacket {
  /** as webhook-id */
  readonly id: string
  readonly type: 'events'
  readonly portal: string
  readonly connector: string
  readonly line: string
  readonly attempt: number
  readonly sentAt: string
  /** in the order of arrival */
  readonly events: readonly PortalEvent[]
  readonly [further: string]: unknown
}

/** asks whether this is the portal: the challenge has to come back */
export interface ConnectionTestPacket {
  /** as webhook-id */
  readonly id: string
  readonly type: 'connection.test'
  readonly portal: string
  readonly connector: string
  readonly line: string
  readonly attempt: number
  readonly sentAt: string
  readonly challenge: string
  readonly [further: string]: unknown
}

/** a line has stopped working */
export interface ConnectorDeactivatedPacket {
  /** as webhook-id */
  readonly id: string
  readonly type: 'connector.deactivated'
  readonly portal: string
  readonly connector: string
  readonly line: string
  readonly attempt: number
  readonly sentAt: string
  readonly reason: Open<'displaced' | 'credentials_refused' | 'deleted'>
  /** for a person */
  readonly message: string
  readonly [further: string]: unknown
}

/** a line's health has changed */
export interface LineHealthPacket {
  /** as webhook-id */
  readonly id: string
  readonly type: 'line.health'
  readonly portal: string
  readonly connector: string
  readonly line: string
  readonly attempt: number
  readonly sentAt: string
  readonly health: LineHealth
  readonly [further: string]: unknown
}

/** By their type. */
export interface EventTypes {
  readonly 'message.new': MessageNewEvent
  readonly 'message.updated': MessageUpdatedEvent
  readonly 'message.deleted': MessageDeletedEvent
  readonly 'message.status': MessageStatusEvent
  readonly reaction: ReactionEvent
  readonly button: ButtonEvent
  readonly 'chat.started': ChatStartedEvent
  readonly 'chat.blocked': ChatBlockedEvent
  readonly 'chat.unblocked': ChatUnblockedEvent
  readonly 'chat.read': ChatReadEvent
  readonly 'chat.typing': ChatTypingEvent
  readonly unsupported: UnsupportedEvent
  readonly 'script.notify': ScriptNotifyEvent
  readonly 'job.finished': JobFinishedEvent
  readonly 'broadcast.progress': BroadcastProgressEvent
  readonly 'broadcast.finished': BroadcastFinishedEvent
  readonly 'dialog.interrupted': DialogInterruptedEvent
  readonly 'notification.result': NotificationResultEvent
}

/** By their type. */
export interface PacketTypes {
  readonly events: EventsPacket
  readonly 'connection.test': ConnectionTestPacket
  readonly 'connector.deactivated': ConnectorDeactivatedPacket
  readonly 'line.health': LineHealthPacket
}

/** Of a type that a later hub knows. */
export interface OtherEvent {
  readonly id: string
  readonly type: OtherType
  readonly [further: string]: unknown
}

/** One event as a portal gets it. Absent means "the channel didn't say". Instants are ISO 8601 UTC. */
export type PortalEvent = EventTypes[keyof EventTypes] | OtherEvent

/** Of a type that a later hub knows. */
export interface OtherPacket {
  readonly id: string
  readonly type: OtherType
  readonly portal: string
  readonly connector: string
  readonly line: string
  readonly [further: string]: unknown
}

/** The signed envelope of everything the hub posts. */
export type Packet = PacketTypes[keyof PacketTypes] | OtherPacket
