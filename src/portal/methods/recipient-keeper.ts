import type { z } from 'zod'
import type { JsonObject } from '../../core/json.ts'
import type { Frozen } from '../../core/shapes/basic.ts'
import type { recipientShape } from '../../core/shapes/recipient.ts'

type RecipientItem = Frozen<z.infer<typeof recipientShape>>

interface Place {
  readonly portal: { readonly id: string; readonly dialogIdleMs?: number }
  readonly lineId: number
}

export type RecipientName = { readonly lead: number } | { readonly chatId: string }

/** What the remote methods need of the recipients. Throws HubError `HUB_UNKNOWN_RECIPIENT`, ParamsError. */
export interface RecipientKeeper {
  /** Instants are epoch ms. */
  list(
    place: Place,
    filter: {
      readonly tags?: readonly string[]
      readonly q?: string
      readonly seenAfter?: number
      readonly seenBefore?: number
      readonly isBlocked?: boolean
    },
    page: { readonly limit: number; readonly cursor?: string },
  ): Promise<{ readonly items: readonly RecipientItem[]; readonly cursor?: string }>
  get(place: Place, name: RecipientName): Promise<RecipientItem>
  update(
    place: Place,
    name: RecipientName,
    change: {
      readonly attributes?: JsonObject
      readonly addTags?: readonly string[]
      readonly removeTags?: readonly string[]
    },
  ): Promise<RecipientItem>
  /** Gives how many. */
  link(portalId: string, person: string, leads: readonly number[]): Promise<number>
  openDialog(lineId: number, chatId: string): Promise<void>
  closeDialog(lineId: number, chatId: string): Promise<void>
}
