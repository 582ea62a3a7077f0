import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { SettingsError } from '../../src/core/errors.ts'
import type { FakeTelegram } from '../fakes/telegram.ts'
import { CliHost } from '../helpers/cli-host.ts'
import { startFileServer } from '../helpers/file-server.ts'
import { send } from '../helpers/http.ts'
import {
  addTestPortal,
  startTestHub,
  TEST_KEY,
  type TestHub,
  type TestPortal,
} from '../helpers/hub.ts'
import { createJumpClock } from '../helpers/jump-clock.ts'
import { type TestStore, testStores } from '../helpers/stores.ts'
import {
  connectTelegram,
  type StatusShape,
  startTelegramWithBot,
  type TestResultShape,
} from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

const cli = new CliHost()
after(() => cli[Symbol.asyncDispose]())

const LINE = { connector: 'telegram', line: '12' }
const PHOTO = [{ file_id: 'F1', file_unique_id: 'U1', width: 9, height: 9, file_size: 5 }]
/** After this the hub has noticed a change. */
const NOTICED_MS = 5500

interface Sent {
  readonly status: string
  readonly error?: { readonly code: string }
}

for (const store of testStores()) {
  describe(`the private targets of a portal, on ${store.name}`, () => {
    it('are its own, for deliveries, tests, links and sends, on warm connections too', async () => {
      await using rig = await openRig(store)
      const { free, bound, hub } = rig
      // One host by name for both, so that connections would be shared if they could.
      const url = free.portal.server.url.replace('127.0.0.1', 'localhost')
      const { portalOperations } = hub.app.services
      await portalOperations.edit(free.portal.id, { url, allow: '127.0.0.0/8,::1/128' })
      await rig.notice()
      await free.photo()
      await bound.photo()
      const links = await Promise.all([free.link(), bound.link()])
      for (const link of links) assert.equal((await send(link, { method: 'GET' })).status, 200)
      assert.equal((await free.send('91')).status, 'sent')
      assert.equal((await bound.send('91')).status, 'sent')

      await portalOperations.edit(bound.portal.id, { url, allow: 'none' })
      await rig.notice()
      const [freeTest, boundTest] = await Promise.all([free.test(), bound.test()])
      assert.deepEqual([freeTest.channel.ok, freeTest.portal.ok], [true, true])
      assert.deepEqual([boundTest.channel.ok, boundTest.portal.ok], [false, false])
      await Promise.all([free.photo(), bound.photo()])
      await waitFor(async () => (await bound.status()).lockout?.attempt === 1, 'it is locked')
      assert.match((await bound.status()).lockout?.lastError ?? '', /private/)
      await free.portal.server.waitForEvents(3)
      assert.deepEqual(free.portal.server.refused, [])
      const [freeSent] = await Promise.all([free.send('92'), bound.isKept('92')])
      assert.equal(freeSent.status, 'sent')
      const [freeRead, boundRead] = await Promise.all(
        links.map((link) => send(link, { method: 'GET' })),
      )
      assert.deepEqual([freeRead?.status, boundRead?.status], [200, 502])

      await portalOperations.edit(bound.portal.id, { url: bound.portal.server.url, allow: 'all' })
      await rig.notice()
      assert.equal((await bound.test()).ok, true)
    })

    it('hold for the files of its messages, where the channel may be reached', async () => {
      await using rig = await openRig(store)
      const { free, bound } = rig
      await using files = await startFileServer((_, response) => void response.end('file'))
      await rig.hub.app.services.portalOperations.edit(bound.portal.id, { allow: '127.0.0.1/32' })
      await rig.notice()
      for (const { bot } of [free, bound]) rig.telegram.bot(bot).fetchesFiles = true
      const other = files.url.replace('127.0.0.1', '127.0.0.2')
      assert.equal((await bound.sendFile('81', `${files.url}/a.docx`)).status, 'sent')
      const far = await bound.sendFile('82', `${other}/a.docx`)
      assert.deepEqual([far.status, far.error?.code], ['failed', 'HUB_FILE_PRIVATE'])
      assert.equal((await free.sendFile('81', `${files.url}/a.docx`)).status, 'sent')
    })

    it('are noticed by a line that is being sent for', async () => {
      await using rig = await openRig(store)
      const { bound } = rig
      await bound.send('91')
      await rig.hub.app.services.portalOperations.edit(bound.portal.id, { allow: 'none' })
      // The line is held for 5 s after its last message.
      await bound.isKept('92')
    })

    it('can be given at the command line, and bad ones are named', async () => {
      await using database = await store.open()
      const env = {
        HUB_DATABASE_URL: database.databaseUrl,
        HUB_SECRET_KEY: TEST_KEY,
        HUB_ALLOW_PRIVATE_TARGETS: '10.0.0.0/8,fd00::/8',
      }
      const add = ['portal', 'add', 'Test', 'https://portal.example/hub']
      const made = (await cli.json([...add, '--allow', '10.1.0.0/16'], env)) as { id: string }
      const allowed = async () => {
        const all = (await cli.json(['portal', 'list'], env)) as { allow: string }[]
        return all.map(({ allow }) => allow)
      }
      assert.deepEqual(await allowed(), ['10.1.0.0/16'])
      const edit = ['portal', 'edit', made.id, '--allow']
      const edited = await cli.json([...edit, '0.0.0.0/0,192.168.0.0/16'], env)
      assert.deepEqual(edited, { id: made.id, withoutEffect: ['192.168.0.0/16'] })
      assert.match((await cli.run([...edit, '192.168.0.0/16'], env)).stdout, /Without effect/)
      for (const bad of ['10.0.0.0/33', 'example.com', '', 'none,10.0.0.0/8']) {
        const refused = await cli.run([...edit, bad], env)
        assert.equal(refused.code, 1)
        assert.match(refused.stderr, /^hub: allow /)
      }
      await cli.run([...edit, 'none'], env)
      assert.deepEqual(await allowed(), ['none'])
      await cli.run([...edit, 'all'], env)
      assert.deepEqual(await allowed(), ['all'])
    })

    it('stay as they are when something else is edited', async () => {
      await using rig = await openRig(store)
      const { portalOperations } = rig.hub.app.services
      const { id } = rig.bound.portal
      await portalOperations.edit(id, { allow: '127.0.0.1/32' })
      await portalOperations.edit(id, { name: 'Another' })
      const portals = await portalOperations.list()
      const portal = portals.find((one) => one.id === id)
      assert.deepEqual([portal?.name, portal?.allowedTargets], ['Another', ['127.0.0.1/32']])
      await assert.rejects(portalOperations.edit(id, { allow: 'x' }), SettingsError)
    })
  })
}

async function openRig(store: TestStore) {
  const stack = new AsyncDisposableStack()
  const database = stack.use(await store.open())
  const telegram = stack.use(await startTelegramWithBot())
  const clock = createJumpClock()
  const hub = stack.use(await startTestHub({ databaseUrl: database.databaseUrl, clock }))
  const [one, other] = [await addTestPortal(hub), await addTestPortal(hub)]
  stack.use(one)
  stack.use(other)
  const statusOf = async (portal: TestPortal): Promise<StatusShape> =>
    await hub.app.services.lineOperations.statusOf({
      portalId: portal.id,
      connector: 'telegram',
      externalId: '12',
    })
  return {
    hub,
    telegram,
    free: await connect(hub, telegram, one, 1, statusOf),
    bound: await connect(hub, telegram, other, 2, statusOf),
    async notice(): Promise<void> {
      clock.jump(NOTICED_MS)
      await waitFor(() => hub.app.services.store.rows('SELECT 1 FROM portal'))
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

async function connect(
  hub: TestHub,
  telegram: FakeTelegram,
  portal: TestPortal,
  bot: number,
  statusOf: (portal: TestPortal) => Promise<StatusShape>,
) {
  const token = `${bot}:PLANTED-telegram-token-000000000000`
  telegram.addBot({ token, id: bot, username: `bot_${bot}`, firstName: 'Desk' })
  telegram.addFile(bot, 'F1', { path: `photos/${bot}.jpg`, bytes: Buffer.from('bytes') })
  assert.ok((await connectTelegram(portal, telegram, '12', { token })).ok)
  const post = async (key: string, message: object): Promise<Sent> => {
    const chat = { id: key }
    const { id } = await portal.hub.sendMessage<{ id: string }>({ ...LINE, chat, message, key })
    return await waitFor(async () => {
      const found = await portal.hub.getMessageStatus<Sent>({ ...LINE, id })
      return found.status === 'sent' || found.status === 'failed' ? found : undefined
    }, `the end of ${key}`)
  }
  return {
    bot,
    portal,
    status: () => statusOf(portal),
    test: () => portal.hub.testConnect<TestResultShape>(LINE),
    send: (key: string) => post(key, { text: key }),
    /** The channel isn't reached, for its address is private: the message waits. */
    async isKept(key: string): Promise<void> {
      const message = { ...LINE, chat: { id: key }, message: { text: key }, key }
      const { id: out } = await portal.hub.sendMessage<{ id: string }>(message)
      const isTold = (line: string): boolean =>
        line.includes('"send.attempted"') &&
        line.includes(`"out":"${out}"`) &&
        line.includes('HUB_PRIVATE_TARGET')
      await waitFor(() => hub.logText().split('\n').some(isTold), 'the refusal is in the log')
    },
    sendFile: (key: string, url: string) => post(key, { text: key, files: [{ url }] }),
    async photo(): Promise<void> {
      const pushed = await telegram.personWrites({
        botId: bot,
        chatId: 55,
        fields: { photo: PHOTO },
      })
      assert.ok(!pushed.queued && pushed.status === 200)
    },
    async link(): Promise<string> {
      const [event] = await portal.server.waitForEvents(1)
      const { message } = event as unknown as { message: { files: { url: string }[] } }
      return message.files[0]?.url ?? ''
    },
  }
}
