import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { BuildReply, Bundle, BundleSource } from './bundle.ts'

const PROGRAM = fileURLToPath(new URL('./build-process.ts', import.meta.url))

/**
 * Makes a browser's code ready to be served: bundled, minified, compressed, all of it in memory. It takes some tenths of a second
 * of another process: of a thread 50 MiB would stay with the hub for good. Rejects with esbuild's words when the code can't be built.
 */
export async function buildAssets(source: BundleSource): Promise<Bundle> {
  const builder = fork(PROGRAM, {
    // Maps and bytes come as they are.
    serialization: 'advanced',
    execArgv: [],
    // None of the hub's secrets.
    env: {},
    // A Ctrl-C in the terminal is for the hub, which is not to complain of a build that failed.
    detached: true,
  })
  try {
    const reply = await new Promise<BuildReply>((resolve, reject) => {
      builder.once('message', (message) => resolve(message as BuildReply))
      builder.once('error', reject)
      builder.once('exit', () => reject(new Error(`the build of ${source.name} ended early`)))
      builder.send(source, (error) => error && reject(error))
    })
    if ('error' in reply) throw new Error(reply.error)
    return reply.bundle
  } finally {
    builder.kill()
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
