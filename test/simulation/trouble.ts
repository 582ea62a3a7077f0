import type { Store } from '../../src/db/engine/store.ts'
import { deleteVoidEvents } from '../../src/db/hub/pruning.ts'
import { replayDeadLetters } from '../../src/db/inbox/dead-letters.ts'
import { emptySlots, RINGS } from '../../src/db/inbox/seen-slots.ts'
import { confirmEvents, makeDueNow } from '../../src/db/inbox/status.ts'
import { disconnectLine } from '../../src/db/lines/identities.ts'
import type { Ledger } from './ledger.ts'
import type { Act } from './profile.ts'
import type { Random } from './random.ts'
import type { SimTime } from './sim-clock.ts'
import type { SimProcess } from './sim-process.ts'
import type { Trace } from './trace.ts'

export interface TroubledWorld {
  readonly time: SimTime
  readonly random: Random
  readonly ledger: Ledger
  readonly trace: Trace
  /** The store can't be reached by anybody until then. */
  outageUntil: number
  /** Updates that were first posted earlier won't be posted again. Epoch ms. */
  forgettableBefore(): number
  anyServing(): SimProcess | undefined
  crash(process: SimProcess): void
  /** Another process takes the place of one that has ended. */
  startLater(): void
}

/** What befalls the processes, and what people and portals ask of them. */
export class Trouble {
  readonly #world: TroubledWorld
  /** Who is doing something that a person or a portal has asked for. */
  readonly #busy: SimProcess[] = []

  constructor(world: TroubledWorld) {
    this.#world = world
  }

  get isQuiet(): boolean {
    return this.#busy.every(({ isDead }) => isDead)
  }

  befall(act: Act): void {
    const { random, time, trace } = this.#world
    const lineId = random.pick([...this.#world.ledger.lines.keys()])
    const until = time.now + random.between(500, 12_000)
    if (act === 'outage') {
      this.#world.outageUntil = until
      trace.add('the store is away')
      return
    }
    const process = this.#world.anyServing()
    if (!process) return
    const faults: Partial<Record<Act, () => void>> = {
      crash: () => this.#world.crash(process),
      stop: () => {
        void process.stop()
        this.#world.startLater()
      },
      cutOff: () => {
        process.cutOffUntil = until
      },
      stall: () => {
        process.stalledUntil = time.now + random.between(3000, 14_000)
      },
      freeze: () => {
        process.frozenUntil = until
      },
      jump: () => {
        process.clock.offsetMs += random.pick([-3_600_000, -5000, 5000, 60_000])
      },
    }
    const fault = faults[act]
    if (fault) {
      trace.add(`${process.name} meets: ${act}`)
      fault()
    } else {
      this.#ask(act, process, lineId)
    }
  }

  /** A portal confirms at any process what it had said to acknowledge later. */
  confirm(lineId: number, seqs: readonly number[]): void {
    const process = this.#world.anyServing()
    if (!process) return
    this.#do(process, `confirmation for line ${lineId}`, async () => {
      this.#noteCall(process, lineId)
      await confirmEvents(process.store.asStore, lineId, seqs, process.now())
      process.dispatcher.wake()
    })
  }

  #ask(act: Act, process: SimProcess, lineId: number): void {
    const store = process.store.asStore
    const deeds: Partial<Record<Act, () => Promise<unknown>>> = {
      call: async () => this.#noteCall(process, lineId),
      retryNow: async () => {
        await makeDueNow(store, lineId, process.now())
        process.dispatcher.wake()
      },
      replay: async () => {
        await replayDeadLetters(store, lineId, undefined, process.now())
        process.dispatcher.wake()
      },
      purge: () => disconnectLine(store, lineId, { purge: true }, process.now()),
      prune: () => deleteVoidEvents(store),
      forget: () => this.#forget(store),
    }
    const deed = deeds[act]
    if (deed) this.#do(process, `${act} of line ${lineId}`, deed)
  }

  /** What remembers updates that nobody will post again. */
  async #forget(store: Store): Promise<void> {
    const before = this.#world.forgettableBefore()
    for (const ring of RINGS) await emptySlots(store, ring, before)
  }

  #noteCall(process: SimProcess, lineId: number): void {
    process.life.note(this.#world.ledger.line(lineId).portalId)
  }

  #do(process: SimProcess, text: string, deed: () => Promise<unknown>): void {
    const { trace } = this.#world
    trace.add(`${process.name} ${text}`)
    const done = async (): Promise<void> => {
      this.#busy.push(process)
      try {
        await deed()
      } catch (error) {
        trace.add(`${process.name} ${text} failed: ${(error as Error).name}`)
      } finally {
        this.#busy.splice(this.#busy.indexOf(process), 1)
      }
    }
    void done()
  }
}
