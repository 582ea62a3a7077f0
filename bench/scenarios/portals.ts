import { setTimeout as delay } from 'node:timers/promises'
import { Pool } from 'undici'
import { type Bench, type Figures, type Goal, inRounds, type Scenario } from '../bench.ts'
import { measureDecoding, measureHostile, measureVersion } from '../harness/bitrix-figures.ts'
import { type OrdersOrder, postOrders } from '../harness/bitrix-orders.ts'
import { type BitrixSubject, openBitrix } from '../harness/bitrix-subject.ts'

const COMMAND_BYTES = 256 * 1024
const ORDERS_PER_SECOND = 200
/** For each of `--seconds`: more than are taken in that time, so that they wait when the portal is back. */
const EVENTS_PER_SECOND = 1500
const WRITERS = 32
const PATIENCE_MS = 60_000
const LAST_MS = 5000

const below = (figure: string, than: number): Goal => ({ figure, is: 'below', than })
const none = (figure: string): Goal => ({ figure, is: 'at most', than: 0 })

/** What the dialect `bitrix` costs: the other dialects wait for their portals' limits. */
export const portals: Scenario = {
  name: 'portals',
  about: 'a Bitrix24 portal: events to it, commands from it, and reading what it sends',
  goals: [
    { figure: 'events to one line/s', is: 'at least', than: 1000 },
    none('events out of order'),
    none('events missing'),
    below('head of a command, one line p99, ms', 20),
    below('head of a command, 12 lines p99, ms', 20),
    below('the same of an old portal p99, ms', 20),
    none('commands refused'),
    none('commands lost'),
    below('256 KiB of messages, cold, ms', 5),
    below('256 KiB of messages, warm, ms', 5),
    below('256 KiB of small values, cold, ms', 5),
    below('256 KiB of small values, warm, ms', 5),
    below('1 MiB of hostile values, ms', 50),
    below('its growth by a quarter to a whole, × linear', 1.6),
  ],
  run: (bench, rounds) =>
    inRounds(rounds, async (round) => {
      bench.say(`round ${round}: reading`)
      const reading = await measureReading(bench)
      await using subject = await openBitrix(bench)
      bench.say(`round ${round}: events to the portal`)
      const events = await measureEvents(bench, subject)
      bench.say(`round ${round}: commands from the portal`)
      return { ...events, ...(await measureOrders(bench, subject)), ...reading }
    }),
}

async function measureReading({ say }: Bench): Promise<Figures> {
  const usual = await measureDecoding('usual', COMMAND_BYTES)
  const dense = await measureDecoding('dense', COMMAND_BYTES)
  const hostile = measureHostile()
  for (const { what, ms, growth } of hostile) {
    if (ms >= 2) say(`${what}: ${ms.toFixed(1)} ms, ${growth.toFixed(2)} × linear`)
  }
  return {
    '256 KiB of messages, cold, ms': usual.coldMs,
    '256 KiB of messages, warm, ms': usual.warmMs,
    '256 KiB of small values, cold, ms': dense.coldMs,
    '256 KiB of small values, warm, ms': dense.warmMs,
    '1 MiB of hostile values, ms': Math.max(...hostile.map(({ ms }) => ms)),
    'its growth by a quarter to a whole, × linear': Math.max(
      ...hostile.map(({ growth }) => growth),
    ),
    'a person’s version, ns per event': measureVersion(),
  }
}

/** The portal is away while people write, so that what is measured is the way to it alone. */
async function measureEvents(bench: Bench, subject: BitrixSubject): Promise<Figures> {
  const { portal } = subject
  await portal.ask('away', true)
  const total = EVENTS_PER_SECOND * bench.options.seconds
  await writeAll(subject, total)
  await portal.ask('away', false)
  const count = (): Promise<number> => portal.ask<number>('count')
  for (let waited = 0; (await count()) < total && waited < PATIENCE_MS; waited += 100) {
    await delay(100)
  }
  const seen = await portal.ask<{ shown: number; disordered: number; dropped: number; ms: number }>(
    'seen',
  )
  if (seen.dropped > 0) bench.warn(`the portal dropped ${seen.dropped} items`)
  return {
    'events to one line/s': (seen.shown / seen.ms) * 1000,
    'events out of order': seen.disordered,
    'events missing': total - seen.shown,
  }
}

/** Each of several people writes one message after the other. */
async function writeAll({ hub, target }: BitrixSubject, total: number): Promise<void> {
  const pool = new Pool(hub.url, { connections: WRITERS, pipelining: 1 })
  let number = 0
  const write = async (chat: number): Promise<void> => {
    while (number < total) {
      const own = number++
      const person = { id: 5000 + chat, first_name: 'Anna', username: `anna_${chat}` }
      const from = { ...person, is_bot: false, language_code: 'en' }
      const message = { message_id: own + 1, from, chat: { ...person, type: 'private' } }
      const date = Math.floor(Date.now() / 1000)
      const { statusCode, body } = await pool.request({
        path: target.path,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-telegram-bot-api-secret-token': target.secret,
        },
        body: JSON.stringify({ update_id: own, message: { ...message, date, text: String(own) } }),
      })
      await body.dump()
      if (statusCode !== 200) throw new Error(`an update was answered ${statusCode}`)
    }
  }
  await Promise.all(Array.from({ length: WRITERS }, (_, chat) => write(chat)))
  await pool.close()
}

type Run = Pick<OrdersOrder, 'command' | 'manner'> & {
  readonly era: '2019' | '2026'
  /** What its figures are called; none are given where only losses count. */
  readonly name?: string
  readonly isOfOneLine?: true
}

const HEAD = { command: 'sendMessage', manner: 'waits for the head' } as const

const RUNS: readonly Run[] = [
  { ...HEAD, name: 'head of one that stores nothing', command: 'setStatusDelivered', era: '2026' },
  { ...HEAD, name: 'head of a command, one line', era: '2026', isOfOneLine: true },
  { ...HEAD, name: 'head of a command, 12 lines', era: '2026' },
  { ...HEAD, name: 'the same of an old portal', era: '2019' },
  { command: 'sendMessage', manner: 'leaves at once', era: '2019' },
]

async function measureOrders(bench: Bench, subject: BitrixSubject): Promise<Figures> {
  const { hub, sender, countStored } = subject
  const { seconds } = bench.options
  const figures: Record<string, number> = {}
  let [sent, refused] = [0, 0]
  for (const { name, era, command, manner, isOfOneLine } of RUNS) {
    const lines = isOfOneLine ? subject.lines.slice(0, 1) : subject.lines
    const report = await postOrders({
      ...{ hubUrl: hub.url, lines, rate: ORDERS_PER_SECOND, seconds, firstNumber: sent },
      ...{ sender: { ...sender, era }, command, manner },
    })
    if (command === 'sendMessage') sent += report.sent
    refused += report.refused
    if (name === undefined) continue
    figures[`${name} p50, ms`] = report.ms.p50
    figures[`${name} p99, ms`] = report.ms.p99
  }
  // An old portal has gone before its last commands are read.
  for (let waited = 0; (await countStored()) < sent && waited < LAST_MS; waited += 200) {
    await delay(200)
  }
  return { ...figures, 'commands refused': refused, 'commands lost': sent - (await countStored()) }
}
