import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { compileCacheEnv } from './compile-cache.ts'
import { waitFor } from './wait-for.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const READY_TIMEOUT_MS = 20_000

export interface CliEnd {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export type CliEnv = Readonly<Record<string, string>>

/** Runs `hub <args>` to its end. Nothing of this process's environment is passed on but the compile cache. */
export async function runCli(args: readonly string[], env: CliEnv): Promise<CliEnd> {
  return await new CliProcess(args, env).ended()
}

/** Runs `hub <args> --json`; throws if it fails or prints anything but one JSON document. */
export async function runCliJson<T>(args: readonly string[], env: CliEnv): Promise<T> {
  const { code, stdout, stderr } = await runCli([...args, '--json'], env)
  if (code !== 0) throw new Error(`hub ${args.join(' ')} ended with ${code}: ${stderr}`)
  return JSON.parse(stdout) as T
}

export interface LogLine {
  readonly event?: string
  readonly url?: string
  readonly pid?: number
  readonly [further: string]: unknown
}

/** A `hub` that runs, such as `start`. Disposing of it kills it. */
export class CliProcess implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #exited: Promise<number | null>
  #stdout = ''
  #stderr = ''

  constructor(
    args: readonly string[],
    env: CliEnv,
    command: readonly [string, ...string[]] = [process.execPath, MAIN],
  ) {
    const [program, ...first] = command
    this.#child = spawn(program, [...first, ...args], {
      cwd: ROOT,
      env: { PATH: '/usr/bin:/bin', ...compileCacheEnv(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.#stdout += chunk.toString('utf8')
    })
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr += chunk.toString('utf8')
    })
    this.#exited = once(this.#child, 'close').then(([code]) => code as number | null)
  }

  kill(signal: NodeJS.Signals = 'SIGTERM'): void {
    this.#child.kill(signal)
  }

  /** What it has printed so far. */
  output(): string {
    return this.#stdout
  }

  /** The log so far, line by line. */
  log(): LogLine[] {
    return this.#stdout
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as LogLine)
  }

  /** The addresses it has told, one per worker, once there are `count`. */
  async listening(count = 1): Promise<LogLine[]> {
    const found = () => this.log().filter(({ event }) => event === 'hub.listening')
    await waitFor(
      () => found().length >= count || this.#child.exitCode !== null,
      () => `hub.listening ${count} times; stdout ${this.#stdout}, stderr ${this.#stderr}`,
      READY_TIMEOUT_MS,
    )
    if (found().length < count) throw new Error(`it ended: ${this.#stderr}`)
    return found()
  }

  async ended(): Promise<CliEnd> {
    const code = await this.#exited
    return { code, stdout: this.#stdout, stderr: this.#stderr }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exited
  }
}

/** `npm <args>` in the project's folder. Only what it is asked to end ends with it. */
export class NpmProcess extends CliProcess {
  constructor(args: readonly string[], env: CliEnv) {
    super(args, env, ['npm'])
  }
}
