import type { Clock } from '../core/clock.ts'
import { addLink, findLink, type LinkState, useLink } from '../db/console/links.ts'
import type { ConsoleGrant } from '../db/console/sessions.ts'
import type { Store } from '../db/engine/store.ts'
import { hashOf, makeSecret } from './sessions.ts'

export interface LinksDeps {
  readonly store: Store
  readonly clock: Clock
  /** Where the hub is reached; no trailing slash. */
  readonly publicUrl: string
}

export interface ConsoleLink {
  readonly url: string
  /** ISO 8601. */
  readonly expiresAt: string
}

/** Where links lead: `/console/link/<secret>`. */
export const LINK_PATH = '/console/link'

/** Links that open the console once, for a portal's administrators. All of it throws StoreUnavailableError. */
export class ConsoleLinks {
  readonly #deps: LinksDeps

  constructor(deps: LinksDeps) {
    this.#deps = deps
  }

  async make(grant: ConsoleGrant, lifeMs: number): Promise<ConsoleLink> {
    const { store, clock } = this.#deps
    const secret = makeSecret()
    const expiresAt = clock.now() + lifeMs
    await addLink(store, hashOf(secret), grant, expiresAt)
    return { url: this.urlOf(secret), expiresAt: new Date(expiresAt).toISOString() }
  }

  urlOf(secret: string): string {
    return `${this.#deps.publicUrl}${LINK_PATH}/${secret}`
  }

  /** How a link stands; that uses nothing up. */
  async look(secret: string): Promise<LinkState> {
    return await findLink(this.#deps.store, hashOf(secret), this.#deps.clock.now())
  }

  /** The same, and uses it up where it is open. */
  async use(secret: string): Promise<LinkState> {
    return await useLink(this.#deps.store, hashOf(secret), this.#deps.clock.now())
  }
}
