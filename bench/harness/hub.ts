import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { waitFor } from '../../test/helpers/wait-for.ts'

const run = promisify(execFile)
const ROOT = join(import.meta.dirname, '..', '..')
const MAIN = join(ROOT, 'src', 'main.ts')
const PROFILES = join(ROOT, 'bench', 'profiles')
const START_TIMEOUT_MS = 30_000
/** The hub gives itself 10 s. */
const STOP_TIMEOUT_MS = 15_000

export interface HubOrder {
  readonly databaseUrl: string
  /** For its log. */
  readonly folder: string
  readonly isProfiled: boolean
}

export interface PortalKey {
  readonly id: string
  readonly secret: string
}

/** A hub in a process of its own, started by its command line as an operator starts it. */
export interface HubProcess extends AsyncDisposable {
  readonly pid: number
  readonly url: string
  addPortal(url: string): Promise<PortalKey>
  /** Lines of its log at `warn` and above, each kind of event once, with how often it came. */
  readComplaints(): Promise<string[]>
}

/** Throws with the end of the hub's log when it doesn't come up. */
export async function startHub(order: HubOrder): Promise<HubProcess> {
  // Nothing of the user's own environment: the figures must not depend on it.
  const env = {
    HUB_DATABASE_URL: order.databaseUrl,
    HUB_PORT: '0',
    HUB_SECRET_KEY: randomBytes(32).toString('base64'),
    HUB_ADMIN_TOKEN: randomBytes(24).toString('base64url'),
    HUB_ALLOW_PRIVATE_TARGETS: '127.0.0.0/8',
  }
  const logFile = join(order.folder, 'hub.log')
  const log = openSync(logFile, 'w')
  const profile = order.isProfiled ? ['--cpu-prof', `--cpu-prof-dir=${PROFILES}`] : []
  const hub = spawn(process.execPath, [...profile, MAIN, 'start'], {
    cwd: order.folder,
    env,
    stdio: ['ignore', log, log],
  })
  const watchdog = watch(hub.pid ?? 0)
  const stop = async () => {
    watchdog.kill('SIGKILL')
    await end(hub)
  }
  try {
    const url = await waitFor(
      () => {
        if (hub.exitCode !== null) throw new Error('the hub ended by itself')
        return readUrl(logFile)
      },
      'the hub to listen',
      START_TIMEOUT_MS,
    )
    return {
      pid: hub.pid ?? 0,
      url,
      addPortal: (portalUrl) => addPortal(portalUrl, env, order.folder),
      readComplaints: () => readComplaints(logFile),
      [Symbol.asyncDispose]: stop,
    }
  } catch (cause) {
    await stop()
    const tail = (await readFile(logFile, 'utf8')).slice(-2000)
    throw new Error(`the hub did not start: ${tail}`, { cause })
  }
}

async function addPortal(url: string, env: NodeJS.ProcessEnv, cwd: string): Promise<PortalKey> {
  const command = [MAIN, 'portal', 'add', 'bench', url, '--json']
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

async function readUrl(file: string): Promise<string | undefined> {
  const entry = (await readLog(file)).find(({ event }) => event === 'hub.listening')
  return typeof entry?.['url'] === 'string' ? entry['url'] : undefined
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

/** SIGTERM first: only an orderly end writes the profile. */
async function end(hub: ChildProcess): Promise<void> {
  if (hub.exitCode !== null || hub.signalCode !== null) return
  const ended = once(hub, 'exit')
  hub.kill('SIGTERM')
  const timer = setTimeout(() => hub.kill('SIGKILL'), STOP_TIMEOUT_MS)
  await ended
  clearTimeout(timer)
}

/** Ends the hub when this process goes away without doing so: its standard input closes then. */
function watch(pid: number): ChildProcess {
  const script = 'read -r _; kill -9 "$1" 2>/dev/null'
  return spawn('sh', ['-c', script, 'sh', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Ctrl-C must not end it before it has seen this process go.
    detached: true,
  })
}
