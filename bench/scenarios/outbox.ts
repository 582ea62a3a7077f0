import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { createHub } from '../../src/client/hub.ts'
import { migrateUp } from '../../src/db/engine/migrator.ts'
import { type Bench, type Figures, inRounds, type Scenario } from '../bench.ts'
import { type Child, startChild } from '../harness/child.ts'
import { withStore } from '../harness/fill.ts'
import { type HubProcess, makeSecretKey, type PortalKey, startHub } from '../harness/hub.ts'

interface ChannelStats {
  readonly messages: number
  readonly disordered: number
  readonly seconds: number
}

/** Telegram allows each line 30 messages a second: together far more than is sent. */
const LINES = 300
const CHATS_PER_LINE = 40
const MESSAGES = 24_000
/** Calls in one request, and requests at once. */
const BATCH = 50
const AT_ONCE = 8
const PATIENCE_MS = 120_000

/** Messages of portals on their way to a channel that takes whatever comes. */
export const outbox: Scenario = {
  name: 'outbox',
  about: 'messages queued by sendMessage, then sent to a channel without limits',
  goals: [
    { figure: 'queued/s', is: 'at least', than: 5000 },
    { figure: 'sent/s', is: 'at least', than: 3000 },
    { figure: 'out of order', is: 'at most', than: 0 },
    { figure: 'missing', is: 'at most', than: 0 },
  ],
  run: (bench, rounds) => inRounds(rounds, (round) => runRound(bench, round)),
}

async function runRound(bench: Bench, round: number): Promise<Figures> {
  const { options, store, folder, sinkUrl } = bench
  bench.say(`round ${round}: queueing ${MESSAGES} messages`)
  await using channel = await startChild('channel', null)
  const databaseUrl = await store.createDatabase('outbox')
  await withStore(databaseUrl, migrateUp)
  const secretKey = makeSecretKey()
  const order = { databaseUrl, folder, isProfiled: false, secretKey }
  let key: PortalKey
  let queuedPerSecond: number
  {
    // Nothing is sent yet: this is about taking the calls.
    await using taking = await startHub({ ...order, env: { HUB_ROLES: 'ingress,inbox,jobs' } })
    key = await taking.addPortal(sinkUrl)
    await connect(taking, key, String(channel.ready))
    queuedPerSecond = await queue(taking, key)
  }
  bench.say(`round ${round}: sending`)
  await using sending = await startHub({ ...order, isProfiled: options.isProfiled })
  const stats = await waitForAll(channel)
  bench.warnOfAll(await sending.readComplaints())
  return {
    'queued/s': queuedPerSecond,
    'sent/s': stats.messages / stats.seconds,
    'out of order': stats.disordered,
    missing: MESSAGES - stats.messages,
  }
}

async function connect(hub: HubProcess, key: PortalKey, apiRoot: string): Promise<void> {
  const { $call } = createHub({ url: hub.url, portal: key.id, secret: key.secret })
  for (let number = 0; number < LINES; number += AT_ONCE) {
    const numbers = Array.from({ length: Math.min(AT_ONCE, LINES - number) }, (_, n) => number + n)
    await Promise.all(
      numbers.map(async (one) => {
        const place = { connector: 'telegram', line: `bench-${one}` }
        const token = `${800_000_000 + one}:${randomBytes(26).toString('base64url')}`
        await $call('saveSettings', { ...place, settings: { token, apiRoot } })
        const report = (await $call('testConnect', place)) as { readonly ok: boolean }
        if (!report.ok) throw new Error(`a line was not connected: ${JSON.stringify(report)}`)
      }),
    )
  }
}

/** Message n goes to line n mod LINES; its text is n, so that order can be told. Gives messages per second. */
async function queue(hub: HubProcess, key: PortalKey): Promise<number> {
  const { $batch } = createHub({ url: hub.url, portal: key.id, secret: key.secret })
  let next = 0
  const startedAt = performance.now()
  const work = async (): Promise<void> => {
    while (next < MESSAGES) {
      const first = next
      next += BATCH
      const results = await $batch(
        Array.from({ length: BATCH }, (_, n) => ['sendMessage', toCall(first + n)] as const),
      )
      if (results.some((result) => 'error' in result)) throw new Error('a message was not queued')
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return MESSAGES / ((performance.now() - startedAt) / 1000)
}

/** Runs of a batch's size go to one chat; no two batches of the same chat are on their way at once. */
function toCall(number: number): Record<string, unknown> {
  const batch = Math.floor(number / BATCH)
  const offset = number % BATCH
  const line = (batch * BATCH + offset) % LINES
  const chat = 1000 + (Math.floor(batch / 6) % CHATS_PER_LINE)
  return {
    connector: 'telegram',
    line: `bench-${line}`,
    chat: { id: String(chat) },
    message: { text: String(number) },
  }
}

async function waitForAll(channel: Child): Promise<ChannelStats> {
  for (let waited = 0; ; waited += 200) {
    const stats = await channel.ask<ChannelStats>('stats')
    if (stats.messages >= MESSAGES || waited > PATIENCE_MS) return stats
    await delay(200)
  }
}
