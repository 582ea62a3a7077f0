import { hash, randomBytes } from 'node:crypto'
import { readNumberCursor } from '../../core/cursor.ts'
import { given } from '../../core/given.ts'
import {
  type ApiToken,
  deleteToken,
  findToken,
  insertToken,
  type ListedToken,
  listTokens,
  noteUse,
} from '../../db/communications/api-tokens.ts'
import { DEFAULT_LIMIT, iso, type OperationDeps, type Paging } from './place.ts'

/** Whose tokens are meant: of all lines of a portal, or of one. */
export interface TokenPlace {
  readonly portalId: string
  readonly lineId?: number
}

export interface TokenItem {
  readonly id: number
  readonly name: string
  readonly connector?: string
  readonly line?: string
  readonly createdAt: string
  readonly usedAt?: string
}

const PREFIX = 'hbt_'
const RANDOM_BYTES = 24
/** How often it is written down that a token is of use. */
const NOTE_EVERY_MS = 60_000
/** Longer ones aren't looked for. */
const MAX_TOKEN = 128

/** Tokens by which other systems schedule jobs. Throws ParamsError, StoreUnavailableError. */
export class TokenOperations {
  readonly #deps: Pick<OperationDeps, 'store' | 'clock'>

  constructor(deps: Pick<OperationDeps, 'store' | 'clock'>) {
    this.#deps = deps
  }

  /** This is the only time that the token can be seen. */
  async create(
    { portalId, lineId }: TokenPlace,
    name: string,
  ): Promise<{ readonly token: string; readonly id: number }> {
    const { store, clock } = this.#deps
    const token = PREFIX + randomBytes(RANDOM_BYTES).toString('base64url')
    const kept = { portalId, name, digest: digestOf(token), ...given({ lineId }) }
    return { token, id: await insertToken(store, kept, clock.now()) }
  }

  async list(
    place: TokenPlace,
    { limit = DEFAULT_LIMIT, cursor }: Paging,
  ): Promise<{ readonly items: readonly TokenItem[]; readonly cursor?: string }> {
    const page = { ...place, after: readNumberCursor(cursor), limit: limit + 1 }
    const found = await listTokens(this.#deps.store, page)
    const items = found.slice(0, limit).map(toItem)
    const last = items.at(-1)
    return { items, ...(last && found.length > limit ? { cursor: String(last.id) } : {}) }
  }

  /** False if there is no such token. */
  async revoke(place: TokenPlace, id: number): Promise<boolean> {
    return await deleteToken(this.#deps.store, { ...place, id })
  }

  /** Whose token it is. */
  async find(token: string): Promise<ApiToken | undefined> {
    if (!token.startsWith(PREFIX) || token.length > MAX_TOKEN) return undefined
    const { store, clock } = this.#deps
    const found = await findToken(store, digestOf(token))
    const now = clock.now()
    if (found && (found.usedAt ?? 0) <= now - NOTE_EVERY_MS) await noteUse(store, found.id, now)
    return found
  }
}

/** Of 192 random bits: nothing is to be gained by trying. */
function digestOf(token: string): string {
  return hash('sha256', token, 'base64url')
}

function toItem({ id, name, connector, line, createdAt, usedAt }: ListedToken): TokenItem {
  return {
    ...{ id, name, createdAt: iso(createdAt) },
    ...given({ connector, line, usedAt: usedAt === undefined ? undefined : iso(usedAt) }),
  }
}
