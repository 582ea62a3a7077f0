import { setTimeout as sleep } from 'node:timers/promises'
import type { StoreAct } from './chaos-store.ts'
import { Disturbances } from './disturbances.ts'
import { checkFencing } from './fencing.ts'
import type { HubSlot } from './hubs.ts'
import { MISDEEDS, type Misdeed } from './misdeeds.ts'
import type { ChaosPortal } from './portal.ts'
import type { Random } from './random.ts'
import { findHeld, type Recovery, watchRecovery } from './recovery.ts'
import { lockRow } from './row-lock.ts'
import type { Stage } from './stage.ts'

/** Portals before this one never misbehave: their lines show what the hub alone does. */
const CALM_PORTALS = 4
const WARM_UP_MS = 1500

/** Causes all the trouble. Acts on hubs and store come one after another; portals misbehave meanwhile. */
export class Monkey {
  readonly counts = new Map<string, number>()
  readonly misdeeds = new Map<Misdeed, number>()
  readonly recoveries: Recovery[] = []
  readonly #stage: Stage
  readonly #random: Random
  readonly #stopping = new AbortController()
  readonly #disturbances = new Disturbances()
  #deck: Misdeed[] = []

  constructor(stage: Stage, random: Random) {
    this.#stage = stage
    this.#random = random
  }

  /** Ends when `seconds` are over and everything is well again. */
  async run(seconds: number): Promise<void> {
    const until = Date.now() + seconds * 1000
    const portals = this.#stage.portals.slice(CALM_PORTALS).map((portal) => this.#plague(portal))
    const { acts } = this.#stage.store
    const [storeAct] = acts
    const first = [
      () => this.#lockRow(),
      () => this.#kill(1),
      () => this.#befall(storeAct),
      () => this.#freeze(3000),
    ]
    const all = [
      ...first,
      () => this.#terminate(),
      () => this.#freeze(this.#random.between(6500, 8000)),
      () => this.#kill(2),
      () => this.#freeze(this.#random.between(500, 5000)),
      () => this.#killStarting(),
      ...acts.map((act) => () => this.#befall(act)),
      // Both at once.
      () => Promise.all([this.#kill(1), this.#befall(storeAct)]),
    ]
    // Until every hub holds some lines.
    await sleep(WARM_UP_MS)
    // The first of each kind also in a short run; then all of them, again and again.
    for (let queue = [...first, ...this.#random.shuffle(all.slice(first.length))]; ; ) {
      const act = queue.shift()
      if (Date.now() >= until) break
      await act?.()
      await sleep(Math.min(this.#random.between(300, 1500), Math.max(0, until - Date.now())))
      if (queue.length === 0) queue = this.#random.shuffle(all)
    }
    this.#stopping.abort()
    await Promise.all(portals)
  }

  #count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1)
  }

  async #plague(portal: ChaosPortal): Promise<void> {
    const pause = (ms: number) =>
      sleep(ms, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
    await pause(this.#random.between(0, 2000))
    while (!this.#stopping.signal.aborted) {
      const misdeed = this.#draw(portal)
      this.misdeeds.set(misdeed, (this.misdeeds.get(misdeed) ?? 0) + 1)
      await portal.misbehave(misdeed)
      await pause(this.#random.between(1000, 5000))
      await portal.behave()
      await pause(this.#random.between(1000, 4000))
    }
  }

  /** Each misdeed comes round before any comes again. */
  #draw(portal: ChaosPortal): Misdeed {
    if (this.#deck.length === 0) this.#deck = this.#random.shuffle(MISDEEDS)
    const fits = (misdeed: Misdeed) => portal.isTls || misdeed !== 'expired-certificate'
    const special = portal.isTls ? this.#deck.indexOf('expired-certificate') : -1
    const index = special >= 0 ? special : this.#deck.findIndex(fits)
    const [misdeed] = index >= 0 ? this.#deck.splice(index, 1) : []
    return misdeed ?? 'stall'
  }

  /** SIGKILL of `count` hubs; each is started again at once or after some seconds. */
  async #kill(count: number): Promise<void> {
    const victims = this.#random.shuffle(this.#stage.hubs).slice(0, count)
    await Promise.all(
      victims.map(async (hub) => {
        const { pid } = hub
        const killedAt = Date.now()
        const end = this.#stage.troubles.begin()
        await hub.end('SIGKILL')
        end()
        this.#count('SIGKILL of a hub')
        const recovered = this.#watch('SIGKILL', findHeld(this.#stage, pid), killedAt)
        if (this.#random.chance(0.5)) await sleep(this.#random.between(1000, 6000))
        await hub.start()
        await recovered
      }),
    )
  }

  async #terminate(): Promise<void> {
    const hub = this.#pick()
    const held = await findHeld(this.#stage, hub.pid)
    const endedAt = Date.now()
    this.#count('SIGTERM of a hub')
    const end = this.#stage.troubles.begin()
    const code = await hub.end('SIGTERM')
    end()
    if (code !== 0) this.#stage.ledger.violation(`${hub.name} ended with ${code} after SIGTERM`)
    await hub.start()
    await this.#watch('SIGTERM', Promise.resolve(held), endedAt)
  }

  async #freeze(ms: number): Promise<void> {
    const { ledger } = this.#stage
    const hub = this.#pick()
    const endStall = ledger.stallBegins()
    const endTrouble = this.#stage.troubles.begin()
    const frozenAt = Date.now()
    hub.halt()
    const held = findHeld(this.#stage, hub.pid)
    this.#count(ms > 6000 ? 'SIGSTOP beyond the lease' : 'SIGSTOP within the lease')
    const recovered = this.#watch(`SIGSTOP for ${(ms / 1000).toFixed(1)} s`, held, frozenAt)
    await sleep(ms)
    hub.resume()
    endStall()
    endTrouble()
    await checkFencing(this.#stage, hub, frozenAt, Date.now())
    await recovered
  }

  /** A hub that never gets as far as listening, and one in its place. */
  async #killStarting(): Promise<void> {
    const hub = this.#pick()
    const end = this.#stage.troubles.begin()
    await hub.end('SIGTERM')
    end()
    for (let times = 0; times < 3; times++) {
      this.#count('SIGKILL of a starting hub')
      await hub.startAndKill(this.#random.between(200, 1200))
    }
    await hub.start()
  }

  async #lockRow(): Promise<void> {
    this.#count('a line’s row is locked by somebody')
    const end = this.#stage.troubles.begin()
    await lockRow(this.#stage, this.#random)
    end()
  }

  async #befall(act: StoreAct | undefined): Promise<void> {
    if (!act) return
    this.#count(act.name)
    const ends = [this.#disturbances.begin(), this.#stage.troubles.begin()]
    await act.run(this.#random)
    for (const end of ends) end()
  }

  async #watch(what: string, held: Promise<number[]>, since: number): Promise<void> {
    const order = { what, held: await held, since }
    this.recoveries.push(await watchRecovery(this.#stage, this.#disturbances, order))
  }

  #pick(): HubSlot {
    return this.#random.pick(this.#stage.hubs)
  }
}
