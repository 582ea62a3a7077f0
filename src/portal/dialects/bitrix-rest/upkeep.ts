import type { Upkeep } from '../../../core/dialect.ts'
import { given } from '../../../core/given.ts'
import type { Portal } from '../../../core/portal.ts'
import type { Context } from './callers.ts'
import { Departures } from './departures.ts'
import { isRegistered, registerAt } from './register.ts'
import type { Tokens } from './tokens.ts'

const HOUR = 60 * 60_000
/** A refresh token lives for weeks at least; a portal that nobody writes to still has its own renewed every day. */
const RENEW_AFTER_MS = 24 * HOUR

/** What is done by the clock for a portal with our application: its tokens, its address, what is registered there. */
export class BitrixRestUpkeep implements Upkeep {
  readonly everyMs = HOUR
  readonly #context: Context
  readonly #departures: Departures

  constructor(context: Context) {
    this.#context = context
    this.#departures = new Departures(context)
  }

  async visit(portal: Portal, signal: AbortSignal): Promise<void> {
    const { tokens } = this.#context.speakerOf(portal).rest
    let known = await tokens.tokensOf(portal.id)
    if (!known) return
    if (known.ended === 'uninstalled') return await this.#departures.disconnectAll(portal, signal)
    if (known.ended) return
    if (this.#context.clock.now() - known.since >= RENEW_AFTER_MS) {
      const access = await tokens.renew(portal, signal)
      if (access.kind === 'none') throw new Error(access.reason)
      if (access.kind === 'ready') known = access.tokens
    }
    if (signal.aborted) return
    await this.#follow(portal, known)
    await this.#register(portal, signal)
  }

  /** A portal that was given another address says so with its tokens. */
  async #follow(portal: Portal, { endpoint, memberId }: Tokens): Promise<void> {
    const settings = { domain: new URL(endpoint).host, ...given({ memberId }) }
    const isKnown = Object.entries(settings).every(([key, value]) => portal.settings[key] === value)
    if (!isKnown) await this.#context.editPortal(portal.id, { settings })
  }

  /** Another public address, or a connector that is new to this version of the hub. */
  async #register(portal: Portal, signal: AbortSignal): Promise<void> {
    if (await isRegistered(this.#context, portal)) return
    const faults = await registerAt(this.#context, portal, signal)
    if (faults.length > 0 && !signal.aborted) throw new Error(faults.join('; '))
  }
}
