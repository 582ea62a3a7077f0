import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Connector, ConnectorDescriptor } from '../../../src/core/connector.ts'
import type { Line } from '../../../src/core/line.ts'
import type { Exchange, LineTap } from '../../../src/core/trace.ts'
import type { Store } from '../../../src/db/engine/store.ts'
import { differences } from '../../../src/trace/diff.ts'
import { followed } from '../../../src/trace/follow.ts'
import { Recorder } from '../../../src/trace/recorder.ts'
import { Redactor } from '../../../src/trace/redactor.ts'
import { createManualClock } from '../../helpers/manual-clock.ts'

const NONE = new Redactor([])

function exchange(
  body = '',
): Exchange & { request: { bytes: number }; response: { bytes: number } } {
  const half = { headers: {}, body, bytes: body.length }
  return {
    direction: 'out',
    party: 'channel',
    method: 'GET',
    url: 'https://channel.example/',
    startedAt: 1,
    ms: 1,
    request: half,
    response: half,
  }
}

function open(run: () => Promise<unknown>) {
  const clock = createManualClock()
  const told: { exchanges?: number }[] = []
  const ignore = (): void => undefined
  const log = { debug: ignore, info: ignore, error: ignore, warn: (f: object) => told.push(f) }
  const store = { run } as unknown as Store
  const recorder = new Recorder({ store, clock, log })
  const of = { lineId: 1, portalId: 'prt_1', wrote: ignore }
  return { clock, told, recorder, add: (body?: string) => recorder.add(of, exchange(body), NONE) }
}

describe('the recorder', () => {
  it('takes no more than its bounds while the store hangs, and counts what it drops', async () => {
    const stuck = Promise.withResolvers<void>()
    const { clock, told, recorder, add } = open(() => stuck.promise)
    for (let count = 0; count < 1200; count++) add()
    assert.deepEqual(
      told.map(({ exchanges }) => exchanges),
      [1],
    )
    await clock.advance(60_000)
    for (let count = 0; count < 1000; count++) add('x'.repeat(100_000))
    assert.ok((told[1]?.exchanges ?? 0) >= 200, JSON.stringify(told))
    stuck.resolve()
    await recorder.flush()
  })

  it('goes on when the store is back', async () => {
    let isAway = true
    const statements: number[] = []
    const { told, recorder, add } = open(async () => {
      if (isAway) throw new Error('away')
      statements.push(1)
    })
    add()
    await recorder.flush()
    assert.equal(told[0]?.exchanges, 1)
    isAway = false
    add()
    await recorder.flush()
    assert.ok(statements.length > 0)
  })
})

/** A connector with state of its own, as classes have it. */
class Counting implements Pick<Connector, 'methods'> {
  readonly methods = []
  readonly #http: { request(request: object): Promise<unknown> }
  #sent = 0

  constructor(http: { request(request: object): Promise<unknown> }) {
    this.#http = http
  }

  get sent(): number {
    return this.#sent
  }

  async send(): Promise<void> {
    this.#sent += 1
    await this.#http.request({ method: 'GET', url: 'https://channel.example/send' })
  }

  parse(): number {
    return this.#sent
  }
}

describe('connectors that are followed', () => {
  it('work as before, and only what is done for a traced line is noted', async () => {
    const noted: string[] = []
    const tap: LineTap = { keepsBodies: true, note: (write) => noted.push(write().exchange.url) }
    let traced: number | undefined
    const taps = {
      get isIdle() {
        return traced === undefined
      },
      of: (lineId: number) => (lineId === traced ? tap : undefined),
    }
    const descriptor = {
      id: 'x',
      fields: [],
      create: ({ http }: { http: never }) => new Counting(http),
    }
    const [one] = followed([descriptor as unknown as ConnectorDescriptor], {
      taps,
      clock: createManualClock(),
    })
    const answer = { status: 200, headers: {}, body: '' }
    const connector = one?.create({
      http: { request: async () => answer },
    } as unknown as Parameters<ConnectorDescriptor['create']>[0])
    const line = (id: number): Line => ({
      id,
      connector: 'x',
      settings: {},
      webhookSecret: 's',
      webhookUrl: 'https://hub.example/webhook?hash=h',
    })
    const send = (id: number): unknown => connector?.send('1', {}, line(id), {} as never)
    await send(1)
    traced = 1
    await Promise.all([send(1), send(2), send(2)])
    assert.equal(connector?.parse({}, line(1), 0), 4)
    assert.equal(connector.update, undefined)
    assert.deepEqual(noted, ['https://channel.example/send'])
  })
})

describe('differences', () => {
  it('are named by their places', () => {
    const recorded = [{ a: 1, b: [1, 2], c: { d: 'x' } }]
    const now = [{ a: 1, b: [1, 3, 4], c: 'x', e: null }, { f: 1 }]
    assert.deepEqual(differences(recorded, now), [
      { path: '0.b.1', recorded: 2, now: 3 },
      { path: '0.b.2', now: 4 },
      { path: '0.c', recorded: { d: 'x' }, now: 'x' },
      { path: '0.e', now: null },
      { path: '1', now: { f: 1 } },
    ])
    assert.deepEqual(differences(recorded, structuredClone(recorded)), [])
  })
})
