import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createHub } from '../../src/client/hub.ts'
import { type FakePortal, startFakePortal } from '../fakes/portal.ts'
import { startFakeViber } from '../fakes/viber.ts'
import { startFakeVk } from '../fakes/vk.ts'
import { ANN, updateFromAnn } from '../fakes/whatsapp-updates.ts'
import { type CliEnv, CliProcess, runCli, runCliJson } from '../helpers/cli.ts'
import { send } from '../helpers/http.ts'
import { type OpenStore, testStores } from '../helpers/stores.ts'
import { BOT_ID, BOT_TOKEN, startTelegramWithBot } from '../helpers/telegram-line.ts'
import { startFakeWhatsApp, whatsappSettings } from '../helpers/whatsapp-kit.ts'

const OLD = Buffer.alloc(32, 1).toString('base64')
const NEW = Buffer.alloc(32, 2).toString('base64')
const VIBER_TOKEN = 'PLANTED-viber-token-445da6az1s345z78'
const VK_TOKEN = 'vk1.a.PLANTED-community-token'
const PERSON = { id: 'xy5/5y6O81+/kbWHpLhBoA==', name: 'Ann' }

interface Made {
  readonly id: string
  readonly secret: string
}

interface Rekeyed {
  readonly sealed: number
  readonly unopened: readonly { readonly keyId: string; readonly values: number }[]
  readonly mayDropPrevious: boolean
}

interface Doctored {
  readonly ok: boolean
  readonly checks: readonly {
    readonly name: string
    readonly state: string
    readonly message: string
    readonly keys?: readonly { role: string; values: number; places: Record<string, number> }[]
  }[]
}

type Client = ReturnType<typeof createHub<'saveSettings' | 'testConnect' | 'sendMessage'>>

/** Four channels whose webhooks are proven by secrets of four kinds, each with a line to be. */
async function startChannels() {
  const stack = new AsyncDisposableStack()
  const telegram = stack.use(await startTelegramWithBot())
  const viber = stack.use(await startFakeViber())
  const account = viber.addAccount({ token: VIBER_TOKEN, id: 'pa:75', name: 'Desk' })
  const vk = stack.use(await startFakeVk())
  const community = vk.addCommunity({ id: 7, name: 'Desk', token: VK_TOKEN })
  const whatsapp = stack.use(await startFakeWhatsApp())
  const [number] = whatsapp.numbers
  assert.ok(number)
  const ofViber = { authToken: VIBER_TOKEN, senderName: 'Desk', apiRoot: viber.url }
  const ofVk = { groupId: '7', accessToken: VK_TOKEN, apiRoot: vk.url, mode: 'callback' }
  let count = 0
  return {
    telegram,
    lines: [
      {
        connector: 'telegram',
        chat: '5',
        settings: { token: BOT_TOKEN, apiRoot: telegram.url },
        push: async () =>
          telegram
            .personWrites({ botId: BOT_ID, chatId: 5, text: 'hi' })
            .then((pushed) => (pushed.queued ? 'queued' : pushed.status)),
      },
      {
        connector: 'viber',
        chat: PERSON.id,
        settings: ofViber,
        push: async () =>
          (await viber.personWrites(account, PERSON, { type: 'text', text: 'hi' })).status,
      },
      {
        connector: 'vk',
        chat: '55',
        settings: ofVk,
        push: async () => (await vk.personWrites(community, 55, { text: 'hi' }))[0]?.status,
      },
      {
        connector: 'whatsapp.360dialog',
        chat: ANN.wa_id,
        settings: whatsappSettings('whatsapp.360dialog', whatsapp.url),
        push: async () =>
          (await whatsapp.pushDialog(number, updateFromAnn(number, `wamid.${++count}`))).status,
      },
    ],
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

type Channels = Awaited<ReturnType<typeof startChannels>>

/** Everything that needs a stored secret: the portal's calls, each channel's webhook, packets and sends. */
async function checkAll({ lines }: Channels, client: Client, server: FakePortal): Promise<void> {
  const before = server.events.length
  for (const { connector, chat, push } of lines) {
    assert.equal(await push(), 200, connector)
    const message = { text: 'hello' }
    await client.sendMessage({ connector, line: '1', chat: { id: chat }, message })
  }
  const events = await server.waitForEvents(before + 2 * lines.length)
  const types = events.slice(before).map(({ type, status }) => status ?? type)
  assert.deepEqual([...types].sort(), lines.flatMap(() => ['message.new', 'sent']).sort())
  assert.deepEqual(server.refused, [])
}

async function openPicture(url: string): Promise<[number, string]> {
  const { status, body } = await send(url, { method: 'GET' })
  return [status, body]
}

async function doctorOf(
  env: CliEnv,
): Promise<{ code: number | null; keys: Doctored['checks'][0] }> {
  const { code, stdout } = await runCli(['doctor', '--json'], env)
  const { ok, checks } = JSON.parse(stdout) as Doctored
  assert.equal(ok, code === 0)
  const keys = checks.find(({ name }) => name === 'keys')
  assert.ok(keys)
  return { code, keys }
}

for (const store of testStores()) {
  describe(`the key is changed as the docs say, on ${store.name}`, () => {
    it('and no webhook, send, call or link is lost by it', async () => {
      await using database: OpenStore = await store.open()
      await using channels = await startChannels()
      await using server = await startFakePortal()
      let port = '0'
      const envOf = (key: string, previous = ''): CliEnv => ({
        HUB_DATABASE_URL: database.databaseUrl,
        HUB_SECRET_KEY: key,
        HUB_SECRET_KEY_PREVIOUS: previous,
        HUB_ALLOW_PRIVATE_TARGETS: '127.0.0.0/8',
        HUB_PORT: port,
      })
      const made = await runCliJson<Made>(['portal', 'add', 'CRM', server.url], envOf(OLD))
      const rotated = await runCliJson<Made>(['portal', 'rotate', made.id], envOf(OLD))
      server.secrets = [rotated.secret]
      const clientOf = (secret: string): Client =>
        createHub({ url: `http://127.0.0.1:${port}`, portal: made.id, secret })
      const start = async (env: CliEnv): Promise<CliProcess> => {
        const hub = new CliProcess(['start'], env)
        const [line] = await hub.listening()
        port = new URL(String(line?.url)).port
        return hub
      }
      const stop = async (hub: CliProcess): Promise<void> => {
        hub.kill()
        assert.equal((await hub.ended()).code, 0)
      }

      let picture = ''
      {
        await using hub = await start(envOf(OLD))
        for (const { connector, settings } of channels.lines) {
          const address = { connector, line: '1' }
          await clientOf(rotated.secret).saveSettings({ ...address, settings })
          const tested = await clientOf(rotated.secret).testConnect<{ ok: boolean }>(address)
          assert.ok(tested.ok, JSON.stringify(tested))
        }
        channels.telegram.addFile(BOT_ID, 'F1', { path: 'p/1.jpg', bytes: Buffer.from('bytes') })
        const photo = [{ file_id: 'F1', file_unique_id: 'u', width: 1, height: 1 }]
        await channels.telegram.personWrites({ botId: BOT_ID, chatId: 5, fields: { photo } })
        const [event] = await server.waitForEvents(1)
        picture =
          (event as { message?: { files?: { url: string }[] } }).message?.files?.[0]?.url ?? ''
        await checkAll(channels, clientOf(rotated.secret), server)
        await stop(hub)
      }

      const refused = await runCli(['start'], envOf(NEW))
      assert.equal(refused.code, 78, refused.stderr)
      assert.match(
        refused.stderr,
        /^hub: 10 stored secrets were sealed with a key that is not here \(key ids [0-9a-f]{8}: 10\): bring it as HUB_SECRET_KEY_PREVIOUS[^\n]*\n$/,
      )
      const ill = await doctorOf(envOf(NEW))
      assert.deepEqual([ill.code, ill.keys.state], [1, 'broken'])
      assert.deepEqual(
        ill.keys.keys?.map(({ role, values }) => [role, values]),
        [['unknown', 10]],
      )

      {
        await using hub = await start(envOf(NEW, OLD))
        await checkAll(channels, clientOf(rotated.secret), server)
        assert.deepEqual(await openPicture(picture), [200, 'bytes'])
        const { code, keys } = await doctorOf(envOf(NEW, OLD))
        assert.deepEqual([code, keys.state], [0, 'warn'])
        const rekeyed = await runCliJson<Rekeyed>(['rekey'], envOf(NEW, OLD))
        assert.deepEqual(
          [rekeyed.sealed, rekeyed.unopened, rekeyed.mayDropPrevious],
          [10, [], true],
        )
        const { code: again, stdout } = await runCli(['rekey'], envOf(NEW, OLD))
        assert.equal(again, 0)
        assert.match(stdout, /^0 sealed anew\.\n[^\n]*HUB_SECRET_KEY_PREVIOUS may go/)
        await checkAll(channels, clientOf(rotated.secret), server)
        await stop(hub)
      }

      await using hub = await start(envOf(NEW))
      await checkAll(channels, clientOf(rotated.secret), server)
      // The secret from before the rotation still calls for its 24 h.
      await clientOf(made.secret).$call('ping')
      const well = await doctorOf(envOf(NEW))
      assert.deepEqual([well.code, well.keys.state], [0, 'ok'])
      await stop(hub)
    })
  })
}
