import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { connectors as real } from '#connectors'
import { telegram as descriptor } from '../../connectors/telegram/index.ts'
import type { ConnectorDescriptor } from '../../src/core/connector.ts'
import { isRecord } from '../../src/core/json.ts'
import type { FakeTelegram } from '../fakes/telegram.ts'
import type { FakeWhatsApp } from '../fakes/whatsapp.ts'
import { updateFromAnn } from '../fakes/whatsapp-updates.ts'
import { CliHost } from '../helpers/cli-host.ts'
import { addTestPortal, startTestHub, TEST_KEY, type TestPortal } from '../helpers/hub.ts'
import { type TestStore, testStores } from '../helpers/stores.ts'
import {
  BOT_ID,
  connectTelegram,
  type StatusShape,
  startTelegramWithBot,
  type TestResultShape,
} from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'
import { NUMBER, startFakeWhatsApp } from '../helpers/whatsapp-kit.ts'
import { withStore } from '../helpers/with-store.ts'

const cli = new CliHost()
after(() => cli[Symbol.asyncDispose]())

const OWNERS_BOT = String(BOT_ID)
const SQUATTERS = { id: 4343, token: '4343:PLANTED-telegram-token-000000000001' }
const ACCOUNT = '700'

interface Listed {
  readonly connector: string
  readonly identity: string
  readonly line: { readonly portal: string; readonly line: string; readonly status: string }
  readonly since: string
  readonly vouchedBy: string
  readonly isLearned: boolean
}

/** The connector, as if `url` were the channel's own address. */
function withRoot(one: ConnectorDescriptor, url: string): ConnectorDescriptor {
  const fields = one.fields.map((field) =>
    field.key === 'apiRoot' ? { ...field, default: url } : field,
  )
  return { ...one, fields }
}

/** Telegram, as if `url` were its own address; an update whose text is a number says that it is of that account. */
function tellingAt(url: string): ConnectorDescriptor {
  const own = withRoot(descriptor as ConnectorDescriptor, url)
  return {
    ...own,
    create(context) {
      const connector = own.create(context)
      return {
        ...connector,
        parse(update, line, at) {
          const message = isRecord(update) && isRecord(update['message']) ? update['message'] : {}
          const text = String(message['text'])
          const parsed = connector.parse(update, line, at)
          return /^\d+$/.test(text) ? { ...parsed, identity: text } : parsed
        },
      }
    },
  }
}

/** The channel, an API that somebody has made up, and a portal at each. */
async function open(store: TestStore) {
  const stack = new AsyncDisposableStack()
  const { databaseUrl } = stack.use(await store.open())
  const channel = stack.use(await startTelegramWithBot())
  const madeUp = stack.use(await startTelegramWithBot())
  madeUp.addBot({ ...SQUATTERS, username: 'squatter_bot', firstName: 'Squatter' })
  const connectors = [tellingAt(channel.url)]
  const hub = stack.use(await startTestHub({ databaseUrl, connectors }))
  const owner = stack.use(await addTestPortal(hub))
  const squatter = stack.use(await addTestPortal(hub))
  return {
    databaseUrl,
    hub,
    channel,
    madeUp,
    owner,
    squatter,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

async function statusOf(portal: TestPortal): Promise<StatusShape> {
  const [status] = await portal.hub.listLines<[StatusShape]>()
  return status
}

/** An update that names an account reaches the line of a bot. */
async function tell(api: FakeTelegram, botId: number, account: string): Promise<void> {
  const pushed = await api.personWrites({ botId, chatId: 1, text: account })
  assert.deepEqual(pushed, { queued: false, status: 200, body: '' })
}

async function assertDisplaced(portal: TestPortal): Promise<void> {
  const [notice] = await portal.server.waitForPackets(1, 'connector.deactivated')
  const body: unknown = notice?.body
  assert.equal(isRecord(body) && body['reason'], 'displaced')
  const { status, identity } = await statusOf(portal)
  assert.deepEqual([status, identity], ['displaced', undefined])
}

const SQUATTING = { token: SQUATTERS.token }

for (const store of testStores()) {
  describe(`an account that somebody else has claimed first, on ${store.name}`, () => {
    it("goes to its owner, whom the channel's own API names", async () => {
      await using rig = await open(store)
      const { owner, squatter, channel, madeUp } = rig
      assert.ok((await connectTelegram(squatter, madeUp)).ok)
      const tested = await connectTelegram(owner, channel)
      assert.deepEqual([tested.ok, tested.displaced], [true, true])
      await assertDisplaced(squatter)
      assert.equal((await connectTelegram(squatter, madeUp)).ok, false)
      assert.equal((await statusOf(owner)).status, 'connected')
    })

    it('goes to its owner also where only updates of a made-up API have named it', async () => {
      await using rig = await open(store)
      const { owner, squatter, channel, madeUp } = rig
      assert.ok((await connectTelegram(squatter, madeUp, '12', SQUATTING)).ok)
      await tell(madeUp, SQUATTERS.id, OWNERS_BOT)
      assert.equal((await statusOf(squatter)).identity, OWNERS_BOT)
      const tested = await connectTelegram(owner, channel)
      assert.deepEqual([tested.ok, tested.displaced], [true, true])
      await assertDisplaced(squatter)
    })

    it("goes to its owner by the channel's own updates, and the other line goes on without it", async () => {
      await using rig = await open(store)
      const { hub, owner, squatter, channel, madeUp } = rig
      assert.ok((await connectTelegram(squatter, madeUp, '12', SQUATTING)).ok)
      await tell(madeUp, SQUATTERS.id, ACCOUNT)
      assert.equal((await statusOf(squatter)).identity, ACCOUNT)
      assert.ok((await connectTelegram(owner, channel)).ok)
      await tell(channel, BOT_ID, ACCOUNT)
      assert.equal((await statusOf(owner)).identity, ACCOUNT)
      assert.doesNotMatch(hub.logText(), /line\.identity-held/)
      const { status, identity } = await statusOf(squatter)
      assert.deepEqual([status, identity], ['connected', undefined])
      for (const _ of [1, 2]) await tell(madeUp, SQUATTERS.id, ACCOUNT)
      await squatter.server.waitForEvents(3)
      assert.equal((await statusOf(owner)).identity, ACCOUNT)
      assert.equal(hub.logText().split('line.identity-held').length - 1, 1, 'told once')
    })

    it('is taken by an update neither from who has shown credentials nor by a made-up API', async () => {
      await using rig = await open(store)
      const { owner, squatter, channel, madeUp } = rig
      // A server of one's own before the channel's API is nothing bad: an update, which may be forged, doesn't undo it.
      assert.ok((await connectTelegram(squatter, madeUp, '12', SQUATTING)).ok)
      assert.ok((await connectTelegram(owner, channel)).ok)
      await tell(channel, BOT_ID, String(SQUATTERS.id))
      assert.equal((await statusOf(squatter)).identity, String(SQUATTERS.id))
      await tell(madeUp, SQUATTERS.id, OWNERS_BOT)
      assert.equal((await statusOf(owner)).identity, OWNERS_BOT)
      assert.equal((await statusOf(owner)).status, 'connected')
    })
  })

  it(`360dialog's line goes on without the number that another API's updates had named, on ${store.name}`, async () => {
    await using database = await store.open()
    await using channel = await startFakeWhatsApp()
    await using madeUp = await startFakeWhatsApp()
    const connectors = real.map((one) =>
      one.id === 'whatsapp.360dialog' ? withRoot(one, channel.url) : one,
    )
    await using hub = await startTestHub({ databaseUrl: database.databaseUrl, connectors })
    await using owner = await addTestPortal(hub)
    await using squatter = await addTestPortal(hub)
    const line = { connector: 'whatsapp.360dialog', line: '12' }
    const numberOf = async (portal: TestPortal, fake: FakeWhatsApp, apiKey: string) => {
      const [number] = fake.numbers
      assert.ok(number)
      number.isHealthHidden = true
      number.apiKey = apiKey
      await portal.hub.saveSettings({ ...line, settings: { apiKey, apiRoot: fake.url } })
      assert.ok((await portal.hub.testConnect<TestResultShape>(line)).ok)
      return async (id: string) => {
        const { status } = await fake.pushDialog(number, updateFromAnn(number, id))
        assert.equal(status, 200)
      }
    }
    const forge = await numberOf(squatter, madeUp, 'made-up-key')
    await forge('wamid.1')
    await waitFor(async () => (await statusOf(squatter)).identity === NUMBER.id, 'the number')
    const write = await numberOf(owner, channel, 'key-of-the-owner')
    await write('wamid.2')
    await waitFor(
      async () => (await statusOf(owner)).identity === NUMBER.id,
      'the owner to have it',
    )
    await forge('wamid.3')
    await squatter.server.waitForEvents(2)
    await write('wamid.4')
    await owner.server.waitForEvents(2)
    assert.equal((await statusOf(squatter)).identity, undefined)
  })

  describe(`hub identity on ${store.name}`, () => {
    it('lists who holds what by whose word, and releases it', async () => {
      await using rig = await open(store)
      const { owner, squatter, madeUp, databaseUrl } = rig
      await using another = await startTelegramWithBot()
      const env = { HUB_DATABASE_URL: databaseUrl, HUB_SECRET_KEY: TEST_KEY }
      assert.ok((await connectTelegram(squatter, madeUp)).ok)
      assert.equal((await connectTelegram(owner, another)).ok, false)
      const list = ['identity', 'list', '--connector', 'telegram']
      const [held, ...others] = await cli.json<Listed[]>(list, env)
      assert.equal(others.length, 0)
      assert.deepEqual(
        [held?.connector, held?.identity, held?.line.portal, held?.line.line, held?.vouchedBy],
        ['telegram', OWNERS_BOT, squatter.id, '12', `apiRoot=${madeUp.url}`],
      )
      assert.ok(Math.abs(Date.parse(held?.since ?? '') - Date.now()) < 60_000)
      assert.deepEqual(await cli.json(['identity', 'list', '--connector', 'vk'], env), [])

      const release = ['identity', 'release', 'telegram', OWNERS_BOT]
      const asked = await cli.run(release, env)
      assert.equal(asked.code, 64)
      assert.match(asked.stderr, new RegExp(`line 12 .*${squatter.id}.*--yes`))
      assert.equal((await statusOf(squatter)).status, 'connected')
      await cli.json([...release, '--yes'], env)
      await assertDisplaced(squatter)
      assert.deepEqual(await cli.json(['identity', 'list'], env), [])
      assert.equal((await cli.run([...release, '--yes'], env)).code, 1)
      const tested: TestResultShape = await connectTelegram(owner, another)
      assert.deepEqual([tested.ok, tested.displaced], [true, undefined])
    })

    it("names the channel itself, and prints nothing that steers the operator's terminal", async () => {
      await using rig = await open(store)
      const { owner, channel, databaseUrl } = rig
      const env = { HUB_DATABASE_URL: databaseUrl, HUB_SECRET_KEY: TEST_KEY }
      assert.ok((await connectTelegram(owner, channel)).ok)
      const odd = 'a\u001b[2J\u009b\u202e\n1'
      await withStore(databaseUrl, (opened) =>
        opened.run('UPDATE identity SET identity = ?, voucher = ?', [odd, '']),
      )
      const printed = await cli.run(['identity', 'list'], env)
      assert.match(
        printed.stdout,
        /telegram +a\\u\{1b\}\[2J\\u\{9b\}\\u\{202e\}\\u\{a\}1 .*the channel\n$/,
      )
      const { stdout } = await cli.run(['identity', 'list', '--json'], env)
      assert.match(stdout, /^[\x20-\x7e]+\n$/)
      assert.equal((JSON.parse(stdout) as Listed[])[0]?.identity, odd)
      const shown = 'a\\u{1b}[2J\\u{9b}\\u{202e}\\u{a}1'
      const released = await cli.run(['identity', 'release', 'telegram', shown, '--yes'], env)
      assert.equal(released.code, 0, released.stderr)
      assert.match(released.stdout, /^[\x20-\x7e]+\n$/)
      await waitFor(
        async () => (await statusOf(owner)).status === 'displaced',
        'the line to be displaced',
      )
    })
  })
}
