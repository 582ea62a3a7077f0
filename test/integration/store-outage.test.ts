import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { textsOf } from '../helpers/delivery-rig.ts'
import { addTestPortal, startTestHub, type TestHub } from '../helpers/hub.ts'
import { startMariaDb } from '../helpers/mariadb.ts'
import { BOT_ID, connectTelegram, startTelegramWithBot } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

function linesOf(hub: TestHub, event: string): { readonly level: string }[] {
  const lines = hub.logText().trim().split('\n')
  return lines.map((line) => JSON.parse(line)).filter((entry) => entry.event === event)
}

describe('a store that goes away', () => {
  it('answers 503 with Retry-After, takes nothing half, and goes on when the store is back', async () => {
    await using server = await startMariaDb()
    const databaseUrl = await server.createDatabase()
    await using telegram = await startTelegramWithBot()
    await using hub = await startTestHub({ databaseUrl, env: { HUB_LOG_LEVEL: 'debug' } })
    await using portal = await addTestPortal(hub)
    assert.equal((await connectTelegram(portal, telegram)).ok, true)
    const write = (text: string) => telegram.personWrites({ botId: BOT_ID, chatId: 5, text })
    await write('before')
    await portal.server.waitForEvents(1)

    await server.kill()
    const refused = await write('while it is away')
    assert.equal(refused.queued ? 0 : refused.status, 503)
    const url = telegram.bot(BOT_ID).webhook?.url ?? ''
    const secret = telegram.bot(BOT_ID).webhook?.secretToken ?? ''
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': secret },
      body: JSON.stringify({ update_id: 1, poll: {} }),
    })
    assert.equal(answer.status, 503)
    assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/)
    const body = (await answer.json()) as { error: { code: string } }
    assert.equal(body.error.code, 'HUB_STORE_UNAVAILABLE')
    assert.equal((await fetch(`${hub.url}/healthz`)).status, 200)
    const ready = await fetch(`${hub.url}/readyz`)
    assert.equal(ready.status, 503)
    assert.deepEqual((await ready.json()) as object, {
      status: 'not ready',
      reasons: ['the store is not reachable'],
    })
    await assert.rejects(portal.hub.ping())

    await waitFor(() => linesOf(hub, 'heartbeat.failed').length > 0, 'a beat that fails')
    await server.restart()
    await waitFor(
      async () => (await fetch(`${hub.url}/readyz`)).status === 200,
      'readiness',
      15_000,
    )
    const taken = await write('after')
    assert.deepEqual(taken, { queued: false, status: 200, body: '' })
    await portal.server.waitForEvents(2, 15_000)
    assert.deepEqual(textsOf(portal.server.events), ['before', 'after'])
    assert.ok(await portal.hub.ping())

    await waitFor(() => linesOf(hub, 'store.recovered').length === 1, 'word of the recovery')
    const warnings = hub
      .logText()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { level: string; event: string })
      .filter(({ level }) => level === 'warn')
    assert.deepEqual(
      warnings.map(({ event }) => event),
      ['store.unreachable'],
      'one line, whatever has failed meanwhile',
    )
  })

  it('keeps what was accepted by a portal while the store was away from being forgotten', async () => {
    await using server = await startMariaDb()
    const databaseUrl = await server.createDatabase()
    await using telegram = await startTelegramWithBot()
    await using hub = await startTestHub({ databaseUrl })
    await using portal = await addTestPortal(hub)
    await connectTelegram(portal, telegram)
    const { promise: killed, resolve: release } = Promise.withResolvers<void>()
    const { promise: entered, resolve: enter } = Promise.withResolvers<void>()
    let isFirst = true
    portal.server.answer(async () => {
      if (!isFirst) return {}
      isFirst = false
      enter()
      await killed
      return {}
    })
    await telegram.personWrites({ botId: BOT_ID, chatId: 5, text: '1' })
    await entered
    await server.kill()
    release()
    await portal.server.waitForEvents(1)
    await server.restart()
    await waitFor(
      async () => (await fetch(`${hub.url}/readyz`)).status === 200,
      'readiness',
      15_000,
    )
    await telegram.personWrites({ botId: BOT_ID, chatId: 5, text: '2' })
    await waitFor(() => textsOf(portal.server.events).includes('2'), 'the second message', 20_000)
    const ids = portal.server.received.map(({ id }) => id)
    // It may have come twice if the lease ran out meanwhile, but then under the same id and never out of order.
    assert.deepEqual([...new Set(textsOf(portal.server.received))], ['1', '2'])
    assert.equal(new Set(ids).size, 2)
    assert.deepEqual(ids, [...ids].sort())
  })

  it('starts without its store, says so in readyz, and works as soon as the store is there', async () => {
    await using server = await startMariaDb()
    const databaseUrl = await server.createDatabase()
    await server.kill()
    await using hub = await startTestHub({ databaseUrl })
    assert.equal((await fetch(`${hub.url}/healthz`)).status, 200)
    assert.equal((await fetch(`${hub.url}/readyz`)).status, 503)
    await server.restart()
    await waitFor(
      async () => (await fetch(`${hub.url}/readyz`)).status === 200,
      'readiness',
      20_000,
    )
    await using portal = await addTestPortal(hub)
    assert.ok(await portal.hub.ping())
  })
})
