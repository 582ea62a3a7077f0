import { createLocalSandbox } from '../../src/communications/sandbox/evaluator.ts'
import type { Sandbox } from '../../src/communications/sandbox/sandbox.ts'
import { given } from '../../src/core/given.ts'
import { COMM_TRIGGERS } from './comm-rows.ts'
import { CommWorld } from './comm-world.ts'
import type { Mutation } from './mutations.ts'
import { Random } from './random.ts'
import { readSchema, SimDatabase } from './sim-database.ts'

export interface CommSeedResult {
  readonly seed: number
  readonly violation?: string
  readonly hash: string
  readonly lastLines: readonly string[]
  readonly messages: number
  readonly jobs: number
}

export interface CommOptions {
  readonly mutation?: Mutation
  /** Conditions, code and templates go to QuickJS and Liquid. */
  readonly isSandboxReal?: boolean
  readonly print?: (line: string) => void
}

/** Runs worlds of communications one after another on one database. */
export class CommSimulator {
  readonly #database: SimDatabase
  readonly #sandbox: Sandbox

  private constructor(database: SimDatabase, sandbox: Sandbox) {
    this.#database = database
    this.#sandbox = sandbox
  }

  static async create(): Promise<CommSimulator> {
    const sandbox = createLocalSandbox()
    // Loaded before the first world: in there nothing may wait for the machine.
    await sandbox.check([{ kind: 'code', source: 'return 1' }])
    return new CommSimulator(new SimDatabase(await readSchema(), COMM_TRIGGERS), sandbox)
  }

  async run(seed: number, options: CommOptions = {}): Promise<CommSeedResult> {
    const random = new Random(seed)
    // The code under test draws from the same source: nothing is left to real chance.
    const realRandom = Math.random
    Math.random = () => random.next()
    try {
      const world = new CommWorld(random, {
        database: this.#database,
        mutation: options.mutation ?? 'none',
        ...given({ print: options.print }),
        ...(options.isSandboxReal ? { sandbox: this.#sandbox } : {}),
      })
      await world.run()
      return {
        seed,
        ...given({ violation: world.violation }),
        hash: world.trace.hash,
        lastLines: world.trace.last,
        messages: world.books.messages,
        jobs: world.books.endedJobs,
      }
    } finally {
      Math.random = realRandom
    }
  }
}
