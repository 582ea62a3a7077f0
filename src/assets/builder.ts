import { Worker } from 'node:worker_threads'
import type { Bundle, BundleSource } from './bundle.ts'

/**
 * Makes a browser's code ready to be served: bundled, minified, compressed, all of it in memory. It takes some tenths of a second
 * of another thread: esbuild's one service belongs to a thread, so two builds at once can't stop each other's, and nothing of it stays
 * when the thread has ended. Rejects with esbuild's words when the code can't be built.
 */
export async function buildAssets(source: BundleSource): Promise<Bundle> {
  const worker = new Worker(new URL('./build-thread.ts', import.meta.url), { workerData: source })
  try {
    return await new Promise<Bundle>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
      worker.once('exit', () => reject(new Error(`the build of ${source.name} ended early`)))
    })
  } finally {
    await worker.terminate()
  }
}

/** Builds at the first request and keeps what it made. A build that failed is tried again at the next one. */
export class LazyBundle {
  readonly #source: BundleSource
  #bundle: Promise<Bundle> | undefined

  constructor(source: BundleSource) {
    this.#source = source
  }

  get(): Promise<Bundle> {
    this.#bundle ??= buildAssets(this.#source).catch((error: unknown) => {
      this.#bundle = undefined
      throw error
    })
    return this.#bundle
  }
}
