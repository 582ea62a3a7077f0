import { hash, randomBytes } from 'node:crypto'
import type { Clock } from '../../../../core/clock.ts'
import type { PortalMemory } from '../../../../core/dialect-memory.ts'
import { changeMemory } from './memory-change.ts'

/** How long a page's link to a provider is good. */
export const STATE_MS = 10 * 60_000
/** Of a portal. What has been used or has expired stays for a while, so that whoever comes with it learns which it is. */
const MAX_STATES = 50
const NAME = 'oauth:states'
const RANDOM_BYTES = 32
/** 32 bytes, and whose it is: the address of a popup names its portal by nothing else. */
const FORM = /^[\w-]{43}(prt_\w{1,28})$/

/** What a page wants its popup for. */
export interface Wish {
  /** The hub's own id. */
  readonly connector: string
  readonly line: string
  /** Where the popup goes in the end: a page of the portal. */
  readonly returnUrl: string
}

export interface OpenWish extends Wish {
  /** For PKCE (RFC 7636). */
  readonly verifier: string
}

export type FoundWish =
  | { readonly kind: 'open'; readonly wish: OpenWish }
  | { readonly kind: 'used' | 'expired' }

interface Kept extends OpenWish {
  readonly digest: string
  readonly madeAt: number
  readonly isUsed?: true
}

/** The states of OAuth that a portal's pages hold: random, good for ten minutes, and once only. */
export class OAuthStates {
  readonly #memory: PortalMemory
  readonly #clock: Clock

  constructor(memory: PortalMemory, clock: Clock) {
    this.#memory = memory
    this.#clock = clock
  }

  async open(portalId: string, wish: Wish): Promise<string> {
    const state = randomBytes(RANDOM_BYTES).toString('base64url') + portalId
    const madeAt = this.#clock.now()
    const verifier = randomBytes(RANDOM_BYTES).toString('base64url')
    const kept: Kept = { ...wish, verifier, madeAt, digest: digestOf(state) }
    await this.#change(portalId, (all) => [...this.#worthKeeping(all), kept])
    return state
  }

  /** Undefined: the hub has never made it, or has forgotten it. */
  async find(state: string): Promise<FoundWish | undefined> {
    const portalId = portalOf(state)
    if (portalId === undefined) return undefined
    const found = await this.#memory.read(portalId, NAME)
    return this.#pick(parse(found?.value), state)
  }

  /** The same, and from now on it is used: of two who come with it one gets it. */
  async take(state: string): Promise<FoundWish | undefined> {
    const portalId = portalOf(state)
    if (portalId === undefined) return undefined
    const digest = digestOf(state)
    let found: FoundWish | undefined
    await this.#change(portalId, (all) => {
      found = this.#pick(all, state)
      if (found?.kind !== 'open') return all
      return all.map((one) => (one.digest === digest ? { ...one, isUsed: true } : one))
    })
    return found
  }

  #pick(all: readonly Kept[], state: string): FoundWish | undefined {
    const digest = digestOf(state)
    const kept = all.find((one) => one.digest === digest)
    if (!kept) return undefined
    if (kept.isUsed) return { kind: 'used' }
    return this.#isOpen(kept) ? { kind: 'open', wish: kept } : { kind: 'expired' }
  }

  #isOpen({ isUsed, madeAt }: Kept): boolean {
    return !isUsed && this.#clock.now() - madeAt < STATE_MS
  }

  /** Makes room for one; what is of no use any more goes first. */
  #worthKeeping(all: readonly Kept[]): Kept[] {
    const open = all.filter((one) => this.#isOpen(one))
    const rest = all.filter((one) => !this.#isOpen(one))
    return [...rest, ...open].slice(-(MAX_STATES - 1))
  }

  async #change(
    portalId: string,
    change: (all: readonly Kept[]) => readonly Kept[],
  ): Promise<void> {
    await changeMemory(this.#memory, { portalId, name: NAME }, (value) => {
      const all = parse(value)
      const changed = change(all)
      return changed === all ? value : JSON.stringify(changed)
    })
  }
}

/** Whose state this says it is. */
export function portalOf(state: string): string | undefined {
  return FORM.exec(state)?.[1]
}

function digestOf(state: string): string {
  return hash('sha256', state, 'base64url')
}

function parse(value: string | undefined): readonly Kept[] {
  return value === undefined ? [] : (JSON.parse(value) as readonly Kept[])
}
