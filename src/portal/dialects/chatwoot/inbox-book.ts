import { type Clock, sleep } from '../../../core/clock.ts'
import type { DialectMemory } from '../../../core/dialect-memory.ts'
import { ChatwootError } from './failure.ts'

/** What is remembered of a line's inbox. Sealed, for it holds the secret that Chatwoot signs with. */
export interface KnownInbox {
  readonly inbox: number
  readonly lineId: number
  readonly connector: string
  /** The portal's id of the line. */
  readonly line: string
  /** When the hub began with it, epoch seconds by Chatwoot's clock: what was written before isn't sent. */
  readonly since: number
  readonly secret?: string
}

/** So long may the making of an inbox take; after that whoever does it is taken for dead. */
const MAKING_MS = 60_000
const WAIT_MS = 200
const MAX_WAIT_MS = 20_000
const POSITION = 'reconciled'

/** Which inbox is which line's. All of it throws StoreUnavailableError. */
export class InboxBook {
  readonly #memory: DialectMemory['portals']
  readonly #clock: Clock

  constructor({ portals }: DialectMemory, clock: Clock) {
    this.#memory = portals
    this.#clock = clock
  }

  async ofLine(portalId: string, lineId: number): Promise<KnownInbox | undefined> {
    const found = await this.#memory.read(portalId, `line:${lineId}`)
    return found && (JSON.parse(found.value) as KnownInbox)
  }

  async ofInbox(portalId: string, inbox: number): Promise<KnownInbox | undefined> {
    const found = await this.#memory.read(portalId, `inbox:${inbox}`)
    const known = found && (await this.ofLine(portalId, Number(found.value)))
    return known?.inbox === inbox ? known : undefined
  }

  async keep(portalId: string, known: KnownInbox, previous?: KnownInbox): Promise<void> {
    const hasPosition = (await this.#memory.read(portalId, POSITION)) !== undefined
    const isOther = previous !== undefined && previous.inbox !== known.inbox
    await this.#memory.write(portalId, [
      { name: `line:${known.lineId}`, value: JSON.stringify(known) },
      { name: `inbox:${known.inbox}`, value: String(known.lineId) },
      ...(isOther ? [{ name: `inbox:${previous.inbox}` }] : []),
      ...(hasPosition ? [] : [{ name: POSITION, value: String(known.since) }]),
    ])
  }

  /** Up to when everything in the portal's conversations was looked at, epoch seconds. Undefined while it has no inbox. */
  async position(portalId: string): Promise<number | undefined> {
    const found = await this.#memory.read(portalId, POSITION)
    return found && Number(found.value)
  }

  async setPosition(portalId: string, position: number): Promise<void> {
    await this.#memory.write(portalId, [{ name: POSITION, value: String(position) }])
  }

  /**
   * Does `work` while nobody else makes this line's inbox, in whatever process: two that both find none would both make one.
   * Throws ChatwootError when it is somebody else's turn for too long.
   */
  async alone<T>(
    { portalId, lineId }: { readonly portalId: string; readonly lineId: number },
    signal: AbortSignal,
    work: () => Promise<T>,
  ): Promise<T> {
    const name = `making:${lineId}`
    for (let waited = 0; !(await this.#take(portalId, name)); waited += WAIT_MS) {
      if (waited >= MAX_WAIT_MS) {
        throw new ChatwootError({ kind: 'failed', error: 'the inbox is being made elsewhere' })
      }
      await sleep(this.#clock, WAIT_MS, signal)
      if (signal.aborted) throw new ChatwootError({ kind: 'aborted' })
    }
    try {
      return await work()
    } finally {
      await this.#memory.write(portalId, [{ name }])
    }
  }

  async #take(portalId: string, name: string): Promise<boolean> {
    const now = this.#clock.now()
    const found = await this.#memory.read(portalId, name)
    if (found && Number(found.value) + MAKING_MS > now) return false
    const expected = found?.version ?? 0
    return await this.#memory.write(portalId, [{ name, value: String(now), expected }])
  }
}
