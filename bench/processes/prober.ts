import { Pool } from 'undici'
import { toPercentiles } from '../harness/percentiles.ts'
import type { ProbeOrder, ProbeReport } from '../harness/probe.ts'
import { readArgument, serve } from '../harness/serve.ts'
import { toProbe } from '../harness/updates.ts'

/**
 * Posts at a fixed rate whether or not the last post has been answered, so that a slow answer delays no later post and
 * can't hide. `late` tells how far this process itself was behind its own plan.
 */
const order = readArgument<ProbeOrder>()
const TICK_MS = 1
const CONNECTIONS = 32
const pool = new Pool(new URL(order.url).origin, { connections: CONNECTIONS, pipelining: 1 })

const nowMs = () => Number(process.hrtime.bigint()) / 1e6

async function post(id: number): Promise<boolean> {
  const target = order.targets[id % order.targets.length]
  const response = await pool.request({
    path: `/webhook?hash=${target?.hash}`,
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-telegram-bot-api-secret-token': target?.secret ?? '',
    },
    body: JSON.stringify(toProbe(id, nowMs())),
  })
  await response.body.dump()
  return response.statusCode === 200
}

async function run(): Promise<ProbeReport> {
  const total = Math.round(order.rate * order.seconds)
  const gapMs = 1000 / order.rate
  const startedAt = nowMs()
  const late: number[] = []
  const posts: Promise<boolean>[] = []
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const at = nowMs()
      while (posts.length < total && startedAt + posts.length * gapMs <= at) {
        late.push(at - startedAt - posts.length * gapMs)
        posts.push(post(order.firstId + posts.length).catch(() => false))
      }
      if (posts.length < total) return
      clearInterval(timer)
      resolve()
    }, TICK_MS)
  })
  const accepted = (await Promise.all(posts)).filter(Boolean).length
  return { sent: total, accepted, late: toPercentiles(late) }
}

serve('ready', { run })
