import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RejectEvent } from '../../../src/client/errors.ts'
import { createRouter } from '../../../src/client/router.ts'
import { listen } from '../../../src/client/server.ts'
import { signedHeaders } from '../../../src/client/signature.ts'

const SECRET = `whsec_${Buffer.alloc(32, 2).toString('base64')}`

async function post(url: string, packet: unknown, secrets = [SECRET]) {
  const body = typeof packet === 'string' ? packet : JSON.stringify(packet)
  const timestamp = Math.floor(Date.now() / 1000)
  const headers = signedHeaders({ id: 'pkt_1', timestamp, body, secrets })
  const response = await fetch(url, { method: 'POST', headers, body })
  return { status: response.status, body: await response.json() }
}

function packetOf(...ids: string[]) {
  const events = ids.map((id) => ({ id, type: 'message.new' }))
  return { id: 'pkt_1', type: 'events', portal: 'prt_1', connector: 'telegram', line: '1', events }
}

describe('router', () => {
  it('calls the handler of each type, one after another, and accepts', async () => {
    const seen: string[] = []
    const router = createRouter()
      .on('message.new', async (event, packet) => {
        await new Promise(setImmediate)
        seen.push(`${event.id} of ${packet.line}`)
      })
      .otherwise((event) => {
        seen.push(`other ${event.type}`)
      })
    await using server = await listen(router, { secrets: [SECRET] })
    const packet = packetOf('evt_1', 'evt_2')
    packet.events.push({ id: 'evt_3', type: 'chat.read' })
    assert.deepEqual(await post(server.url, packet), {
      status: 200,
      body: { accepted: ['evt_1', 'evt_2', 'evt_3'] },
    })
    assert.deepEqual(seen, ['evt_1 of 1', 'evt_2 of 1', 'other chat.read'])
  })

  it('answers a connection test with its challenge', async () => {
    await using server = await listen(createRouter(), { secrets: [SECRET] })
    const packet = { id: 'pkt_1', type: 'connection.test', challenge: 'abc' }
    assert.deepEqual(await post(server.url, packet), { status: 200, body: { challenge: 'abc' } })
  })

  it('an event without a handler is accepted, so that the line moves on', async () => {
    await using server = await listen(createRouter(), { secrets: [SECRET] })
    assert.deepEqual((await post(server.url, packetOf('evt_1'))).body, { accepted: ['evt_1'] })
  })

  it('a handler that throws keeps its event and all after it', async () => {
    const failures: string[] = []
    const seen: string[] = []
    let isBroken = true
    const router = createRouter({ onError: (_error, event) => failures.push(event.id) }).on(
      'message.new',
      (event) => {
        if (event.id === 'evt_2' && isBroken) throw new Error('database down')
        seen.push(event.id)
      },
    )
    await using server = await listen(router, { secrets: [SECRET] })
    const packet = packetOf('evt_1', 'evt_2', 'evt_3')
    assert.deepEqual((await post(server.url, packet)).body, { accepted: ['evt_1'] })
    isBroken = false
    assert.deepEqual((await post(server.url, packet)).body, {
      accepted: ['evt_1', 'evt_2', 'evt_3'],
    })
    assert.deepEqual(seen, ['evt_1', 'evt_2', 'evt_3'])
    assert.deepEqual(failures, ['evt_2'])
  })

  it('RejectEvent refuses one event and goes on', async () => {
    const router = createRouter().on('message.new', (event) => {
      if (event.id === 'evt_1') throw new RejectEvent('no such chat')
    })
    await using server = await listen(router, { secrets: [SECRET] })
    assert.deepEqual((await post(server.url, packetOf('evt_1', 'evt_2'))).body, {
      accepted: ['evt_2'],
      rejected: [{ id: 'evt_1', reason: 'no such chat' }],
    })
  })

  it('a repeat that comes while its handler is at work waits for it instead of running it twice', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>()
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
    const seen: string[] = []
    const router = createRouter().on('message.new', async (event) => {
      begin()
      await gate
      seen.push(event.id)
    })
    await using server = await listen(router, { secrets: [SECRET] })
    const first = post(server.url, packetOf('evt_1'))
    await begun
    const second = post(server.url, packetOf('evt_1', 'evt_2'))
    // Another line doesn't wait for this one; its answer also shows that the server has had its turn.
    await post(server.url, { ...packetOf(), line: '2' })
    open()
    assert.deepEqual((await first).body, { accepted: ['evt_1'] })
    assert.deepEqual((await second).body, { accepted: ['evt_1', 'evt_2'] })
    assert.deepEqual(seen, ['evt_1', 'evt_2'])
  })

  it('forgets the oldest ids beyond its memory', async () => {
    const seen: string[] = []
    const router = createRouter({ remember: 2 }).on('message.new', ({ id }) => void seen.push(id))
    await using server = await listen(router, { secrets: [SECRET] })
    await post(server.url, packetOf('a', 'b', 'c'))
    await post(server.url, packetOf('c', 'b', 'a'))
    assert.deepEqual(seen, ['a', 'b', 'c', 'a'])
  })

  it('hands a deactivation to its handler, and a failure there has it sent again', async () => {
    const reasons: unknown[] = []
    const router = createRouter({ onError: () => undefined }).on(
      'connector.deactivated',
      (event) => {
        reasons.push(event['reason'])
        if (reasons.length === 1) throw new Error('not now')
      },
    )
    await using server = await listen(router, { secrets: [SECRET] })
    const packet = { id: 'pkt_9', type: 'connector.deactivated', reason: 'displaced' }
    assert.equal((await post(server.url, packet)).status, 500)
    assert.equal((await post(server.url, packet)).status, 200)
    assert.equal((await post(server.url, packet)).status, 200)
    assert.deepEqual(reasons, ['displaced', 'displaced'])
  })
})

describe('news of a line', () => {
  it('goes to its handler with what it says', async () => {
    const told: unknown[] = []
    const router = createRouter().on('line.health', (_, { line, health }) => {
      told.push([line, health?.state, health?.code])
    })
    await using server = await listen(router, { secrets: [SECRET] })
    const health = { state: 'broken', code: 'token_refused', since: '2026-11-28T19:05:00.000Z' }
    const packet = { id: 'pkt_9', type: 'line.health', line: '1', health }
    assert.equal((await post(server.url, packet)).status, 200)
    assert.deepEqual(told, [['1', 'broken', 'token_refused']])
  })
})

describe('refusals', () => {
  it('a packet that is not signed with our secret gets 401 and reaches no handler', async () => {
    const router = createRouter().otherwise(() => assert.fail('called'))
    await using server = await listen(router, { secrets: [SECRET] })
    const foreign = `whsec_${Buffer.alloc(32, 3).toString('base64')}`
    assert.equal((await post(server.url, packetOf('evt_1'), [foreign])).status, 401)
    assert.equal((await fetch(server.url, { method: 'POST', body: '{}' })).status, 401)
    const late = await listen(router, { secrets: [SECRET], now: () => Date.now() + 301_000 })
    assert.equal((await post(late.url, packetOf('evt_1'))).status, 401)
    await late.close()
  })

  it('a signed body that is no packet gets 400', async () => {
    await using server = await listen(createRouter(), { secrets: [SECRET] })
    for (const body of ['', 'x', 'null', '[]', '{"id":"pkt_1","type":"events"}']) {
      assert.equal((await post(server.url, body)).status, 400, body)
    }
  })

  it('other methods get 405 and too much gets 413', async () => {
    await using server = await listen(createRouter(), { secrets: [SECRET] })
    assert.equal((await fetch(server.url)).status, 405)
    assert.equal((await post(server.url, 'x'.repeat(1024 * 1024 + 1))).status, 413)
  })
})
