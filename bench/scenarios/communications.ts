import { setTimeout as delay } from 'node:timers/promises'
import { createHub } from '../../src/client/hub.ts'
import { migrateUp } from '../../src/db/engine/migrator.ts'
import { markRows } from '../../src/db/engine/sql.ts'
import type { Store } from '../../src/db/engine/store.ts'
import { type Bench, type Figures, inRounds, type Scenario } from '../bench.ts'
import { withStore } from '../harness/fill.ts'
import { makeSecretKey, startHub } from '../harness/hub.ts'
import { toPercentiles } from '../harness/percentiles.ts'
import { readCpuSeconds, readRssMiB } from '../harness/proc.ts'
import { type QuickTelegram, startQuickTelegram } from '../harness/quick-telegram.ts'

const LINE = { connector: 'telegram', line: 'bench' } as const
const RECIPIENTS = 100_000
const JOBS = 1_000_000
const WRITERS = 300
/** Telegram allows a line 30 messages a second: what comes faster waits for that. */
const WRITE_EVERY_MS = 50
const IDLE_MS = 10_000
const FIRST_CHAT = 1_000_000
const PATIENCE_MS = 120_000
const ROWS = 1000

/** What a company starts by itself, at the sizes that the contract names. */
export const communications: Scenario = {
  name: 'communications',
  about: `a trigger's first message, a broadcast to ${RECIPIENTS} recipients, and a hub with ${JOBS} jobs for later`,
  goals: [
    { figure: "trigger's first message p99, ms", is: 'below', than: 100 },
    { figure: 'not sent', is: 'at most', than: 0 },
    { figure: 'broadcast gathered in, s', is: 'below', than: 60 },
    { figure: 'memory meanwhile, MiB more', is: 'below', than: 200 },
    { figure: 'webhooks meanwhile p99, ms', is: 'below', than: 50 },
    { figure: 'idle with jobs, ms of processor per s more', is: 'below', than: 2 },
  ],
  run: (bench, rounds) => inRounds(rounds, (round) => runRound(bench, round)),
}

async function runRound(bench: Bench, round: number): Promise<Figures> {
  await using telegram = await startQuickTelegram()
  const databaseUrl = await bench.store.createDatabase('communications')
  await withStore(databaseUrl, migrateUp)
  const order = { databaseUrl, folder: bench.folder, secretKey: makeSecretKey() }
  await using hub = await startHub({ ...order, isProfiled: bench.options.isProfiled })
  const key = await hub.addPortal(bench.sinkUrl)
  const portal = createHub({ url: hub.url, portal: key.id, secret: key.secret })
  const call = <T>(method: string, params: object = {}) =>
    portal.$call(method, { ...LINE, ...params }) as Promise<T>
  const settings = { token: `700000001:${'b'.repeat(35)}`, apiRoot: telegram.url }
  await call('saveSettings', { settings })
  const report = await call<{ ok: boolean }>('testConnect')
  if (!report.ok) throw new Error(`the line was not connected: ${JSON.stringify(report)}`)

  bench.say(`round ${round}: a trigger`)
  const steps = [{ send: { text: 'Welcome, {{ lead.name }}' } }]
  await call('saveTrigger', { code: 'welcome', on: ['first'], steps })
  const trigger = await measureTrigger(telegram)
  await call('deleteTrigger', { code: 'welcome' })

  bench.say(`round ${round}: a broadcast to ${RECIPIENTS}`)
  await withStore(databaseUrl, (store) => fillRecipients(store, key.id))
  await call('saveScript', { code: 'news', steps: [{ send: { text: 'News' } }] })
  await call('saveBroadcast', { code: 'all', script: 'news', filter: {}, ratePerMinute: 1 })
  const broadcast = await measureBroadcast(call, { telegram, pid: hub.pid })

  bench.say(`round ${round}: ${JOBS} jobs`)
  const idle = await measureIdle(hub.pid)
  await withStore(databaseUrl, (store) => fillJobs(store, key.id))
  await delay(2000)
  const withJobs = await measureIdle(hub.pid)
  bench.warnOfAll(await hub.readComplaints())
  return {
    ...trigger,
    ...broadcast,
    'idle, ms of processor per s': idle,
    'idle with jobs, ms of processor per s more': withJobs - idle,
  }
}

async function writes(telegram: QuickTelegram, chat: number): Promise<number> {
  const from = { id: chat, is_bot: false, first_name: 'Ann' }
  const startedAt = performance.now()
  const answer = await fetch(telegram.webhook.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-telegram-bot-api-secret-token': telegram.webhook.secret,
    },
    body: JSON.stringify({
      update_id: chat,
      message: {
        ...{ message_id: 1, from, date: Math.floor(Date.now() / 1000), text: 'hi' },
        chat: { id: chat, type: 'private', first_name: 'Ann' },
      },
    }),
  })
  if (!answer.ok) throw new Error(`the hub answered ${answer.status}`)
  await answer.text()
  return performance.now() - startedAt
}

/** From the webhook's answer, which says that it is committed, to the channel's call. */
async function measureTrigger(telegram: QuickTelegram): Promise<Figures> {
  const answeredAt = new Map<string, number>()
  for (let number = 0; number < WRITERS; number++) {
    const chat = FIRST_CHAT + number
    void writes(telegram, chat).then(() => answeredAt.set(String(chat), performance.now()))
    await delay(WRITE_EVERY_MS)
  }
  await delay(3000)
  const samples = [...answeredAt].flatMap(([chat, at]) => {
    const sentAt = telegram.sentAt.get(chat)
    return sentAt === undefined ? [] : [Math.max(0, sentAt - at)]
  })
  const { p50, p99 } = toPercentiles(samples)
  return {
    "trigger's first message p50, ms": p50,
    "trigger's first message p99, ms": p99,
    'not sent': WRITERS - samples.length,
  }
}

async function measureBroadcast(
  call: <T>(method: string, params?: object) => Promise<T>,
  { telegram, pid }: { readonly telegram: QuickTelegram; readonly pid: number },
): Promise<Figures> {
  const before = await readRssMiB(pid)
  const startedAt = performance.now()
  const { run } = await call<{ run: string }>('startBroadcast', { code: 'all' })
  let peak = 0
  const webhooks: number[] = []
  for (let number = 0; performance.now() - startedAt < PATIENCE_MS; number++) {
    webhooks.push(await writes(telegram, 5_000_000 + number))
    peak = Math.max(peak, await readRssMiB(pid))
    await delay(10)
    if (number % 20 > 0) continue
    const { total } = await call<{ total: number }>('getBroadcast', { run })
    if (total >= RECIPIENTS) break
  }
  const seconds = (performance.now() - startedAt) / 1000
  await call('cancelBroadcast', { run })
  return {
    'broadcast gathered in, s': seconds,
    'memory before, MiB': before,
    'memory meanwhile, MiB more': peak - before,
    'webhooks meanwhile p99, ms': toPercentiles(webhooks).p99,
  }
}

async function measureIdle(pid: number): Promise<number> {
  const before = await readCpuSeconds(pid)
  await delay(IDLE_MS)
  return ((await readCpuSeconds(pid)) - before) / (IDLE_MS / 1_000_000)
}

async function lineOf(store: Store): Promise<number> {
  const [line] = await store.rows<{ id: number }>('SELECT id FROM line')
  return line?.id ?? 0
}

async function fillRecipients(store: Store, portalId: string): Promise<void> {
  const lineId = await lineOf(store)
  const now = Date.now()
  await fill(
    store,
    RECIPIENTS,
    (number) => ({
      ...{ line_id: lineId, portal_id: portalId, chat_id: String(10_000_000 + number) },
      ...{ person_data: '{"name":"Ann"}', tags: '[]', attributes: '{}' },
      ...{ first_seen_at: now, last_seen_at: now },
    }),
    'recipient',
  )
}

async function fillJobs(store: Store, portalId: string): Promise<void> {
  const lineId = await lineOf(store)
  const now = Date.now()
  const later = now + 24 * 3600 * 1000
  await fill(
    store,
    JOBS,
    (number) => ({
      ...{ line_id: lineId, portal_id: portalId, lead: number + 1, kind: 'script', script_id: 1 },
      ...{ state: 'scheduled', due_at: later + number, run_at: later + number },
      ...{ params: '{}', created_at: now },
    }),
    'job',
  )
}

async function fill(
  store: Store,
  count: number,
  row: (number: number) => Readonly<Record<string, unknown>>,
  table: string,
): Promise<void> {
  const names = Object.keys(row(0))
  for (let from = 0; from < count; from += ROWS) {
    const rows = Array.from({ length: Math.min(ROWS, count - from) }, (_, at) => row(from + at))
    await store.run(
      `INSERT INTO ${table} (${names.join(', ')}) VALUES ${markRows(rows.length, names.length)}`,
      rows.flatMap((one) => Object.values(one)),
    )
  }
}
