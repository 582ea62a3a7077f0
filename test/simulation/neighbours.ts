import { type PoolOptions, SharedPool } from '../../src/core/shared-pool.ts'
import { HubModel } from './neighbour-hub.ts'
import { NeighbourWorld, quietLines } from './neighbour-world.ts'
import { NOISES, type Noise, type NoiseName, noisyLines } from './noises.ts'
import { Random } from './random.ts'
import { readSchema, SimDatabase } from './sim-database.ts'
import { Stopwatch, type WaitsByService } from './stopwatch.ts'

export interface NeighbourOptions {
  /** What the noisy tenant does. */
  readonly noise: NoiseName
  /** The quiet ones without it, all else being the same. */
  readonly isAlone?: boolean
  /** Whoever comes first takes all there is, as if there were no shares. */
  readonly isUnfair?: boolean
  readonly seconds?: number
}

const SECONDS = 20
const LATENCY_MS = 1

/** A pool in which first come is first served. */
class UnfairPool extends SharedPool {
  override hasRoom(_tenant: string, _part?: unknown, amount = 1): boolean {
    return this.free >= amount
  }
}

/** One hub with 100 quiet tenants and a noisy one, on simulated time: how long the quiet ones wait for its services. */
export class NeighbourSimulator {
  readonly #database: SimDatabase

  private constructor(database: SimDatabase) {
    this.#database = database
  }

  static async create(): Promise<NeighbourSimulator> {
    return new NeighbourSimulator(new SimDatabase(await readSchema()))
  }

  async run(seed: number, options: NeighbourOptions): Promise<WaitsByService> {
    const random = new Random(seed)
    const realRandom = Math.random
    Math.random = () => random.next()
    try {
      return await this.#run(random, options)
    } finally {
      Math.random = realRandom
    }
  }

  async #run(random: Random, options: NeighbourOptions): Promise<WaitsByService> {
    const { noise: name, isAlone = false, isUnfair = false, seconds = SECONDS } = options
    const noise: Noise = NOISES[name]
    const stopwatch = new Stopwatch()
    let world: NeighbourWorld | undefined
    const hub = new HubModel({
      random,
      database: this.#database,
      latencyMs: noise.latencyMs ?? LATENCY_MS,
      openPool: (size: PoolOptions) => (isUnfair ? new UnfairPool(size) : new SharedPool(size)),
      surround: (time) => {
        world = new NeighbourWorld(time, random, stopwatch)
        return world
      },
    })
    const quiet = quietLines()
    hub.fill(new Map([...quiet, ...(isAlone ? [] : noisyLines(noise))]))
    if (!isAlone) noise.prepare?.(hub)
    this.#database.execute(
      "INSERT INTO poll_line (line_id, portal_id, due_at) SELECT line_id, portal_id, ? FROM inbox_line WHERE portal_id <> 'noisy'",
      [hub.time.now],
    )
    await hub.boot()
    if (world && !isAlone) noise.start?.(hub, world)
    for (const [lineId, portalId] of quiet) world?.startQuiet(hub, lineId, portalId)
    await hub.goOn(seconds * 1000)
    return stopwatch.waits(hub.time.now)
  }
}
