import { setImmediate as turn } from 'node:timers/promises'
import type { RoutedUpdate } from '../core/connector.ts'
import type { RawRequest } from '../core/http.ts'
import { takesUpdates } from '../core/line.ts'
import type { ActiveLine, LineDirectory, WebhookAddress } from '../lines/directory.ts'

export interface PieceRouterDeps {
  readonly lineDirectory: Pick<LineDirectory, 'findByIdentity'>
  /** Is the whole request genuine for this line? */
  verify(active: ActiveLine): Promise<boolean>
}

export interface RoutedPieces {
  readonly pieces: readonly { readonly active: ActiveLine; readonly update: unknown }[]
  /** Pieces of accounts that no line holds, or whose line can't believe the request. */
  readonly passedOver: number
  /** A piece's line takes no updates now. */
  readonly isIdle: boolean
}

/** A channel puts its own account first; whoever can't be believed may make the hub try no more accounts than this. */
const MAX_NAMED = 8
/** Bodies whose digest takes long enough that others want a turn in between. */
const LARGE_BYTES = 256 * 1024

type Holder = ActiveLine | 'unknown' | 'idle' | 'forged'

/**
 * Finds the lines that the pieces of one request belong to. The address's own line counts for no more than any other: a
 * vendor posts everything of an app to one address, whichever lines' accounts it is about. Nothing is parsed before some
 * line can believe the request.
 */
export class PieceRouter {
  readonly #deps: PieceRouterDeps
  readonly #address: WebhookAddress
  readonly #isFresh: boolean
  readonly #holders = new Map<string, Holder>()
  /** What was found with the keys that were tried: lines of one app share theirs, and a large body is digested once for each. */
  readonly #proven = new Map<string, boolean>()

  /** `isFresh`: what is remembered of lines has turned out to be out of date. */
  constructor(deps: PieceRouterDeps, address: WebhookAddress, isFresh: boolean) {
    this.#deps = deps
    this.#address = address
    this.#isFresh = isFresh
  }

  /** Undefined if no line can believe the request. Throws BadUpdateError, StoreUnavailableError. */
  async route(request: RawRequest): Promise<RoutedPieces | undefined> {
    const believer = await this.#findBeliever(request)
    if (!believer) return undefined
    const all = this.#address.connector.route?.(request, believer.line) ?? []
    const pieces: { active: ActiveLine; update: unknown }[] = []
    let isIdle = false
    for (const piece of all) {
      const holder = await this.#holderOf(piece, request)
      if (holder === 'idle') isIdle = true
      if (typeof holder !== 'string') pieces.push({ active: holder, update: piece.update })
    }
    return { pieces, passedOver: all.length - pieces.length, isIdle }
  }

  /** The address's own line, or one that holds an account which the request seems to be about. */
  async #findBeliever(request: RawRequest): Promise<ActiveLine | undefined> {
    const { active, connector } = this.#address
    if (active && takesUpdates(active.record.status) && (await this.#believes(active, request))) {
      return active
    }
    const named = connector.accountsIn?.(request, MAX_NAMED) ?? []
    for (const piece of named) {
      const holder = await this.#find(piece, request)
      if (typeof holder !== 'string') return holder
    }
    return undefined
  }

  async #holderOf(piece: RoutedUpdate, request: RawRequest): Promise<Holder> {
    const key = `${piece.connector}:${piece.identity}`
    const known = this.#holders.get(key)
    if (known) return known
    const holder = await this.#find(piece, request)
    this.#holders.set(key, holder)
    return holder
  }

  async #find(
    { connector, identity }: Pick<RoutedUpdate, 'connector' | 'identity'>,
    request: RawRequest,
  ): Promise<Holder> {
    const { active, realConnector } = this.#address
    // A line may have no identity, and a channel that posts to each account's own address names none then.
    const isOwn = realConnector === connector && (active?.record.identity ?? '') === identity
    if (active && isOwn) {
      const own = await this.#judge(active, request)
      if (typeof own !== 'string') return own
    }
    const { lineDirectory } = this.#deps
    const found = await lineDirectory.findByIdentity(connector, identity, {
      isFresh: this.#isFresh,
    })
    const holder = await this.#judge(found, request)
    if (typeof holder !== 'string' || this.#isFresh || !found) return holder
    // Remembered, perhaps, from before its settings were changed.
    const fresh = await lineDirectory.findByIdentity(connector, identity, { isFresh: true })
    return await this.#judge(fresh, request)
  }

  async #judge(active: ActiveLine | undefined, request: RawRequest): Promise<Holder> {
    if (!active) return 'unknown'
    if (!takesUpdates(active.record.status)) return 'idle'
    return (await this.#believes(active, request)) ? active : 'forged'
  }

  async #believes(active: ActiveLine, request: RawRequest): Promise<boolean> {
    const key = keyOf(active)
    const known = this.#proven.get(key)
    if (known !== undefined) return known
    if (this.#proven.size > 0 && request.body.length > LARGE_BYTES) await turn()
    const isGenuine = await this.#deps.verify(active)
    this.#proven.set(key, isGenuine)
    return isGenuine
  }
}

function keyOf({ connector, line, record }: ActiveLine): string {
  const key = connector.proofKey?.(line)
  return key === undefined ? `${record.id} ${record.epoch}` : `key ${key}`
}
