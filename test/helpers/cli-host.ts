import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { CliEnd, CliEnv } from './cli.ts'
import { compileCacheEnv } from './compile-cache.ts'

const PROCESS = fileURLToPath(new URL('./cli-host-process.ts', import.meta.url))
const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** One command to be run in the process. */
export interface HostedCommand {
  readonly args: readonly string[]
  /** What stands in stdin, in base64. */
  readonly stdin: string
}

/**
 * Runs `hub` commands one after the other in a single process that isn't the test's: each has its own arguments and
 * streams, and only the first costs the start of Node.
 */
export class CliHost implements AsyncDisposable {
  readonly #child: ChildProcess

  constructor(env: CliEnv) {
    this.#child = fork(PROCESS, [], {
      cwd: ROOT,
      env: { PATH: '/usr/bin:/bin', ...compileCacheEnv(), ...env },
      execArgv: [],
    })
  }

  /** One at a time. */
  async run(args: readonly string[], stdin: string | Buffer = ''): Promise<CliEnd> {
    const command = { args, stdin: Buffer.from(stdin).toString('base64') }
    const answer = once(this.#child, 'message')
    this.#child.send(command satisfies HostedCommand)
    const [end] = (await answer) as [CliEnd]
    return end
  }

  /** With `--json`; throws if the command fails or prints anything but one JSON document. */
  async json<T>(args: readonly string[], stdin: string | Buffer = ''): Promise<T> {
    const { code, stdout, stderr } = await this.run([...args, '--json'], stdin)
    if (code !== 0) throw new Error(`hub ${args.join(' ')} ended with ${code}: ${stderr}`)
    return JSON.parse(stdout) as T
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await gone
  }
}
