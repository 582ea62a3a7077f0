import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { telegram as descriptor } from '../../connectors/telegram/index.ts'
import type { ConnectorDescriptor } from '../../src/core/connector.ts'
import type { FakeTelegram } from '../fakes/telegram.ts'
import { addTestPortal, startTestHub, type TestPortal } from '../helpers/hub.ts'
import { type TestStore, testStores } from '../helpers/stores.ts'
import {
  BOT_ID,
  BOT_TOKEN,
  type StatusShape,
  startTelegramWithBot,
  type TestResultShape,
} from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

const ACCOUNT = 'account-1'
/** A text with which an id comes that the store could not keep. */
const OVERLONG = 'overlong'
const OTHER_BOT = { id: 4343, token: '4343:PLANTED-telegram-token-000000000001' }

/** Telegram that tells with each update, and not before, which account it is of. */
const telling: ConnectorDescriptor = {
  ...(descriptor as ConnectorDescriptor),
  id: 'telling',
  create(context) {
    const real = (descriptor as ConnectorDescriptor).create(context)
    return {
      ...real,
      parse(update, line, at) {
        const identity = JSON.stringify(update).includes(OVERLONG) ? 'x'.repeat(192) : ACCOUNT
        return { ...real.parse(update, line, at), identity }
      },
    }
  },
}

async function startRig(store: TestStore) {
  const stack = new AsyncDisposableStack()
  const { databaseUrl } = stack.use(await store.open())
  const telegram = stack.use(await startTelegramWithBot())
  telegram.addBot({ ...OTHER_BOT, username: 'other_bot', firstName: 'Other' })
  const hub = stack.use(await startTestHub({ databaseUrl, connectors: [telling] }))
  const portal = stack.use(await addTestPortal(hub))
  return { hub, telegram, portal, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

async function connect(
  portal: TestPortal,
  telegram: FakeTelegram,
  line: string,
  token = BOT_TOKEN,
): Promise<TestResultShape> {
  const address = { connector: 'telling', line }
  await portal.hub.saveSettings({ ...address, settings: { token, apiRoot: telegram.url } })
  return await portal.hub.testConnect<TestResultShape>(address)
}

async function identityOf(portal: TestPortal, line: string): Promise<string | undefined> {
  const address = { connector: 'telling', line }
  const { identity } = await portal.hub.getStatus<StatusShape>(address)
  return identity
}

for (const store of testStores()) {
  describe(`an account that only updates tell, on ${store.name}`, () => {
    it("becomes the line's identity with the first update, and no event is lost over it", async () => {
      await using rig = await startRig(store)
      const { portal, telegram } = rig
      await connect(portal, telegram, '1')
      assert.equal(await identityOf(portal, '1'), String(BOT_ID))
      for (const text of ['a', 'b', 'c']) {
        const pushed = await telegram.personWrites({ botId: BOT_ID, chatId: 1, text })
        assert.deepEqual(pushed, { queued: false, status: 200, body: '' })
      }
      await portal.server.waitForEvents(3)
      assert.equal(await identityOf(portal, '1'), ACCOUNT)
    })

    it('is taken from nobody by an update', async () => {
      await using rig = await startRig(store)
      const { hub, portal, telegram } = rig
      await connect(portal, telegram, '1')
      await telegram.personWrites({ botId: BOT_ID, chatId: 1, text: 'a' })
      await connect(portal, telegram, '2', OTHER_BOT.token)
      for (const text of ['b', 'c']) {
        const pushed = await telegram.personWrites({ botId: OTHER_BOT.id, chatId: 1, text })
        assert.deepEqual(pushed, { queued: false, status: 200, body: '' })
      }
      await portal.server.waitForEvents(3)
      assert.equal(await identityOf(portal, '1'), ACCOUNT)
      assert.equal(await identityOf(portal, '2'), String(OTHER_BOT.id))
      assert.equal(hub.logText().split('line.identity-held').length - 1, 1, 'told once')
    })

    it('is none if it is longer than the store keeps, and the update is taken all the same', async () => {
      await using rig = await startRig(store)
      const { portal, telegram } = rig
      await connect(portal, telegram, '1')
      await telegram.personWrites({ botId: BOT_ID, chatId: 1, text: OVERLONG })
      await portal.server.waitForEvents(1)
      assert.equal(await identityOf(portal, '1'), String(BOT_ID))
      await connect(portal, telegram, '2', OTHER_BOT.token)
      await telegram.personWrites({ botId: OTHER_BOT.id, chatId: 1, text: OVERLONG })
      await portal.server.waitForEvents(2)
      assert.equal(await identityOf(portal, '2'), String(OTHER_BOT.id))
    })

    it('is free again when its line is disconnected', async () => {
      await using rig = await startRig(store)
      const { portal, telegram } = rig
      await connect(portal, telegram, '1')
      await telegram.personWrites({ botId: BOT_ID, chatId: 1, text: 'a' })
      await portal.hub.$call('disconnect', { connector: 'telling', line: '1' })
      await connect(portal, telegram, '2', OTHER_BOT.token)
      await telegram.personWrites({ botId: OTHER_BOT.id, chatId: 1, text: 'b' })
      await waitFor(
        async () => (await identityOf(portal, '2')) === ACCOUNT,
        'the second line to have it',
      )
    })
  })
}
