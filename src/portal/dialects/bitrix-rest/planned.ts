import type { PortalFile } from './file-item.ts'
import type { PortalUser } from './person.ts'

/** A message as the portal takes it. */
export interface PortalItem {
  readonly user: PortalUser
  readonly message: {
    readonly id: string
    /** Unix seconds. */
    readonly date?: number
    readonly text?: string
    readonly files?: readonly PortalFile[]
  }
  readonly chat: { readonly id: string; readonly name?: string; readonly url?: string }
}

/** What becomes of the statuses of an operator's message. */
export interface StatusItem {
  readonly im: { readonly chat_id: number; readonly message_id: number }
  readonly message: { readonly id: readonly string[]; readonly date?: number }
  readonly chat: { readonly id: string }
}

export type Planned =
  | { readonly seq: number; readonly method: MessageMethod; readonly item: object }
  /** There is nothing to tell the portal, or nobody can be told: taken as it is. */
  | { readonly seq: number; readonly method?: undefined }

export type MessageMethod =
  | 'imconnector.send.messages'
  | 'imconnector.update.messages'
  | 'imconnector.delete.messages'
  | 'imconnector.send.status.delivery'
  | 'imconnector.send.status.reading'
