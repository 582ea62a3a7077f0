import type { RoutedUpdate } from '../core/connector.ts'
import { BadUpdateError } from '../core/errors.ts'
import type { RawRequest } from '../core/http.ts'
import { takesUpdates } from '../core/line.ts'
import type { ActiveLine, LineDirectory } from '../lines/directory.ts'

export interface PieceRouterDeps {
  readonly lineDirectory: Pick<LineDirectory, 'findByIdentity'>
  /** Is the whole request genuine for this line? */
  verify(active: ActiveLine): Promise<boolean>
}

export interface RoutedPieces {
  readonly pieces: readonly { readonly active: ActiveLine; readonly update: unknown }[]
  /** Pieces of accounts that no line holds, or whose line can't believe the request. */
  readonly passedOver: number
  /** Some line can believe it. */
  readonly isGenuine: boolean
  /** The line that was addressed, or one that holds an account in it, takes no updates now. */
  readonly isIdle: boolean
}

/** Whoever can't be believed yet may make the store look up no more accounts than this. */
const MAX_STRANGERS = 100

type Holder = ActiveLine | 'unknown' | 'idle' | 'forged'

/**
 * Finds the lines that the pieces of one request belong to. The address's own line counts for no more than any other: a
 * vendor posts everything of an app to one address, whichever lines' accounts it is about.
 */
export class PieceRouter {
  readonly #deps: PieceRouterDeps
  readonly #addressed: ActiveLine
  readonly #isFresh: boolean
  readonly #holders = new Map<string, Holder>()
  readonly #verified = new Map<number, { readonly active: ActiveLine; readonly isOk: boolean }>()

  /** `isFresh`: what is remembered of lines has turned out to be out of date. */
  constructor(deps: PieceRouterDeps, addressed: ActiveLine, isFresh: boolean) {
    this.#deps = deps
    this.#addressed = addressed
    this.#isFresh = isFresh
  }

  /** Throws BadUpdateError (only for what the addressed line believes), StoreUnavailableError. */
  async route(request: RawRequest): Promise<RoutedPieces> {
    const addressed = this.#addressed
    const isActive = takesUpdates(addressed.record.status)
    let isGenuine = isActive && (await this.#isGenuineFor(addressed))
    let isIdle = !isActive
    const pieces: { active: ActiveLine; update: unknown }[] = []
    const all = this.#cut(request, isGenuine)
    for (const piece of all) {
      if (!isGenuine && this.#holders.size >= MAX_STRANGERS) break
      const holder = await this.#holderOf(piece)
      if (holder === 'idle') isIdle = true
      if (typeof holder === 'string') continue
      isGenuine = true
      pieces.push({ active: holder, update: piece.update })
    }
    return { pieces, passedOver: all.length - pieces.length, isGenuine, isIdle }
  }

  /** A body that can't be cut is a bad update only if its sender is genuine; anybody else is refused as forged. */
  #cut(request: RawRequest, isGenuine: boolean): readonly RoutedUpdate[] {
    const { connector, line } = this.#addressed
    try {
      return connector.route?.(request, line) ?? []
    } catch (error) {
      if (isGenuine || !(error instanceof BadUpdateError)) throw error
      return []
    }
  }

  async #holderOf(piece: RoutedUpdate): Promise<Holder> {
    const key = `${piece.connector}:${piece.identity}`
    const known = this.#holders.get(key)
    if (known) return known
    const holder = await this.#find(piece)
    this.#holders.set(key, holder)
    return holder
  }

  async #find({ connector, identity }: RoutedUpdate): Promise<Holder> {
    const { realConnector, record } = this.#addressed
    if (realConnector === connector && record.identity === identity) {
      const own = await this.#judge(this.#addressed)
      if (typeof own !== 'string') return own
    }
    const { lineDirectory } = this.#deps
    const found = await lineDirectory.findByIdentity(connector, identity, {
      isFresh: this.#isFresh,
    })
    const holder = await this.#judge(found)
    if (typeof holder !== 'string' || this.#isFresh || !found) return holder
    // Remembered, perhaps, from before its settings were changed.
    return await this.#judge(
      await lineDirectory.findByIdentity(connector, identity, { isFresh: true }),
    )
  }

  async #judge(active: ActiveLine | undefined): Promise<Holder> {
    if (!active) return 'unknown'
    if (!takesUpdates(active.record.status)) return 'idle'
    return (await this.#isGenuineFor(active)) ? active : 'forged'
  }

  async #isGenuineFor(active: ActiveLine): Promise<boolean> {
    const { id, epoch } = active.record
    const known = this.#verified.get(id)
    if (known?.active.record.epoch === epoch) return known.isOk
    const isOk = await this.#deps.verify(active)
    this.#verified.set(id, { active, isOk })
    return isOk
  }
}
