import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { findLastingPort } from '../chaos/free-ports.ts'
import { waitFor } from './wait-for.ts'

/** A portal that is a program of its own, in another language. Disposing of it kills it. */
export interface ScriptPortal extends AsyncDisposable {
  readonly url: string
  /** What it has printed. */
  output(): string
}

/** Starts `command` with the port, a free one unless it is named, in the place of `PORT`; waits until it takes connections. */
export async function startScriptPortal(
  [program, ...args]: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
  ownPort?: number,
): Promise<ScriptPortal> {
  const port = ownPort ?? (await findLastingPort())
  const child = spawn(
    program,
    args.map((word) => word.replace('PORT', String(port))),
    { env: { PATH: '/usr/bin:/bin', ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8')
    })
  }
  const url = `http://127.0.0.1:${port}/`
  const portal = { url, output: () => output, [Symbol.asyncDispose]: () => end(child) }
  await waitFor(
    () =>
      fetch(url).then(
        () => true,
        () => child.exitCode !== null,
      ),
    () => `${program} to listen: ${output}`,
    10_000,
  )
  return portal
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const ended = once(child, 'close')
  child.kill('SIGKILL')
  await ended
}
