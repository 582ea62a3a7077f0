import { hash } from 'node:crypto'
import type { DoorContext } from '../../../../core/dialect.ts'
import type { PortalMemory } from '../../../../core/dialect-memory.ts'
import { changeMemory } from './memory-change.ts'

/** Somebody's account at a provider, or a page or community there. */
export interface Entity {
  readonly id: string
  readonly name: string
}

/** A community that the person administers. */
export interface Community extends Entity {
  readonly url: string
  readonly type: 'group' | 'page' | 'event'
}

/** Who has logged in for a line, and what that person has chosen for it. */
export interface OAuthAccount {
  readonly user: Entity
  /** Of Meta, long-lived: asked for the person's pages each time. */
  readonly token?: string
  /** Of VK, as they were when the person logged in: its tokens live for an hour, and nothing else is done with them. */
  readonly communities?: readonly Community[]
  /** The page or community that was connected; it goes when a person disconnects it. */
  readonly chosen?: Entity
}

export interface AccountOf {
  readonly portalId: string
  readonly connector: string
  readonly line: string
}

/** The accounts of a portal's lines, sealed in its memory. */
export class OAuthAccounts {
  readonly #memory: PortalMemory

  constructor({ portals }: DoorContext['memory']) {
    this.#memory = portals
  }

  async read(of: AccountOf): Promise<OAuthAccount | undefined> {
    return parse((await this.#memory.read(of.portalId, nameOf(of)))?.value)
  }

  /** Somebody has logged in; what is connected stays chosen. */
  async put(of: AccountOf, account: Omit<OAuthAccount, 'chosen'>): Promise<void> {
    await this.#change(of, (old) => ({ ...account, ...(old?.chosen && { chosen: old.chosen }) }))
  }

  /** Of an account that is still there. */
  async choose(of: AccountOf, chosen: Entity): Promise<void> {
    await this.#change(of, (old) => old && { ...old, chosen })
  }

  async unchoose(of: AccountOf): Promise<void> {
    await this.#change(of, (old) => old && withoutChosen(old))
  }

  async forget(of: AccountOf): Promise<void> {
    await this.#change(of, () => undefined)
  }

  async #change(
    of: AccountOf,
    change: (old: OAuthAccount | undefined) => OAuthAccount | undefined,
  ): Promise<void> {
    await changeMemory(this.#memory, { portalId: of.portalId, name: nameOf(of) }, (value) => {
      const changed = change(parse(value))
      return changed && JSON.stringify(changed)
    })
  }
}

function withoutChosen({ chosen: _, ...rest }: OAuthAccount): OAuthAccount {
  return rest
}

/** A portal's id of a line may be longer than a name. */
function nameOf({ connector, line }: AccountOf): string {
  return `oauth:${connector}:${hash('sha256', line, 'base64url').slice(0, 32)}`
}

function parse(value: string | undefined): OAuthAccount | undefined {
  return value === undefined ? undefined : (JSON.parse(value) as OAuthAccount)
}
