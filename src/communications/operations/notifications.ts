import { randomBytes } from 'node:crypto'
import type { z } from 'zod'
import { readNumberCursor } from '../../core/cursor.ts'
import { type FieldFault, ParamsError } from '../../core/errors.ts'
import { given } from '../../core/given.ts'
import type { Frozen } from '../../core/shapes/basic.ts'
import type { notificationShape, SaveNotificationParams } from '../../core/shapes/notification.ts'
import {
  deleteSlot,
  findSlot,
  insertSlot,
  listSlots,
  moveSlot,
  type Slot,
  type SlotConfig,
  updateSlot,
} from '../../db/communications/notification-slots.ts'
import { findScript } from '../../db/communications/scripts.ts'
import { DEFAULT_LIMIT, iso, type OperationDeps, type Paging, unknown } from './place.ts'

export type NotificationItem = Frozen<z.infer<typeof notificationShape>>

export interface SlotDeps extends OperationDeps {
  /** No slash at its end. */
  readonly publicUrl: string
}

const HASH_BYTES = 16
const SCRIPTS = ['onSuccess', 'onFail', 'onNoAccount'] as const

/** What can be done with notification slots. Throws ParamsError, HubError `HUB_UNKNOWN_NOTIFICATION`; StoreUnavailableError. */
export class NotificationOperations {
  readonly #deps: SlotDeps

  constructor(deps: SlotDeps) {
    this.#deps = deps
  }

  /** `place`: the destination's. With an `id` everything of that slot but its address becomes what is given. */
  async save(
    place: { readonly portalId: string; readonly lineId: number },
    { id, ...input }: SaveNotificationParams,
  ): Promise<{ readonly id: number; readonly webhook: string }> {
    const { store, clock } = this.#deps
    const before = id === undefined ? undefined : await this.#find(place.portalId, id)
    // Through JSON: keys that hold nothing are gone.
    const config = JSON.parse(JSON.stringify(input)) as SlotConfig
    const faults = [
      ...(await this.#checkTemplates(config)),
      ...(await this.#checkScripts(place.lineId, config)),
    ]
    if (faults.length > 0) throw new ParamsError(faults)
    if (before) {
      await updateSlot(store, { id: before.id, lineId: place.lineId, config }, clock.now())
      return { id: before.id, webhook: this.#webhook(before) }
    }
    const slot = { ...place, hash: newHash(), config }
    const made = await insertSlot(store, slot, clock.now())
    return { id: made, webhook: this.#webhook({ id: made, hash: slot.hash }) }
  }

  async #checkTemplates(config: SlotConfig): Promise<FieldFault[]> {
    const { incoming = [], parameters = [], templateName, namespace, language, text } = config
    const sources = [
      ...incoming.map(({ requestKey }, at) => [`incoming.${at}.requestKey`, requestKey] as const),
      ...Object.entries({ templateName, namespace, language }),
      ...parameters.map(({ value }, at) => [`parameters.${at}.value`, value] as const),
      ...(text === undefined ? [] : [['text', text] as const]),
    ]
    const problems = await this.#deps.sandbox.check(
      sources.map(([, source]) => ({ kind: 'template', source })),
    )
    return sources.flatMap(([field], at) => {
      const problem = problems[at]
      return problem === undefined ? [] : [{ field, problem }]
    })
  }

  async #checkScripts(lineId: number, config: SlotConfig): Promise<FieldFault[]> {
    const faults: FieldFault[] = []
    for (const field of SCRIPTS) {
      const ref = config[field]
      const script = ref === undefined ? undefined : await findScript(this.#deps.store, lineId, ref)
      if (ref === undefined || script?.code) continue
      faults.push({ field, problem: 'there is no such script of the destination' })
    }
    return faults
  }

  async list(
    portalId: string,
    { limit = DEFAULT_LIMIT, cursor }: Paging,
  ): Promise<{ readonly items: readonly NotificationItem[]; readonly cursor?: string }> {
    const page = { portalId, after: readNumberCursor(cursor), limit: limit + 1 }
    const found = await listSlots(this.#deps.store, page)
    const items = found.slice(0, limit).map((slot) => this.#toItem(slot))
    const last = items.at(-1)
    return { items, ...(last && found.length > limit ? { cursor: String(last.id) } : {}) }
  }

  /** What it has been asked for already goes on. */
  async delete(portalId: string, id: number): Promise<void> {
    if (!(await deleteSlot(this.#deps.store, portalId, id))) throw unknownSlot()
  }

  /** The old address is that of nobody from now on. */
  async regenerate(
    portalId: string,
    id: number,
  ): Promise<{ readonly id: number; readonly webhook: string }> {
    const { store, clock } = this.#deps
    await this.#find(portalId, id)
    const moved = { id, hash: newHash() }
    await moveSlot(store, moved, clock.now())
    return { id, webhook: this.#webhook(moved) }
  }

  async #find(portalId: string, id: number): Promise<Slot> {
    const slot = await findSlot(this.#deps.store, portalId, id)
    if (!slot) throw unknownSlot()
    return slot
  }

  #webhook({ id, hash }: Pick<Slot, 'id' | 'hash'>): string {
    return `${this.#deps.publicUrl}/notification/${id}::${hash}/chat`
  }

  #toItem(slot: Slot): NotificationItem {
    const { id, config } = slot
    const { incoming, text, parameters, onSuccess, onFail, onNoAccount, ...fixed } = config
    return {
      id,
      webhook: this.#webhook(slot),
      ...fixed,
      ...given({ incoming, text, parameters, onSuccess, onFail, onNoAccount }),
      createdAt: iso(slot.createdAt),
      updatedAt: iso(slot.updatedAt),
    }
  }
}

function newHash(): string {
  return randomBytes(HASH_BYTES).toString('hex')
}

function unknownSlot() {
  return unknown('HUB_UNKNOWN_NOTIFICATION', 'notification')
}
