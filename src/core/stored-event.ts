import type { ContactCard, FileKind, GeoPoint, OutboundStatus, Person } from './event.ts'
import { given } from './given.ts'
import { CONTROL_TYPE, HEALTH_TYPE } from './inbox.ts'
import { toJson } from './json.ts'
import type { RunState } from './shapes/broadcast.ts'

/**
 * An event as it goes into the inbox: JSON from here to the packet, so that delivering it costs no parsing. This file is
 * the only one that looks into that JSON, and the only one that changes it.
 */
export interface NewEvent {
  readonly type: string
  /** A JSON object without `id`. */
  readonly payload: string
  /** The chat that it is about, as the payload says. */
  readonly chatId?: string
  /** JSON for the hub's communications alone, no part of what the portal gets. */
  readonly note?: string
  /** The person as the payload has them: not stored beside it. */
  readonly person?: RenderedPerson
}

/** What portals read of a person (PROTOCOL §7). */
export interface RenderedPerson extends Omit<Person, 'picture'> {
  readonly picture?: { readonly url: string }
  /** Another one where anything of the person is other than before: 12 hex digits. Absent of what older versions have stored. */
  readonly version?: string
}

export interface RenderedChat {
  readonly id: string
  readonly name?: string
  readonly url?: string
  readonly kind?: 'private' | 'group' | 'channel'
  readonly thread?: { readonly id: string; readonly name?: string }
}

export interface RenderedFile {
  readonly url: string
  readonly kind: FileKind
  readonly name?: string
  readonly mime?: string
  readonly size?: number
  /** ISO 8601, like every instant of a rendered event. */
  readonly expiresAt?: string
}

export interface RenderedMessage {
  readonly id: string
  readonly date?: string
  /** In the portal's own format. */
  readonly text?: string
  readonly files?: readonly RenderedFile[]
  readonly replyTo?: { readonly id: string; readonly text?: string }
  readonly location?: GeoPoint
  readonly contact?: ContactCard
  readonly forwarded?: true
  readonly outgoing?: true
}

export interface SendError {
  readonly code: string
  readonly message: string
}

export interface RenderedStatus {
  readonly type: 'message.status'
  readonly at: string
  readonly chat: RenderedChat
  readonly status: OutboundStatus
  readonly messageIds: readonly string[]
  readonly out?: string
  readonly key?: string
  readonly uncertain?: true
  readonly error?: SendError
}

interface OfPerson {
  readonly at: string
  readonly user?: RenderedPerson
  readonly chat: RenderedChat
}

/** An event as its portal reads it, but for the `id`. */
export type RenderedEvent =
  | (OfPerson & {
      readonly type: 'message.new' | 'message.updated'
      readonly message: RenderedMessage
    })
  | (OfPerson & { readonly type: 'message.deleted'; readonly message: { readonly id: string } })
  | RenderedStatus
  | (OfPerson & {
      readonly type: 'reaction'
      readonly message: { readonly id: string }
      readonly added: readonly string[]
      readonly removed: readonly string[]
    })
  | (OfPerson & {
      readonly type: 'button'
      readonly payload: string
      readonly text?: string
      readonly message?: { readonly id: string }
    })
  | (OfPerson & {
      readonly type: 'chat.started' | 'chat.blocked' | 'chat.unblocked'
      readonly ref?: string
    })
  | (OfPerson & { readonly type: 'chat.read' | 'chat.typing' })
  | {
      readonly type: 'unsupported'
      readonly at: string
      readonly user?: RenderedPerson
      readonly chat?: RenderedChat
      readonly kind: string
      readonly message?: { readonly id: string }
    }

/** How many recipients of a broadcast's run are where. */
export interface RunCounts {
  readonly total: number
  readonly queued: number
  readonly sent: number
  readonly delivered: number
  readonly read: number
  readonly failed: number
  readonly skipped: number
  readonly blocked: number
  readonly outsideWindow: number
}

interface OfRun extends RunCounts {
  readonly run: string
  /** Its code. */
  readonly broadcast: string
  readonly state: RunState
}

/** What the hub itself tells a portal, but for the `id`: what its scripts, jobs and broadcasts do. */
export type OwnEvent = { readonly at: string } & (
  | {
      readonly type: 'script.notify'
      readonly lead: number
      readonly chat: { readonly id: string }
      /** Its code; of steps that have none, their number. */
      readonly script: string | number
      readonly data: { readonly [key: string]: unknown }
    }
  | {
      readonly type: 'job.finished'
      readonly job: string
      readonly state: 'done' | 'skipped' | 'failed' | 'cancelled' | 'interrupted'
      readonly lead?: number
      readonly error?: SendError
    }
  | (OfRun & { readonly type: 'broadcast.progress' })
  | (OfRun & { readonly type: 'broadcast.finished' })
  | {
      readonly type: 'dialog.interrupted'
      readonly chat: { readonly id: string }
      readonly by: { readonly notification: number; readonly task: string }
    }
  | {
      readonly type: 'notification.result'
      readonly task: string
      readonly notification: number
      readonly chat?: { readonly id: string }
      readonly state: 'sent' | 'delivered' | 'failed' | 'no_account'
      readonly result: {
        readonly description: string
        /** The channel's object or text, or null where it gave none. */
        readonly channel_response?: unknown
      }
    }
)

/** Of a channel, or the hub's own. */
export type PortalEvent = RenderedEvent | OwnEvent

export function writeOwn(event: OwnEvent): NewEvent {
  return writeStored(event)
}

/** Reads a stored event of a channel; not for control entries and the hub's own (`isOwnEvent`). It is the hub's own writing, so nothing is checked. */
export function readStored({ type, payload }: NewEvent): RenderedEvent {
  return { ...(JSON.parse(payload) as object), type } as RenderedEvent
}

export function writeStored(event: PortalEvent): NewEvent {
  const person = 'user' in event ? event.user : undefined
  const chatId = 'chat' in event ? event.chat?.id : undefined
  return { type: event.type, payload: toJson(event), ...given({ chatId, person }) }
}

/** What can change of a `message.status` after it was rendered. Absent: stays as it is. */
export interface StatusAmendment {
  /** The chat's id as it was sent to: some channels name the person of a status otherwise than that of a message. */
  readonly chatId?: string
  readonly messageIds?: readonly string[]
  readonly out?: string
  readonly key?: string
  readonly status?: OutboundStatus
  readonly uncertain?: true
  /** It has turned out not to have failed. */
  readonly withoutError?: true
}

export function amendStatus(event: NewEvent, amendment: StatusAmendment): NewEvent {
  const { chatId, withoutError, ...changed } = amendment
  const { error, ...before } = JSON.parse(event.payload) as RenderedStatus
  const chat = chatId !== undefined && before.chat ? { chat: { ...before.chat, id: chatId } } : {}
  const body = { ...before, ...(error && !withoutError ? { error } : {}), ...chat, ...changed }
  const { type, note } = event
  return { type, payload: toJson(body), ...given({ chatId: body.chat?.id, note }) }
}

/** Why a message failed, as a `message.status` says. */
export function errorOf(event: NewEvent): SendError | undefined {
  return (readStored(event) as RenderedStatus).error
}

/** The packet that a line's portal gets when the line stops working; it waits in the inbox like an event. */
export function controlEntry(reason: string, message: string): NewEvent {
  return { type: CONTROL_TYPE, payload: JSON.stringify({ reason, message }) }
}

/** Reads a control entry. */
export function readControl({ payload }: NewEvent): {
  readonly reason: string
  readonly message: string
} {
  return JSON.parse(payload) as { reason: string; message: string }
}

/** The packet that a line's portal gets when the line's health has changed. */
export function healthEntry(health: object): NewEvent {
  return { type: HEALTH_TYPE, payload: JSON.stringify({ health }) }
}

/** Reads a health entry. */
export function readHealth({ payload }: NewEvent): { readonly health: object } {
  return JSON.parse(payload) as { health: object }
}
