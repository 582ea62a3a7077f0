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
  /** All of its environment but what the process itself was started with. */
  readonly env: CliEnv
  /** What stands in stdin, in base64. */
  readonly stdin: string
}

/**
 * Runs `hub` commands one after the other in a single process that isn't the test's: each has its own arguments,
 * environment, streams and exit code, and only the first costs the start of Node. What is about the process itself
 * (signals, its end, the start of a hub) needs `runCli`.
 */
export class CliHost implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #exited: Promise<never>
  #last: Promise<unknown> = Promise.resolve()

  constructor() {
    this.#child = fork(PROCESS, [], {
      cwd: ROOT,
      env: { PATH: '/usr/bin:/bin', ...compileCacheEnv() },
      execArgv: [],
    })
    this.#exited = once(this.#child, 'exit').then(([code, signal]) => {
      throw new Error(`the process of the commands ended with ${code ?? signal}`)
    })
    this.#exited.catch(() => undefined)
  }

  /** As `runCli`. Commands that are asked for together wait for one another. */
  run(args: readonly string[], env: CliEnv, stdin: string | Buffer = ''): Promise<CliEnd> {
    const command = { args, env, stdin: Buffer.from(stdin).toString('base64') }
    const end = this.#last.then(() => this.#ask(command))
    this.#last = end.catch(() => undefined)
    return end
  }

  /** As `runCliJson`: throws if the command fails or prints anything but one JSON document. */
  async json<T>(args: readonly string[], env: CliEnv, stdin: string | Buffer = ''): Promise<T> {
    const { code, stdout, stderr } = await this.run([...args, '--json'], env, stdin)
    if (code !== 0) throw new Error(`hub ${args.join(' ')} ended with ${code}: ${stderr}`)
    return JSON.parse(stdout) as T
  }

  /** The same process, for commands that have their environment in common. */
  with(env: CliEnv): HostedCli {
    return new HostedCli(this, env)
  }

  async #ask(command: HostedCommand): Promise<CliEnd> {
    const answer = once(this.#child, 'message')
    this.#child.send(command)
    const [end] = (await Promise.race([answer, this.#exited])) as [CliEnd]
    return end
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exited.catch(() => undefined)
  }
}

/** The commands of one environment. */
export class HostedCli {
  readonly #host: CliHost
  readonly #env: CliEnv

  constructor(host: CliHost, env: CliEnv) {
    this.#host = host
    this.#env = env
  }

  run(args: readonly string[], stdin: string | Buffer = ''): Promise<CliEnd> {
    return this.#host.run(args, this.#env, stdin)
  }

  json<T>(args: readonly string[], stdin: string | Buffer = ''): Promise<T> {
    return this.#host.json<T>(args, this.#env, stdin)
  }
}
