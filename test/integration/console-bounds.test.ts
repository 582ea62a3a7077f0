import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { MAX_OF_PORTAL, MAX_OF_SESSION } from '../../src/admin/live.ts'
import { Traffic } from '../../src/admin/traffic.ts'
import { migrateUp } from '../../src/db/engine/migrator.ts'
import { createRootLog } from '../../src/log/index.ts'
import { ADMIN_ENV, ADMIN_TOKEN, askConsole, comeIn, OPERATOR } from '../helpers/console.ts'
import { addTestPortal, startTestHub } from '../helpers/hub.ts'
import { createManualClock } from '../helpers/manual-clock.ts'
import { testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'
import { withStore } from '../helpers/with-store.ts'

const MEMORY = { databaseUrl: 'sqlite::memory:' }
/** Of a hub with nothing to give back. */
const STOP_MS = 2000

/** Opens a stream and gives its status; the stream goes on until the hub ends it. */
async function watch(url: string, headers: Readonly<Record<string, string>>): Promise<Response> {
  const response = await fetch(`${url}/admin/api/v1/live`, { headers })
  if (response.status === 200) void response.text().catch(() => undefined)
  return response
}

describe('what is live', () => {
  it('is bounded for each session and each portal, so that there is room for others', async () => {
    await using hub = await startTestHub({ ...MEMORY, env: ADMIN_ENV })
    await using portal = await addTestPortal(hub)
    await using other = await addTestPortal(hub)
    const open = async (headers: Readonly<Record<string, string>>, count: number) => {
      const all = Array.from({ length: count }, () => watch(hub.url, headers))
      return (await Promise.all(all)).filter(({ status }) => status === 200).length
    }
    const [first, second, third] = [
      await comeIn(portal),
      await comeIn(portal),
      await comeIn(portal),
    ]
    assert.equal(await open(first.headers, MAX_OF_SESSION), MAX_OF_SESSION)
    const refused = await watch(hub.url, first.headers)
    assert.equal(refused.status, 429)
    assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/)
    assert.equal(await open(second.headers, MAX_OF_PORTAL - MAX_OF_SESSION), MAX_OF_SESSION)
    assert.equal((await watch(hub.url, third.headers)).status, 429)
    assert.equal((await watch(hub.url, (await comeIn(other)).headers)).status, 200)
    assert.equal((await watch(hub.url, OPERATOR.headers)).status, 200)
  })

  it('holds no stop up, however little is read of it', async () => {
    await using hub = await startTestHub({ ...MEMORY, env: ADMIN_ENV })
    const { hostname, port } = new URL(hub.url)
    const sockets = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const socket = connect(Number(port), hostname)
        socket.on('error', () => undefined)
        await once(socket, 'connect')
        socket.write(
          `GET /admin/api/v1/live HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer ${ADMIN_TOKEN}\r\n\r\n`,
        )
        await once(socket, 'readable')
        return socket
      }),
    )
    const isStopped = hub.stop().then(() => true)
    assert.equal(await Promise.race([isStopped, wait(STOP_MS, false)]), true)
    for (const socket of sockets) socket.destroy()
  })
})

describe('wrong tokens', () => {
  it('count as bearers too, and then nobody signs in from there', async () => {
    await using hub = await startTestHub({ ...MEMORY, env: ADMIN_ENV })
    for (let count = 0; count < 5; count++) {
      const wrong = { headers: { authorization: `Bearer wrong-${count}` } }
      assert.equal((await askConsole(hub, wrong, '/v1/overview')).status, 401)
    }
    const next = { headers: { authorization: 'Bearer wrong-again' } }
    const refused = await askConsole(hub, next, '/v1/overview')
    assert.equal(refused.status, 429)
    assert.match(refused.headers.get('retry-after') ?? '', /^[1-9]\d?$/)
    const signIn = { method: 'POST', body: { token: ADMIN_TOKEN } }
    assert.equal((await askConsole(hub, { headers: {} }, '/session', signIn)).status, 429)
    // A script with the right token is held up by nobody.
    assert.equal((await askConsole(hub, OPERATOR, '/v1/overview')).status, 200)
  })
})

describe("a line's last 24 hours", () => {
  for (const { name, open } of testStores()) {
    it(`are those of all processes together (${name})`, async () => {
      await using database = await open()
      await withStore(database.databaseUrl, async (store) => {
        if (store.dialect === 'sqlite') await migrateUp(store)
        const clock = createManualClock()
        const log = createRootLog('silent', [], process.stdout)
        const [one, other] = [1, 2].map(() => new Traffic({ store, clock, log }))
        assert.ok(one && other)
        const line = { lineId: 7, portalId: 'prt_x' }
        one.note(line, { kind: 'received', seq: 1, ms: 1 })
        other.note(line, { kind: 'received', seq: 2, ms: 1 })
        other.note(line, { kind: 'accepted', seqs: [1, 2] })
        assert.equal((await one.day(7)).received, 1)
        await clock.advance(60_000)
        await waitFor(async () => (await one.day(7)).delivered === 2, 'the minute of the other one')
        assert.deepEqual(await one.day(7), { received: 2, delivered: 2, sent: 0, failed: 0 })
        assert.deepEqual(await other.day(7), await one.day(7))
        await clock.advance(24 * 3_600_000)
        assert.equal((await one.day(7)).received, 0)
        await Promise.all([one.close(), other.close()])
      })
    })
  }
})
