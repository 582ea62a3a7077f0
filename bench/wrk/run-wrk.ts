import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { nextBulkIds } from '../harness/updates.ts'

export interface WrkOrder {
  readonly url: string
  /** As update.lua reads it. */
  readonly linesFile: string
  readonly connections: number
  readonly seconds: number
  /** Ends earlier after this many updates. */
  readonly updates?: number
  /** So many write, in turn. Absent: each update is of somebody new. */
  readonly people?: number
}

export interface WrkReport {
  /** Answered with 200. */
  readonly accepted: number
  /** Answered with anything else. */
  readonly refused: number
  /** Connections that broke and answers that never came: the counts are then not exact. */
  readonly broken: number
  /** From the first request to the last answer. */
  readonly seconds: number
  /** From request to answer, in milliseconds. */
  readonly p50Ms: number
  readonly p99Ms: number
}

export interface Wrk {
  readonly pid: number
  /** When the last answer is there. */
  readonly parked: Promise<void>
  readonly report: Promise<WrkReport>
}

/** wrk is missing or can't be started; `message` says what to do. */
export class WrkError extends Error {
  override name = 'WrkError'
}

const SCRIPT = join(import.meta.dirname, 'update.lua')
/** More than one takes a core from the hub and isn't needed: one thread makes over 50 000 updates a second. */
const THREADS = 1
const UNLIMITED = 9_000_000
/** Past the end of the run before wrk stops by itself. */
const GRACE_SECONDS = 30
const REST_MS = 100

/** Throws WrkError when wrk isn't there. */
export async function checkWrk(): Promise<void> {
  const wrk = spawn('wrk', ['-v'], { stdio: 'ignore' })
  await once(wrk, 'exit').catch((cause: unknown) => {
    throw new WrkError('wrk, the load generator, is missing: apt-get install wrk', { cause })
  })
}

/** Starts the load. */
export function startWrk(order: WrkOrder): Wrk {
  const { seconds, connections } = order
  const { updates = UNLIMITED, people = 0 } = order
  const lua = [nextBulkIds(), seconds, updates, THREADS, connections, people].map(String)
  const limit = Math.ceil(seconds) + GRACE_SECONDS
  const wrk = spawn(
    'wrk',
    [`-t${THREADS}`, `-c${connections}`, `-d${limit}s`, '--timeout', `${GRACE_SECONDS}s`].concat(
      ['-s', SCRIPT, order.url, '--', order.linesFile],
      lua,
    ),
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const killAtExit = () => wrk.kill('SIGKILL')
  process.once('exit', killAtExit)
  const parked = new Promise<void>((resolve) => {
    wrk.stdout.on('data', (chunk: Buffer) => {
      if (!chunk.includes('parked')) return
      resolve()
      // Not at once: whoever waits for this moment reads its processor time first.
      setTimeout(() => wrk.kill('SIGINT'), REST_MS)
    })
    // Also when it ends without: a broken connection never comes to rest.
    wrk.once('close', () => {
      process.off('exit', killAtExit)
      resolve()
    })
  })
  const report = readOutput(wrk).then(toReport)
  // Whoever started the run may be busy elsewhere when it fails, and asks for the report later.
  report.catch(() => undefined)
  return { pid: wrk.pid ?? 0, parked, report }
}

async function readOutput(wrk: ChildProcess): Promise<string> {
  let output = ''
  wrk.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString('latin1')
  })
  await once(wrk, 'close')
  return output
}

function toReport(output: string): WrkReport {
  const parked = readJson(output, 'parked')
  const done = readJson(output, 'done')
  if (!done) throw new WrkError(`wrk did not finish: ${output.slice(-500)}`)
  const { answered = 0, refused = 0, broken = 0, p50Ms = 0, p99Ms = 0 } = done
  return {
    accepted: answered - refused,
    refused,
    broken: broken + (parked ? 0 : 1),
    seconds: parked?.['seconds'] ?? Number.NaN,
    p50Ms,
    p99Ms,
  }
}

function readJson(output: string, word: string): Record<string, number> | undefined {
  const found = new RegExp(`^${word} (\\{.*\\})$`, 'm').exec(output)?.[1]
  return found === undefined ? undefined : (JSON.parse(found) as Record<string, number>)
}
