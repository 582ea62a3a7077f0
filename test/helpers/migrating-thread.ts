import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

export type MigrationReply = { readonly applied: string[] } | { readonly error: unknown }

/**
 * A thread that migrates stores, as another process of the hub would: SQLite waits for a lock without letting anything
 * else of its thread run, so two of one thread wait for each other until one gives up.
 */
export class MigratingThread implements AsyncDisposable {
  readonly #worker = new Worker(new URL('./migrating-worker.ts', import.meta.url))

  /** One store at a time; gives the names of what was applied. */
  async migrate(databaseUrl: string): Promise<string[]> {
    this.#worker.postMessage(databaseUrl)
    const [reply] = (await once(this.#worker, 'message')) as [MigrationReply]
    if ('error' in reply) throw reply.error
    return reply.applied
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate()
  }
}
