import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type HubProcess, startHubProcess } from '../helpers/hub-process.ts'
import { watch } from './watchdog.ts'

const MAIN = fileURLToPath(new URL('../../bin/hub.js', import.meta.url))

/** One place in which a hub runs, dies and is started again. */
export class HubSlot implements AsyncDisposable {
  readonly name: string
  readonly #env: Readonly<Record<string, string>>
  readonly #lives: (() => string)[] = []
  #process: HubProcess | undefined
  #url: string | undefined
  #watchdog: ChildProcess | undefined

  constructor(name: string, env: Readonly<Record<string, string>>) {
    this.name = name
    this.#env = env
  }

  /** Where it listens, or listened last: a load balancer isn't told of a death either. */
  get url(): string | undefined {
    return this.#url
  }

  get isRunning(): boolean {
    return this.#process !== undefined
  }

  /** Throws when it doesn't run: the number 0 would stand for everybody. */
  get pid(): number {
    const pid = this.#process?.pid
    if (!pid) throw new Error(`${this.name} is not running`)
    return pid
  }

  async start(): Promise<void> {
    this.#process = await startHubProcess(this.#env)
    this.#url = this.#process.url
    this.#watchdog = watch(this.#process.pid)
    this.#lives.push(this.#process.output)
  }

  /** Ends it; the exit code. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const hub = this.#process
    this.#process = undefined
    this.#watchdog?.kill('SIGKILL')
    return hub ? await hub.kill(signal) : null
  }

  /** Stops it where it stands. Its listening socket goes on taking connections. */
  halt(): void {
    process.kill(this.pid, 'SIGSTOP')
  }

  resume(): void {
    process.kill(this.pid, 'SIGCONT')
  }

  /** A start that is killed after `ms`, wherever it is by then. */
  async startAndKill(ms: number): Promise<void> {
    const child = spawn(process.execPath, [MAIN, 'start'], {
      env: { HUB_PORT: '0', ...this.#env },
      stdio: 'ignore',
    })
    const ended = once(child, 'exit')
    await sleep(ms)
    child.kill('SIGKILL')
    await ended
  }

  /** Its log so far, over all its lives; lines that aren't JSON (a killed process's last one) are left out. */
  readLog(): Record<string, unknown>[] {
    return this.#lines().flatMap((line) => {
      try {
        return line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []
      } catch {
        return []
      }
    })
  }

  async keepLog(folder: string): Promise<void> {
    await writeFile(join(folder, `${this.name}.log`), this.#lines().join('\n'))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL')
  }

  #lines(): string[] {
    return this.#lives.flatMap((read) => read().split('\n'))
  }
}
