import { join } from 'node:path'
import type { Bench, Figures, Scenario } from '../bench.ts'
import { startScript } from '../harness/child.ts'
import { runFullLoad, warmUp } from '../harness/full-load.ts'
import { inventLines } from '../harness/lines.ts'
import { installPeers, PEERS_FOLDER } from '../harness/peer-packages.ts'
import { type PeerStore, startPostgres, startRedis } from '../harness/peer-stores.ts'
import { openHub, type Subject, toLoadOrder } from '../harness/subject.ts'

const HUB = 'hub'
const BULLMQ = 'koa + BullMQ'
const PG_BOSS = 'koa + pg-boss'
const ONE_BY_ONE = ', one by one in order'

const through = (name: string) => `${name}: accepted and delivered/s`
const ratio = (name: string, other: string) => `${name} ÷ ${other}`

/** Forwarders as one would write them with a job queue: 200 when the job is durable, then posted to the portal. */
export const peers: Scenario = {
  name: 'peers',
  about: 'the hub beside koa + BullMQ and koa + pg-boss (needs Redis and PostgreSQL)',
  goals: [
    { figure: ratio(HUB, BULLMQ), is: 'at least', than: 3 },
    { figure: through(HUB + ONE_BY_ONE), is: 'at least', than: 2900 },
  ],
  async run(bench, rounds) {
    await installPeers(bench.say)
    const all: Figures[] = []
    while (all.length < rounds) {
      const figures: Record<string, number> = {}
      for (const isOrdered of [false, true]) {
        const rest = isOrdered ? ONE_BY_ONE : ''
        bench.say(`round ${all.length + 1}${rest}`)
        Object.assign(figures, await measureHub(bench, isOrdered))
        Object.assign(figures, await measurePeer(bench, BULLMQ, isOrdered))
        Object.assign(figures, await measurePeer(bench, PG_BOSS, isOrdered))
        for (const peer of [BULLMQ, PG_BOSS]) {
          const [ours, theirs] = [figures[through(HUB + rest)], figures[through(peer + rest)]]
          figures[ratio(HUB + rest, peer + rest)] = (ours ?? Number.NaN) / (theirs ?? Number.NaN)
        }
      }
      all.push(figures)
    }
    return all
  },
}

async function measureHub(bench: Bench, isOrdered: boolean): Promise<Figures> {
  const env: Record<string, string> = isOrdered ? { HUB_PACKET_MAX_EVENTS: '1' } : {}
  await using subject = await openHub(bench, env)
  return await measure(bench, { ...subject, name: isOrdered ? HUB + ONE_BY_ONE : HUB }, true)
}

async function measurePeer(bench: Bench, name: string, isOrdered: boolean): Promise<Figures> {
  const isRedis = name === BULLMQ
  await using store: PeerStore = await (isRedis ? startRedis() : startPostgres())
  const [probeLine = { hash: '', secret: '' }, ...targets] = inventLines(bench.options.lines + 1)
  await using peer = await startScript(join(PEERS_FOLDER, isRedis ? 'bullmq.mjs' : 'pg-boss.mjs'), {
    sinkUrl: bench.sinkUrl,
    socket: store.socket,
    socketFolder: store.folder,
    isOrdered,
    lines: [probeLine, ...targets].map(({ hash }) => hash),
  })
  const subject = { url: String(peer.ready), pid: peer.pid, targets, probeLine }
  const title = isOrdered ? name + ONE_BY_ONE : name
  return await measure(bench, { ...subject, name: title, storePid: store.pid }, isOrdered)
}

async function measure(bench: Bench, subject: Subject, isOrdered: boolean): Promise<Figures> {
  const { name } = subject
  const order = await toLoadOrder(bench, subject)
  await warmUp(order)
  const load = await runFullLoad(order)
  const { accepted, arrived } = load.check
  if (accepted !== arrived) bench.warn(`${name}: ${accepted} accepted, ${arrived} arrived`)
  return {
    [`${name}: accepted/s`]: load.acceptedPerSecond,
    [through(name)]: load.throughPerSecond,
    [`${name}: post → portal p50, ms`]: load.latency.p50,
    // Without order the peers mix lines in one batch: there is nothing to compare.
    ...(isOrdered && { [`${name}: out of order`]: load.check.disordered }),
  }
}
