import type { z } from 'zod'
import type { Clock } from '../core/clock.ts'
import { HubError, ParamsError } from '../core/errors.ts'
import { given } from '../core/given.ts'
import { PORTAL_DEFAULTS, type Portal } from '../core/portal.ts'
import {
  isDialogOpen,
  type Recipient,
  type RecipientChange,
  RecipientFullError,
} from '../core/recipient.ts'
import type { Frozen } from '../core/shapes/basic.ts'
import type { recipientShape } from '../core/shapes/recipient.ts'
import type { Store } from '../db/engine/store.ts'
import { linkRecipients, setDialog, updateRecipient } from '../db/recipients/change.ts'
import {
  findRecipient,
  listRecipients,
  type RecipientFilter,
  type RecipientName,
} from '../db/recipients/find.ts'
import type { Signals } from '../lines/signals.ts'

/** A recipient as it is shown. */
export type RecipientItem = Frozen<z.infer<typeof recipientShape>>

/** A line, and its portal. */
export interface RecipientPlace {
  readonly portal: Pick<Portal, 'id' | 'dialogIdleMs'>
  readonly lineId: number
}

export interface RecipientOperationsDeps {
  readonly store: Store
  readonly clock: Clock
  readonly signals: Pick<Signals, 'commDue'>
  /** What is noted of recipients is written first, so that it is seen. */
  readonly book: { flush(): Promise<void> }
}

/** A page is parsed and written again in one go, so that it must not grow with what the recipients hold. */
const MAX_PAGE_BYTES = 512 * 1024

/**
 * What can be done with the recipients of a line, whoever asks for it. Throws StoreUnavailableError; HubError
 * `HUB_UNKNOWN_RECIPIENT` where one is named that isn't the line's.
 */
export class RecipientOperations {
  readonly #deps: RecipientOperationsDeps

  constructor(deps: RecipientOperationsDeps) {
    this.#deps = deps
  }

  /** In the order of their leads; `cursor` is what the page before gave. */
  async list(
    { portal, lineId }: RecipientPlace,
    filter: RecipientFilter,
    { limit, cursor }: { readonly limit: number; readonly cursor?: string },
  ): Promise<{ items: RecipientItem[]; cursor?: string }> {
    const page = { after: readCursor(cursor), limit, maxBytes: MAX_PAGE_BYTES }
    await this.#deps.book.flush()
    const { recipients, isMore } = await listRecipients(this.#deps.store, lineId, filter, page)
    const last = isMore ? recipients.at(-1) : undefined
    return {
      items: recipients.map((recipient) => this.#toItem(recipient, portal)),
      ...(last ? { cursor: writeCursor(last.lead) } : {}),
    }
  }

  async get({ portal, lineId }: RecipientPlace, name: RecipientName): Promise<RecipientItem> {
    await this.#deps.book.flush()
    const recipient = await findRecipient(this.#deps.store, lineId, name)
    if (!recipient) throw unknownRecipient()
    return this.#toItem(recipient, portal)
  }

  /** Throws ParamsError where the recipient would hold too much. */
  async update(
    { portal, lineId }: RecipientPlace,
    name: RecipientName,
    change: RecipientChange,
  ): Promise<RecipientItem> {
    const { store, clock, book } = this.#deps
    await book.flush()
    try {
      const updated = await updateRecipient(store, lineId, name, change, clock.now())
      if (!updated) throw unknownRecipient()
      this.#tell(lineId, updated.isFollowed)
      return this.#toItem(updated.recipient, portal)
    } catch (error) {
      if (!(error instanceof RecipientFullError)) throw error
      throw new ParamsError([{ field: error.field, problem: error.message }], { cause: error })
    }
  }

  /** Gives how many. Throws ParamsError naming all that aren't the portal's; then none is linked. */
  async link(portalId: string, person: string, leads: readonly number[]): Promise<number> {
    const foreign = new Set(await linkRecipients(this.#deps.store, portalId, person, leads))
    if (foreign.size === 0) return new Set(leads).size
    throw new ParamsError(
      leads.flatMap((lead, index) =>
        foreign.has(lead)
          ? [{ field: `leads[${index}]`, problem: 'there is no such recipient' }]
          : [],
      ),
    )
  }

  openDialog(lineId: number, chatId: string): Promise<void> {
    return this.#setDialog(lineId, chatId, 'open')
  }

  closeDialog(lineId: number, chatId: string): Promise<void> {
    return this.#setDialog(lineId, chatId, 'close')
  }

  async #setDialog(lineId: number, chatId: string, change: 'open' | 'close'): Promise<void> {
    const { store, clock, book } = this.#deps
    await book.flush()
    const done = await setDialog(store, lineId, chatId, change, clock.now())
    if (!done) throw unknownRecipient()
    this.#tell(lineId, done.isFollowed)
  }

  #tell(lineId: number, isFollowed: boolean): void {
    if (isFollowed) this.#deps.signals.commDue.raise([lineId])
  }

  #toItem(recipient: Recipient, { dialogIdleMs }: RecipientPlace['portal']): RecipientItem {
    const idleMs = dialogIdleMs ?? PORTAL_DEFAULTS.dialogIdleMs
    return toRecipientItem(recipient, this.#deps.clock.now(), idleMs)
  }
}

export function toRecipientItem(recipient: Recipient, now: number, idleMs: number): RecipientItem {
  const { lead, chatId, profile, tags, attributes, person, dialogAt } = recipient
  return {
    ...{ lead, chat: { id: chatId }, ...profile, tags, attributes },
    firstSeenAt: iso(recipient.firstSeenAt),
    ...given({
      lastSeenAt: maybeIso(recipient.lastSeenAt),
      blockedAt: maybeIso(recipient.blockedAt),
      person,
    }),
    ...(dialogAt === undefined
      ? {}
      : { dialog: { open: isDialogOpen(recipient, now, idleMs), at: iso(dialogAt) } }),
  }
}

function iso(at: number): string {
  return new Date(at).toISOString()
}

function maybeIso(at: number | undefined): string | undefined {
  return at === undefined ? undefined : iso(at)
}

/** Opaque to whoever gets it, so that the order may become another one. */
function writeCursor(lead: number): string {
  return Buffer.from(`lead:${lead}`).toString('base64url')
}

function readCursor(cursor: string | undefined): number {
  if (cursor === undefined) return 0
  const text = Buffer.from(cursor, 'base64url').toString()
  const lead = /^lead:([1-9]\d{0,15})$/.exec(text)?.[1]
  if (lead !== undefined && writeCursor(Number(lead)) === cursor) return Number(lead)
  throw new ParamsError([{ field: 'cursor', problem: 'must be the cursor of the page before' }])
}

function unknownRecipient(): HubError {
  return new HubError('HUB_UNKNOWN_RECIPIENT', 'nobody has written to this line from this chat')
}
