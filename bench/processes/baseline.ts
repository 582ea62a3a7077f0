import { createServer } from 'node:http'
import Koa from 'koa'
import { Pool } from 'undici'
import { openRows, type Rows } from '../harness/baseline-rows.ts'
import { listen, readBody } from '../harness/listen.ts'
import { readArgument, serve } from '../harness/serve.ts'

/**
 * The hub as one would write it in an afternoon: each request is one INSERT, and each second a poller reads what waits, a
 * hundred at a time, posts it to the portal and deletes it. No signatures, no order, no lockout, no repeats found.
 */
interface Order {
  readonly databaseUrl: string
  readonly sinkUrl: string
}

const POLL_MS = 1000
const BATCH = 100

const order = readArgument<Order>()
const rows = await openRows(order.databaseUrl)
const portal = new Pool(order.sinkUrl, { connections: 1 })

const app = new Koa()
app.use(async (context) => {
  await rows.insert((await readBody(context.req)).toString('utf8'))
  context.body = ''
  context.status = 200
})

async function deliverAll(from: Rows): Promise<void> {
  for (;;) {
    const waiting = await from.take(BATCH)
    if (waiting.length === 0) return
    const events = waiting.map(({ id, body }) => toEvent(id, body))
    const { statusCode, body } = await portal.request({
      path: '/',
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'events', connector: 'baseline', line: '1', events }),
    })
    await body.dump()
    if (statusCode === 200) await from.remove(waiting.map(({ id }) => id))
    if (waiting.length < BATCH) return
  }
}

function toEvent(id: number, body: string): object {
  const { message } = JSON.parse(body) as { message: { message_id: number; text: string } }
  return {
    id: String(id).padStart(12, '0'),
    type: 'message.new',
    message: { id: String(message.message_id), text: message.text },
  }
}

async function poll(): Promise<void> {
  const startedAt = performance.now()
  await deliverAll(rows)
  setTimeout(() => void poll(), Math.max(0, POLL_MS - (performance.now() - startedAt)))
}

const handle = app.callback()
const url = await listen(createServer((request, response) => void handle(request, response)))
void poll()
serve(url, {})
