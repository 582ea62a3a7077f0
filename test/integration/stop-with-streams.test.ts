import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import { bindServer } from '../../src/http/server.ts'
import { ADMIN_ENV, OPERATOR } from '../helpers/console.ts'
import { readEvents } from '../helpers/event-reader.ts'
import { send } from '../helpers/http.ts'
import { addTestPortal, startTestHub } from '../helpers/hub.ts'

const LINE = { connector: 'webchat', line: '1' }
const NO_GRACE_SEEN_MS = 600_000

describe('a server that closes', () => {
  it('does not wait for a connection that has asked for nothing', { timeout: 20_000 }, async () => {
    const server = await bindServer('127.0.0.1', 0)
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    await once(socket, 'connect')
    const closed = once(socket, 'close')
    await server.close(NO_GRACE_SEEN_MS)
    await closed
  })
})

describe('a hub that stops', () => {
  it('ends the streams of chats and consoles in order, before anything else ends', async () => {
    await using hub = await startTestHub({ databaseUrl: 'sqlite::memory:', env: ADMIN_ENV })
    await using portal = await addTestPortal(hub)
    const settings = { title: 'Shop', origins: 'https://shop.example' }
    await portal.hub.saveSettings({ ...LINE, settings })
    const tested = await portal.hub.testConnect<{ status: { webhookUrl: string } }>(LINE)
    const hash = new URL(tested.status.webhookUrl).searchParams.get('hash')
    const { body } = await send(`${hub.url}/webchat/${hash}/session`)
    const url = `${hub.url}/webchat/${hash}/events?token=${JSON.parse(body).token}`
    const streams = await Promise.all([
      ...Array.from({ length: 20 }, () => readEvents(url)),
      readEvents(`${hub.url}/admin/api/v1/live`, OPERATOR.headers),
    ])
    assert.ok(streams.every(({ status }) => status === 200))
    const order: string[] = []
    const ends = streams.map(async ({ ended }) => order.push(await ended))
    await hub.stop()
    order.push('stopped')
    await Promise.all(ends)
    assert.deepEqual(order, [...streams.map(() => 'in order'), 'stopped'])
  })
})
