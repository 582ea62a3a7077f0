import { BoundedMap } from '../../../core/bounded-map.ts'
import type { LineMemory } from '../../../core/dialect-memory.ts'
import { fromPortalId, isShortened, toPortalId } from './chat-id.ts'

const MAX_KNOWN = 10_000

/** Keeps the ids of chats that are too long for the portal, so that its operators' answers find their chat. */
export class ChatBook {
  readonly #memory: LineMemory
  /** Those that this process has written: each once, not with each event. */
  readonly #written = new BoundedMap<string, true>(MAX_KNOWN)

  constructor(memory: LineMemory) {
    this.#memory = memory
  }

  /** To be done before the portal is told of such a chat. Throws StoreUnavailableError. */
  async keep(lineId: number, chatIds: readonly string[]): Promise<void> {
    const entries = [...new Set(chatIds)].flatMap((value) => {
      const portalId = toPortalId(value)
      const isKept = !isShortened(portalId) || this.#written.get(`${lineId} ${portalId}`)
      return isKept ? [] : [{ name: nameOf(portalId), value, isLasting: true as const }]
    })
    if (entries.length === 0) return
    await this.#memory.write(lineId, entries)
    for (const { value } of entries) this.#written.set(`${lineId} ${toPortalId(value)}`, true)
  }

  /** The chat's own id; undefined if nobody has kept it. Throws StoreUnavailableError. */
  async find(lineId: number, portalId: string): Promise<string | undefined> {
    const plain = fromPortalId(portalId)
    if (plain !== undefined) return plain
    const name = nameOf(portalId)
    return (await this.#memory.read(lineId, [name])).get(name)
  }
}

function nameOf(portalId: string): string {
  return `bitrix.chat.${portalId}`
}
