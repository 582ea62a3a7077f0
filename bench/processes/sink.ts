import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { listen, readBody } from '../harness/listen.ts'
import { toPercentiles } from '../harness/percentiles.ts'
import { serve } from '../harness/serve.ts'
import type { SinkStats } from '../harness/sink-stats.ts'
import { PROBE_IDS_FROM, readPostedAt } from '../harness/updates.ts'

/**
 * The portal: takes packets as fast as it can and counts. It does not check signatures, which would put the portal's own
 * work into the hub's figures.
 */
interface Packet {
  readonly type: string
  readonly challenge?: string
  readonly connector?: string
  readonly line?: string
  readonly events?: readonly {
    readonly id: string
    readonly message?: { readonly id: string; readonly text?: string }
  }[]
}

const seen = { bulk: new Set<number>(), probes: new Set<number>() }
const lastIds = new Map<string, string>()
let latencies: number[] = []
let counts = { attempts: 0, packets: 0, events: 0, disordered: 0, strange: 0 }
/** How long each packet's answer takes. */
let delayMs = 0
/** Every request's connection breaks, as with a portal that crashes. */
let isDead = false

function take(packet: Packet): void {
  counts.packets++
  // process.hrtime is the system's monotonic clock: the same in every process of the machine.
  const nowMs = Number(process.hrtime.bigint()) / 1e6
  for (const event of packet.events ?? []) {
    counts.events++
    const number = Number(event.message?.id)
    if (!Number.isInteger(number)) {
      counts.strange++
      continue
    }
    const ids = number >= PROBE_IDS_FROM ? seen.probes : seen.bulk
    if (!ids.has(number)) checkOrder(`${packet.connector} ${packet.line}`, event.id)
    ids.add(number)
    const postedAt = readPostedAt(event.message?.text)
    if (postedAt !== undefined) latencies.push(nowMs - postedAt)
  }
}

/** Ids sort by arrival within a line, so a later event with a smaller id has been overtaken. */
function checkOrder(line: string, id: string): void {
  const last = lastIds.get(line)
  if (last !== undefined && id <= last) counts.disordered++
  lastIds.set(line, id)
}

function toStats(): SinkStats {
  const bulk = seen.bulk.size
  const probes = seen.probes.size
  const repeated = counts.events - counts.strange - bulk - probes
  return { ...counts, bulk, probes, repeated }
}

function reset(): void {
  seen.bulk.clear()
  seen.probes.clear()
  lastIds.clear()
  latencies = []
  counts = { attempts: 0, packets: 0, events: 0, disordered: 0, strange: 0 }
}

const server = createServer(async (request, response) => {
  const packet = JSON.parse((await readBody(request)).toString('utf8')) as Packet
  const isTest = packet.type === 'connection.test'
  if (packet.type === 'events') counts.attempts++
  if (isDead) {
    // Not the request alone: it has been read, so its connection would stay open without an answer.
    request.socket.destroy()
    return
  }
  if (packet.type === 'events') take(packet)
  if (delayMs > 0) await sleep(delayMs)
  response
    .writeHead(200, { 'content-type': 'application/json' })
    .end(isTest ? JSON.stringify({ challenge: packet.challenge }) : '{}')
})

serve(await listen(server), {
  stats: toStats,
  latency: () => toPercentiles(latencies),
  reset,
  delay: (ms) => {
    delayMs = Number(ms)
  },
  die: (value) => {
    isDead = value === true
  },
})
