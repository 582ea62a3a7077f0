import { stat } from 'node:fs/promises'
import type { Store } from '../db/engine/store.ts'
import { readStoreClock } from '../db/engine/store-clock.ts'
import { findLiveHubs } from '../lease/live-hubs.ts'
import { describeStore } from './context.ts'
import type { Finding, Patient } from './doctor-check.ts'
import { grouped } from './tell.ts'

/** A question to a store on the same network takes well under a millisecond, and each commit takes several. */
const SLOW_MS = 20
const MAX_SKEW_MS = 2000
const LOOKS = 5

/** How it answers, what it is, and how large. */
export async function describeHealth(patient: Patient): Promise<Finding> {
  const { store } = patient
  const { database } = patient.config
  const latencyMs = await measureLatency(store)
  const before = Date.now()
  const skewMs = Math.round((await readStoreClock(store)) - (before + Date.now()) / 2)
  const version = await readVersion(store)
  const bytes =
    database.kind === 'sqlite' ? (await stat(database.file)).size : await readMysqlSize(store)
  const message = `${describeStore(database)} answers in ${latencyMs.toFixed(1)} ms: ${version}, ${grouped(Math.ceil(bytes / 1_048_576))} MiB, clock ${skewMs >= 0 ? '+' : ''}${skewMs} ms`
  if (Math.abs(skewMs) >= MAX_SKEW_MS) {
    return { state: 'warn', message: `${message}: set the clocks by NTP` }
  }
  if (latencyMs >= SLOW_MS) return { state: 'warn', message: `${message}: that is slow` }
  return { state: 'ok', message }
}

/** The median of a few. */
async function measureLatency(store: Store): Promise<number> {
  const times: number[] = []
  for (let look = 0; look < LOOKS; look++) {
    const startedAt = performance.now()
    await store.ping()
    times.push(performance.now() - startedAt)
  }
  return times.sort((a, b) => a - b)[Math.floor(LOOKS / 2)] ?? 0
}

async function readVersion(store: Store): Promise<string> {
  const isSqlite = store.dialect === 'sqlite'
  const [row] = await store.rows<{ version: string }>(
    isSqlite ? 'SELECT sqlite_version() AS version' : 'SELECT VERSION() AS version',
  )
  const version = row?.version ?? 'unknown'
  if (isSqlite) return `SQLite ${version}`
  return version.includes('MariaDB') ? `MariaDB ${version.split('-')[0]}` : `MySQL ${version}`
}

async function readMysqlSize(store: Store): Promise<number> {
  const [row] = await store.rows<{ bytes: number | string | null }>(
    `SELECT SUM(data_length + index_length) AS bytes FROM information_schema.tables
     WHERE table_schema = DATABASE()`,
  )
  return Number(row?.bytes ?? 0)
}

/** Which hubs work on the store. */
export async function lookAtProcesses({ store }: Patient): Promise<Finding> {
  const alive = await findLiveHubs(store)
  if (alive.length === 0) return { state: 'warn', message: 'no hub runs: start one' }
  const roles = new Set(alive.flatMap((one) => one.roles.split(',')))
  const missing = ['ingress', 'inbox', 'outbox', 'jobs'].filter((role) => !roles.has(role))
  const message = alive.map(({ host, pid, roles: own }) => `${host} (${pid}: ${own})`).join(', ')
  if (missing.length === 0) return { state: 'ok', message }
  return { state: 'broken', message: `${message}; none has the role ${missing.join(', ')}` }
}

const PUBLIC_TIMEOUT_MS = 5000

/** Asks the hub for its health where messengers post to, as one of them would. */
export async function lookAtPublicUrl({ config, store }: Patient): Promise<Finding> {
  const { publicUrl } = config
  if (publicUrl === undefined) {
    return { state: 'skipped', message: 'HUB_PUBLIC_URL is not set' }
  }
  if ((await findLiveHubs(store)).length === 0) {
    return { state: 'skipped', message: 'no hub runs that could answer' }
  }
  const fault = await askHealth(`${publicUrl}/healthz`)
  if (fault === undefined) return { state: 'ok', message: `${publicUrl} leads to a hub` }
  return {
    state: 'broken',
    message: `${publicUrl} does not lead to a hub (${fault}): look at DNS, the proxy, the certificate and HUB_PUBLIC_URL`,
  }
}

async function askHealth(url: string): Promise<string | undefined> {
  try {
    const signal = AbortSignal.timeout(PUBLIC_TIMEOUT_MS)
    const response = await fetch(url, { signal, redirect: 'manual' })
    const body = (await response.text()).slice(0, 1000)
    if (response.status !== 200) return `it answers ${response.status}`
    return body.includes('"status":"ok"') ? undefined : 'something else answers there'
  } catch (error) {
    const { name, cause } = error as { name: string; cause?: { code?: unknown; message?: string } }
    return typeof cause?.code === 'string' ? cause.code : (cause?.message ?? name)
  }
}
