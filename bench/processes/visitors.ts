import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { createHub } from '../../src/client/hub.ts'
import type { PortalKey } from '../harness/hub.ts'
import { type Percentiles, toPercentiles } from '../harness/percentiles.ts'
import { readArgument, serve } from '../harness/serve.ts'

/** Visitors of sites with a chat, each with its page open on a connection of its own, and the portal's operators who answer. */
export interface VisitorsOrder {
  readonly url: string
  readonly lines: readonly { readonly id: string; readonly hash: string }[]
  readonly portal: PortalKey
  readonly visitors: number
}

export interface VisitorsRun {
  /** Messages per second, each way. */
  readonly rate: number
  readonly seconds: number
}

export interface VisitorsReport {
  /** Pages that are still open. */
  readonly open: number
  readonly sent: number
  /** Of `sent`: what the hub didn't take. */
  readonly refused: number
  /** From a visitor's post to its answer. */
  readonly posts: Percentiles
  /** Of messages to visitors: from the portal's call to the page. */
  readonly toPages: Percentiles
  /** From the call's answer to the page; nothing where the page was quicker. */
  readonly fromAccepted: Percentiles
  /** Messages that the portal was told were taken, and that came to no page. */
  readonly lost: number
  readonly repeated: number
  /** How far this process was behind its own plan. */
  readonly late: Percentiles
}

interface Visitor {
  readonly line: string
  readonly hash: string
  readonly token: string
  readonly chat: string
  readonly agent: Agent
}

interface Way {
  readonly calledAt: number
  acceptedAt?: number
  arrivedAt?: number
}

/** Sites have their visitors from everywhere: the hub gives one address no more than 60 tokens at once, and 250 open pages. */
const VISITORS_OF_ADDRESS = 50
const AT_ONCE = 32
const TICK_MS = 2
const PATIENCE_MS = 10_000

const order = readArgument<VisitorsOrder>()
const portal = createHub({ url: order.url, portal: order.portal.id, secret: order.portal.secret })
const visitors: Visitor[] = []
const ways = new Map<string, Way>()
let open = 0
let repeated = 0
let made = 0

const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6

async function arrive(number: number, agent: Agent): Promise<void> {
  const line = order.lines[number % order.lines.length]
  if (!line) throw new Error('there is no line')
  const base = `${order.url}/webchat/${line.hash}`
  const session = await request(`${base}/session`, { method: 'POST', dispatcher: agent })
  if (session.statusCode !== 200) throw new Error(`a session got ${session.statusCode}`)
  const { token, chat } = (await session.body.json()) as { token: string; chat: { id: string } }
  const headers = { authorization: `Bearer ${token}` }
  const page = await request(`${base}/events`, { headers, dispatcher: agent })
  if (page.statusCode !== 200) throw new Error(`a page got ${page.statusCode}`)
  open += 1
  visitors.push({ line: line.id, hash: line.hash, token, chat: chat.id, agent })
  let rest = ''
  page.body.setEncoding('utf8')
  page.body.on('data', (chunk: string) => {
    const blocks = (rest + chunk).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) take(block)
  })
  const leave = (): void => {
    open -= 1
  }
  page.body.on('end', leave).on('error', leave)
}

function take(block: string): void {
  const way = ways.get(/"text":"answer (\d+)"/.exec(block)?.[1] ?? '')
  if (!way) return
  if (way.arrivedAt !== undefined) repeated += 1
  else way.arrivedAt = nowMs()
}

async function post({ hash, token, agent }: Visitor): Promise<number | undefined> {
  const startedAt = nowMs()
  const answer = await request(`${order.url}/webhook?hash=${hash}`, {
    method: 'POST',
    dispatcher: agent,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'message.new', id: `q${made++}`, text: 'Do you have tulips? 🌷' }),
  })
  await answer.body.dump()
  return answer.statusCode === 200 ? nowMs() - startedAt : undefined
}

async function answer({ line, chat }: Visitor): Promise<boolean> {
  const number = String(made++)
  const way: Way = { calledAt: nowMs() }
  ways.set(number, way)
  const message = { text: `answer ${number}` }
  await portal.$call('sendMessage', { connector: 'webchat', line, chat: { id: chat }, message })
  way.acceptedAt = nowMs()
  return true
}

async function run({ rate, seconds }: VisitorsRun): Promise<VisitorsReport> {
  const total = Math.round(rate * seconds)
  const startedAt = nowMs()
  const late: number[] = []
  const posts: Promise<number | undefined>[] = []
  const calls: Promise<boolean>[] = []
  ways.clear()
  repeated = 0
  while (posts.length < total) {
    const at = nowMs()
    for (
      let due = startedAt + (posts.length * 1000) / rate;
      due <= at && posts.length < total;
      due += 1000 / rate
    ) {
      late.push(at - due)
      posts.push(post(anybody()).catch(() => undefined))
      calls.push(answer(anybody()).catch(() => false))
    }
    await sleep(TICK_MS)
  }
  const took = (await Promise.all(posts)).filter((ms) => ms !== undefined)
  const taken = (await Promise.all(calls)).filter(Boolean).length
  const accepted = [...ways.values()].filter(({ acceptedAt }) => acceptedAt !== undefined)
  const isOut = (): boolean => accepted.every(({ arrivedAt }) => arrivedAt !== undefined)
  for (let waited = 0; !isOut() && waited < PATIENCE_MS; waited += 50) await sleep(50)
  const arrived = accepted.filter(({ arrivedAt }) => arrivedAt !== undefined)
  const after = (from: 'calledAt' | 'acceptedAt'): Percentiles =>
    toPercentiles(arrived.map((way) => Math.max(0, (way.arrivedAt ?? 0) - (way[from] ?? 0))))
  return {
    open,
    sent: 2 * total,
    refused: 2 * total - took.length - taken,
    posts: toPercentiles(took),
    toPages: after('calledAt'),
    fromAccepted: after('acceptedAt'),
    lost: accepted.length - arrived.length,
    repeated,
    late: toPercentiles(late),
  }
}

function anybody(): Visitor {
  const visitor = visitors[Math.floor(Math.random() * visitors.length)]
  if (!visitor) throw new Error('there is no visitor')
  return visitor
}

/** 127.x.y.z are all this machine's, on Linux. */
function openAgent(index: number): Agent {
  const localAddress = `127.1.${index >> 8}.${(index & 255) + 1}`
  return new Agent({ bodyTimeout: 0, localAddress })
}

async function arriveAll(): Promise<void> {
  const agents = Array.from({ length: Math.ceil(order.visitors / VISITORS_OF_ADDRESS) }, (_, at) =>
    openAgent(at),
  )
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < order.visitors) {
      const number = next++
      const agent = agents[number % agents.length]
      if (agent) await arrive(number, agent)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

await arriveAll()
serve('ready', { run: (argument) => run(argument as VisitorsRun) })
