import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { basename, join } from 'node:path'

/** One of `bench/processes/`, running on its own; it ends by itself when this process goes away. */
export interface Child extends AsyncDisposable {
  readonly pid: number
  /** What the process said when it was ready. */
  readonly ready: unknown
  /** Rejects when the process fails at it or ends. */
  ask<R = unknown>(name: string, argument?: unknown): Promise<R>
}

interface Reply {
  readonly id: number
  readonly result?: unknown
  readonly error?: string
}

const END_TIMEOUT_MS = 3000

/** Starts `bench/processes/<name>.ts` with `argument` and waits until it is ready. */
export function startChild(name: string, argument: unknown): Promise<Child> {
  return startScript(join(import.meta.dirname, '..', 'processes', `${name}.ts`), argument)
}

/** The same for any script that calls `serve`. */
export async function startScript(script: string, argument: unknown): Promise<Child> {
  const name = basename(script)
  const child = fork(script, [JSON.stringify(argument)], { env: {} })
  const calls = new Map<number, (reply: Reply) => void>()
  child.on('message', (message) => {
    const reply = message as Reply
    calls.get(reply.id)?.(reply)
    calls.delete(reply.id)
  })
  child.on('exit', (code) => {
    const error = `the ${name} process ended (${code})`
    for (const [id, settle] of calls) settle({ id, error })
  })
  let asked = 0
  const ask = <R>(what: string, value?: unknown) => {
    const id = asked++
    const answer = new Promise<Reply>((resolve) => calls.set(id, resolve))
    // The first one is the process's own word that it is ready.
    if (id > 0) child.send({ id, name: what, argument: value })
    return answer.then(({ result, error }) => {
      if (error !== undefined) throw new Error(error)
      return result as R
    })
  }
  const ready = await ask('ready')
  return {
    pid: child.pid ?? 0,
    ready,
    ask,
    [Symbol.asyncDispose]: () => end(child),
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), END_TIMEOUT_MS)
  await ended
  clearTimeout(timer)
}
