import { createServer } from 'node:http'
import Koa from 'koa'
import { Pool } from 'undici'
import { listen, readBody } from '../harness/listen.ts'

/** @typedef {{ line: string, body: string, number: number }} Taken One update as the queue keeps it. */

/** As many as the hub opens to one portal. */
const CONNECTIONS = 16

/**
 * A koa server like the hub's from outside: 200 when `add` has resolved. The number tells the order of arrival.
 * @param {(taken: Taken) => Promise<unknown>} add
 */
export async function startWebhook(add) {
  let number = 0
  const app = new Koa()
  app.use(async (context) => {
    const line = String(context.query['hash'])
    const body = (await readBody(context.req)).toString('utf8')
    await add({ line, body, number: number++ })
    context.body = ''
    context.status = 200
  })
  const handle = app.callback()
  return await listen(createServer((request, response) => void handle(request, response)))
}

/**
 * Posts updates to the portal in the hub's shape. Throws when they weren't taken, so that the queue tries again.
 * @param {string} url
 */
export function createPoster(url) {
  const pool = new Pool(url, { connections: CONNECTIONS, pipelining: 1 })
  /** @param {readonly Taken[]} batch */
  return async (batch) => {
    const line = batch[0]?.line
    const { statusCode, body } = await pool.request({
      path: '/',
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'events', connector: 'peer', line, events: batch.map(toEvent) }),
    })
    await body.dump()
    if (statusCode !== 200) throw new Error(`the portal answered ${statusCode}`)
  }
}

/** @param {Taken} taken */
function toEvent({ body, number }) {
  const { message } = JSON.parse(body)
  return {
    id: String(number).padStart(12, '0'),
    type: 'message.new',
    message: { id: String(message.message_id), text: message.text },
  }
}
