import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { openSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { waitFor } from '../../test/helpers/wait-for.ts'
import { endWithUs } from './watchdog.ts'

const run = promisify(execFile)
const ROOT = join(import.meta.dirname, '..', '..')
const MAIN = join(ROOT, 'bin', 'hub.js')
const START = readStartArguments()
const PROFILES = join(ROOT, 'bench', 'profiles')
const START_TIMEOUT_MS = 30_000
/** The hub gives itself 10 s. */
const STOP_TIMEOUT_MS = 15_000

export interface HubOrder {
  readonly databaseUrl: string
  /** For its log. */
  readonly folder: string
  readonly isProfiled: boolean
  /** HUB_SECRET_KEY; a new one if absent. A store that was filled before needs the one it was filled with. */
  readonly secretKey?: string
  /** What is started instead of `hub start`. */
  readonly program?: string
  /** Further variables of its environment. */
  readonly env?: Readonly<Record<string, string>>
}

let started = 0

/** What `npm start` gives to Node, flags included: it is the hub as operators run it that is measured. */
function readStartArguments(): string[] {
  const text = readFileSync(join(ROOT, 'package.json'), 'utf8')
  const { scripts } = JSON.parse(text) as { scripts: { start: string } }
  return scripts.start
    .split(' ')
    .slice(scripts.start.split(' ').indexOf('node') + 1)
    .map((word) => (word === 'bin/hub.js' ? MAIN : word))
}

export function makeSecretKey(): string {
  return randomBytes(32).toString('base64')
}

export interface PortalKey {
  readonly id: string
  readonly secret: string
}

/** A hub in a process of its own, started by its command line as an operator starts it. */
export interface HubProcess extends AsyncDisposable {
  readonly pid: number
  readonly url: string
  /** From its start to when it listens. */
  readonly startMs: number
  /** `more`: further words of the command line. */
  addPortal(url: string, more?: readonly string[]): Promise<PortalKey>
  /** Lines of its log at `warn` and above, each kind of event once, with how often it came. */
  readComplaints(): Promise<string[]>
  /** Waits until its log has such an event. */
  hasSaid(event: string, timeoutMs: number): Promise<void>
  /** SIGKILL: it can say and finish nothing more. */
  kill(): Promise<void>
}

/** Throws with the end of the hub's log when it doesn't come up. */
export async function startHub(order: HubOrder): Promise<HubProcess> {
  // Nothing of the user's own environment: the figures must not depend on it.
  const env = {
    HUB_DATABASE_URL: order.databaseUrl,
    HUB_PORT: '0',
    HUB_SECRET_KEY: order.secretKey ?? makeSecretKey(),
    HUB_ADMIN_TOKEN: randomBytes(24).toString('base64url'),
    HUB_ALLOW_PRIVATE_TARGETS: '127.0.0.0/8',
    ...order.env,
  }
  const workers = Number(order.env?.['HUB_WORKERS'] ?? 1)
  const logFile = join(order.folder, `hub-${started++}.log`)
  const startedAt = performance.now()
  const log = openSync(logFile, 'w')
  const profile = order.isProfiled ? ['--cpu-prof', `--cpu-prof-dir=${PROFILES}`] : []
  const words = order.program
    ? START.map((word) => (word === MAIN ? (order.program ?? MAIN) : word))
    : START
  const hub = spawn(process.execPath, [...profile, ...words], {
    cwd: order.folder,
    env,
    stdio: ['ignore', log, log],
  })
  const watchdog = endWithUs(hub.pid ?? 0)
  const stop = async () => {
    watchdog.kill('SIGKILL')
    await end(hub)
  }
  try {
    const url = await waitFor(
      () => {
        if (hub.exitCode !== null) throw new Error('the hub ended by itself')
        return readUrl(logFile, workers)
      },
      'the hub to listen',
      START_TIMEOUT_MS,
    )
    return {
      pid: hub.pid ?? 0,
      url,
      startMs: performance.now() - startedAt,
      addPortal: (portalUrl, more = []) => addPortal([portalUrl, ...more], env, order.folder),
      readComplaints: () => readComplaints(logFile),
      hasSaid: async (event, timeoutMs) => {
        const isSaid = async () =>
          (await readLog(logFile)).some((entry) => entry['event'] === event)
        await waitFor(isSaid, event, timeoutMs)
      },
      kill: () => end(hub, 'SIGKILL'),
      [Symbol.asyncDispose]: stop,
    }
  } catch (cause) {
    await stop()
    const tail = (await readFile(logFile, 'utf8')).slice(-2000)
    throw new Error(`the hub did not start: ${tail}`, { cause })
  }
}

async function addPortal(
  words: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
): Promise<PortalKey> {
  const command = [MAIN, 'portal', 'add', 'bench', ...words, '--json']
  const { stdout } = await run(process.execPath, command, { env, cwd })
  return JSON.parse(stdout) as PortalKey
}

async function readLog(file: string): Promise<Record<string, unknown>[]> {
  const lines = (await readFile(file, 'utf8')).split('\n')
  return lines.flatMap((line) => {
    try {
      return [JSON.parse(line) as Record<string, unknown>]
    } catch {
      // Half a line, or a warning of Node's own.
      return []
    }
  })
}

/** Where it listens, when all its processes do; they share one address. */
async function readUrl(file: string, workers: number): Promise<string | undefined> {
  const entries = (await readLog(file)).filter(({ event }) => event === 'hub.listening')
  const url = entries[workers - 1]?.['url']
  return typeof url === 'string' ? url : undefined
}

const WARN = 40

async function readComplaints(file: string): Promise<string[]> {
  const counts = new Map<string, number>()
  for (const { level, event, msg } of await readLog(file)) {
    const isBad = typeof level === 'number' ? level >= WARN : level === 'warn' || level === 'error'
    const text = `${event}: ${msg}`
    if (isBad) counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  return [...counts].map(([text, count]) => `${count} × ${text}`)
}

/** SIGTERM first, if nothing else is said: only an orderly end writes the profile. */
async function end(hub: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (hub.exitCode !== null || hub.signalCode !== null) return
  const ended = once(hub, 'exit')
  hub.kill(signal)
  const timer = setTimeout(() => hub.kill('SIGKILL'), STOP_TIMEOUT_MS)
  await ended
  clearTimeout(timer)
}
