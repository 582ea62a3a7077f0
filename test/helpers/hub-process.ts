import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { compileCacheEnv } from './compile-cache.ts'
import { waitFor } from './wait-for.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** A hub in a process of its own, as an operator runs it. */
export interface HubProcess extends AsyncDisposable {
  readonly url: string
  readonly pid: number
  /** Everything on stdout and stderr so far. */
  readonly output: () => string
  kill(signal: NodeJS.Signals): Promise<number | null>
}

/** Starts `hub start` and waits until it listens. Only this process is ever signalled, by its id. */
export async function startHubProcess(env: Readonly<Record<string, string>>): Promise<HubProcess> {
  const child = spawn(process.execPath, [MAIN, 'start'], {
    env: { HUB_PORT: '0', ...compileCacheEnv(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8')
    })
  }
  const url = await waitFor(
    () => listeningUrl(child, output),
    () => `the hub to listen; it said ${output}`,
    20_000,
  )
  return {
    url,
    pid: child.pid ?? 0,
    output: () => output,
    kill: (signal) => end(child, signal),
    async [Symbol.asyncDispose]() {
      await end(child, 'SIGKILL')
    },
  }
}

function listeningUrl(child: ChildProcess, output: string): string | undefined {
  if (child.exitCode !== null) throw new Error(`the hub ended with ${child.exitCode}: ${output}`)
  const line = output.split('\n').find((text) => text.includes('"hub.listening"'))
  return line && (JSON.parse(line) as { url: string }).url
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const exited = once(child, 'exit')
  child.kill(signal)
  await exited
  return child.exitCode
}
