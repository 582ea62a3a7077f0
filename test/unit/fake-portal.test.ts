import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { signedHeaders } from '../../src/client/signature.ts'
import { type FakePortal, startFakePortal } from '../fakes/portal.ts'
import { waitFor } from '../helpers/wait-for.ts'

async function post(portal: FakePortal, packet: object, secrets = portal.secrets) {
  const body = JSON.stringify(packet)
  const timestamp = Math.floor(Date.now() / 1000)
  const headers = signedHeaders({ id: 'pkt_1', timestamp, body, secrets })
  const signal = AbortSignal.timeout(500)
  const response = await fetch(portal.url, {
    method: 'POST',
    headers,
    body,
    redirect: 'manual',
    signal,
  })
  return { status: response.status, headers: response.headers, body: await response.text() }
}

function eventsPacket(...ids: string[]) {
  const events = ids.map((id) => ({ id, type: 'message.new' }))
  return { id: 'pkt_1', type: 'events', portal: 'prt_1', connector: 'telegram', line: '1', events }
}

describe('fake portal', () => {
  it('accepts events and returns challenges by itself', async () => {
    await using portal = await startFakePortal({ isOfHub: false })
    const test = { id: 'pkt_0', type: 'connection.test', challenge: 'abc' }
    assert.equal((await post(portal, test)).body, '{"challenge":"abc"}')
    assert.deepEqual((await post(portal, eventsPacket('a', 'b'))).body, '')
    const events = await portal.waitForEvents(2)
    assert.deepEqual(
      events.map(({ id }) => id),
      ['a', 'b'],
    )
    assert.equal((await portal.waitForPackets(1, 'events')).length, 1)
  })

  it('records what is not signed with its secret, and refuses it', async () => {
    await using portal = await startFakePortal({ isOfHub: false })
    const foreign = [`whsec_${Buffer.alloc(32).toString('base64')}`]
    assert.equal((await post(portal, eventsPacket('a'), foreign)).status, 401)
    assert.equal(portal.refused[0]?.reason, 'no signature matches')
    assert.equal(portal.packets.length, 0)
  })

  it('answers from a list, then as usual; only accepted events count', async () => {
    await using portal = await startFakePortal({ isOfHub: false })
    portal.answer([
      { status: 500 },
      { status: 429, headers: { 'retry-after': '3' } },
      { redirect: 'http://127.0.0.1:1/' },
      { body: { accepted: ['a'], rejected: [{ id: 'b', reason: 'x' }] } },
      { status: 202, body: { ack: 'later' } },
    ])
    const replies = []
    for (let i = 0; i < 6; i++) replies.push(await post(portal, eventsPacket('a', 'b')))
    assert.deepEqual(
      replies.map(({ status }) => status),
      [500, 429, 302, 200, 202, 200],
    )
    assert.equal(replies[1]?.headers.get('retry-after'), '3')
    assert.deepEqual(
      portal.events.map(({ id }) => id),
      ['a', 'a', 'b'],
    )
    assert.equal(portal.received.length, 12)
  })

  it('breaks connections in every way it is told to', async () => {
    await using portal = await startFakePortal({ isOfHub: false })
    for (const fault of ['reset', 'garbage', 'half', 'silence'] as const) {
      portal.answer({ fault, body: { accepted: [] } })
      await assert.rejects(post(portal, eventsPacket('a')), fault)
    }
    assert.equal(portal.received.length, 4)
    assert.equal(portal.events.length, 0)
  })

  it('a function may hold an answer back, and packets of one line at once are noticed', async () => {
    await using portal = await startFakePortal({ isOfHub: false })
    const { promise, resolve } = Promise.withResolvers<void>()
    portal.answer(async () => {
      await promise
      return { status: 204 }
    })
    const both = Promise.all([post(portal, eventsPacket('a')), post(portal, eventsPacket('b'))])
    await portal.waitForPackets(2)
    resolve()
    assert.deepEqual(
      (await both).map(({ status }) => status),
      [204, 204],
    )
    assert.equal(portal.mostAtOnce.get('prt_1 telegram 1'), 2)
  })

  it('goes down and comes back on the same port', async () => {
    await using portal = await startFakePortal({ isOfHub: false })
    const { url } = portal
    await portal.stop()
    await assert.rejects(post(portal, eventsPacket('a')))
    await portal.start()
    assert.equal(portal.url, url)
    assert.equal((await post(portal, eventsPacket('a'))).status, 200)
  })
})

describe('waitFor', () => {
  it('gives the first truthy value, and names what it waited for in vain', async () => {
    let polls = 0
    assert.equal(await waitFor(() => (++polls > 2 ? polls : 0)), 3)
    await assert.rejects(
      waitFor(() => false, 'a miracle', 20),
      /not within 20 ms: a miracle/,
    )
  })
})
