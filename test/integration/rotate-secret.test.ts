import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createHub } from '../../src/client/hub.ts'
import { addTestPortal, startTestHub, type TestHub, type TestPortal } from '../helpers/hub.ts'
import { createManualClock } from '../helpers/manual-clock.ts'
import { failureOf, postRpc, toCall } from '../helpers/rpc.ts'
import { type OpenStore, testStores } from '../helpers/stores.ts'
import { BOT_ID, connectTelegram, startTelegramWithBot } from '../helpers/telegram-line.ts'

const HOUR_MS = 3_600_000
/** Each process keeps a portal in memory for up to 5 s. */
const CACHED_MS = 6000

interface Rotated {
  readonly secret: string
  readonly oldValidUntil: string
}

for (const store of testStores()) {
  describe(`a secret that was replaced, on ${store.name}`, () => {
    const clock = createManualClock(Date.now())
    let database: OpenStore
    let hub: TestHub
    before(async () => {
      database = await store.open()
      hub = await startTestHub({ databaseUrl: database.databaseUrl, clock })
    })
    after(async () => {
      await hub.stop()
      await database.dispose()
    })

    function clientOf(portal: TestPortal, secret: string, url = hub.url) {
      return createHub<'ping' | 'rotateSecret'>({ url, portal: portal.id, secret, now: clock.now })
    }

    it('ends at once by revokeOld, also the one that is still valid from before', async () => {
      await using telegram = await startTelegramWithBot()
      await using portal = await addTestPortal(hub)
      assert.ok((await connectTelegram(portal, telegram)).ok)
      const first = await portal.hub.rotateSecret<Rotated>()
      const owner = clientOf(portal, first.secret)
      const second = await owner.rotateSecret<Rotated>({ revokeOld: true })
      assert.equal(Date.parse(second.oldValidUntil), clock.now())
      for (const secret of [portal.secret, first.secret]) {
        assert.equal((await failureOf(clientOf(portal, secret).ping())).status, 401)
      }
      await clientOf(portal, second.secret).ping()
      portal.server.secrets = [second.secret]
      await telegram.personWrites({ botId: BOT_ID, chatId: 5, text: 'hi' })
      const [packet] = await portal.server.waitForPackets(1, 'events')
      const signatures = packet?.headers['webhook-signature'] as string
      assert.equal(signatures.split(' ').length, 1)
    })

    it('calls for 24 h, but never rotates', async () => {
      await using portal = await addTestPortal(hub)
      const { secret } = await portal.hub.rotateSecret<Rotated>()
      const thief = clientOf(portal, portal.secret)
      await thief.ping()
      for (const params of [{}, { revokeOld: false }, { revokeOld: true }]) {
        const failure = await failureOf(thief.rotateSecret(params))
        assert.deepEqual([failure.code, failure.hubCode], [-32000, 'HUB_OLD_SECRET'])
      }
      await clientOf(portal, secret).ping()
      clock.jump(24 * HOUR_MS - CACHED_MS)
      await thief.ping()
      assert.equal((await failureOf(thief.rotateSecret())).hubCode, 'HUB_OLD_SECRET')
      const owner = clientOf(portal, secret)
      const next = await owner.rotateSecret<Rotated>()
      assert.equal((await failureOf(thief.ping())).status, 401)
      await Promise.all([owner.ping(), clientOf(portal, next.secret).ping()])
    })

    it('does not rotate in a process that has not noticed yet', async () => {
      const { databaseUrl } = database
      await using other = await startTestHub({ databaseUrl, clock })
      await using portal = await addTestPortal(hub)
      const there = clientOf(portal, portal.secret, other.url)
      await there.ping()
      const { secret } = await portal.hub.rotateSecret<Rotated>({ revokeOld: true })
      assert.equal((await failureOf(there.rotateSecret())).hubCode, 'HUB_OLD_SECRET')
      await clientOf(portal, secret, other.url).ping()
      clock.jump(CACHED_MS)
      assert.equal((await failureOf(there.ping())).status, 401)
    })

    it('rotates once in a batch, and of calls that come together', async () => {
      await using portal = await addTestPortal(hub)
      const caller = { url: hub.url, portal: portal.id, secret: portal.secret }
      const timestamp = Math.floor(clock.now() / 1000)
      const batch = JSON.stringify([1, 2].map((id) => toCall('rotateSecret', {}, id)))
      const replies = await Promise.all([1, 2].map(() => postRpc(caller, batch, { timestamp })))
      const answers = replies.flatMap(({ body }) => body as { result?: Rotated }[])
      assert.equal(answers.length, 4)
      const [done, ...more] = answers.flatMap(({ result }) => result ?? [])
      assert.deepEqual([done !== undefined, more], [true, []])
      await clientOf(portal, done?.secret ?? '').ping()
    })

    it('is revoked only by true or false', async () => {
      await using portal = await addTestPortal(hub)
      const failure = await failureOf(portal.hub.rotateSecret({ revokeOld: 'yes' }))
      assert.deepEqual([failure.code, failure.fields], [-32602, ['revokeOld']])
    })
  })
}
