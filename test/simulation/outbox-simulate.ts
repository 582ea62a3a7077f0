import { given } from '../../src/core/given.ts'
import type { Mutation } from './mutations.ts'
import { OutboxWorld } from './outbox-world.ts'
import { Random } from './random.ts'
import { readSchema, SimDatabase } from './sim-database.ts'

export interface OutboxSeedResult {
  readonly seed: number
  readonly violation?: string
  readonly hash: string
  readonly lastLines: readonly string[]
  /** Calls to the channel. */
  readonly calls: number
}

/** Runs worlds of outgoing messages one after another on one database. */
export class OutboxSimulator {
  readonly #database: SimDatabase

  private constructor(database: SimDatabase) {
    this.#database = database
  }

  static async create(): Promise<OutboxSimulator> {
    return new OutboxSimulator(new SimDatabase(await readSchema()))
  }

  async run(
    seed: number,
    options: {
      readonly mutation?: Mutation
      readonly isCrowded?: boolean
      readonly print?: (line: string) => void
    } = {},
  ): Promise<OutboxSeedResult> {
    const random = new Random(seed)
    // The code under test draws from the same source: nothing is left to real chance.
    const realRandom = Math.random
    Math.random = () => random.next()
    try {
      const world = new OutboxWorld(random, {
        database: this.#database,
        mutation: options.mutation ?? 'none',
        isCrowded: options.isCrowded,
        ...given({ print: options.print }),
      })
      await world.run()
      return {
        seed,
        ...given({ violation: world.violation }),
        hash: world.trace.hash,
        lastLines: world.trace.last,
        calls: world.books.calls,
      }
    } finally {
      Math.random = realRandom
    }
  }
}
