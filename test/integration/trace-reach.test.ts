import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { startChannelRig } from '../helpers/channel-rig.ts'
import { startFileServer } from '../helpers/file-server.ts'
import { addTestPortal, startTestHub, type TestHub, type TestPortal } from '../helpers/hub.ts'
import { META_APP, PAGE, PERSON, startFakeMeta } from '../helpers/meta-kit.ts'
import { postRpc, toCall } from '../helpers/rpc.ts'
import { type TestStore, testStores } from '../helpers/stores.ts'
import {
  BOT_ID,
  BOT_TOKEN,
  connectTelegram,
  startTelegramWithBot,
  type TestResultShape,
} from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

const ADDRESS = { connector: 'telegram', line: '12' }
const TRACED = { ...ADDRESS, minutes: 5, bodies: true }
const SECOND = { id: '222', token: 'PLANTED-token-of-the-second-page' }

interface Item {
  readonly direction: string
  readonly party: string
  readonly method: string
  readonly address: string
  readonly status?: number
  readonly error?: string
  readonly request: { readonly body?: string }
  readonly response: { readonly body?: string; readonly headers: Record<string, string> }
  readonly events?: readonly { readonly type: string }[]
  readonly pieces?: true
}

async function itemsOf(portal: TestPortal, address: object = ADDRESS): Promise<readonly Item[]> {
  const page = await portal.hub.getTrace<{ items: Item[] }>({ ...address, limit: 200 })
  return page.items
}

function isWebhook({ direction, party }: Item): boolean {
  return direction === 'in' && party === 'channel'
}

function personWrites(
  text: string,
  messageId = 1001,
  more: object = {},
): Readonly<Record<string, unknown>> {
  return {
    update_id: messageId,
    message: {
      message_id: messageId,
      date: 1_767_225_600,
      text,
      chat: { id: 55, type: 'private', first_name: 'Ann' },
      from: { id: 55, is_bot: false, first_name: 'Ann' },
      ...more,
    },
  }
}

async function openTelegram(store: TestStore, settings: Record<string, string> = {}) {
  const telegram = await startTelegramWithBot()
  const line = { ...ADDRESS, settings: { token: BOT_TOKEN, apiRoot: telegram.url, ...settings } }
  const rig = await startChannelRig(store, telegram, line)
  await rig.connect()
  return { ...rig, telegram }
}

for (const store of testStores()) {
  describe(`the reach of a trace on ${store.name}`, () => {
    it('takes in the updates that polls bring, with their events', async () => {
      await using bench = await openTelegram(store, { mode: 'polling' })
      await bench.portal.hub.startTrace(TRACED)
      await bench.telegram.push(BOT_ID, personWrites('by poll'))
      await bench.arrived(1)
      const items = await waitFor(async () => {
        const found = await itemsOf(bench.portal)
        return found.some(({ address }) => address.endsWith('/getUpdates')) ? found : undefined
      })
      const polled = items.find(({ method }) => method === 'POLLED')
      assert.match(String(polled?.request.body), /by poll/)
      assert.deepEqual(
        polled?.events?.map(({ type }) => type),
        ['message.new'],
      )
    })

    it('takes in files both ways, without what opens them', async () => {
      await using files = await startFileServer((_request, response) => void response.end('bytes'))
      await using bench = await openTelegram(store)
      const { telegram, portal } = bench
      telegram.addFile(BOT_ID, 'F1', { path: 'photos/1.jpg', bytes: Buffer.from('picture') })
      await portal.hub.startTrace(TRACED)
      const photo = [{ file_id: 'F1', file_unique_id: 'u', width: 1, height: 1, file_size: 7 }]
      await telegram.push(BOT_ID, personWrites('', 1002, { photo, text: undefined, caption: 'x' }))
      const [event = {}] = await bench.arrived(1)
      const [file] = (event['message'] as { files: { url: string }[] }).files
      assert.equal(await (await fetch(file?.url ?? '')).text(), 'picture')
      const description = 'Bad Request: failed to get HTTP URL content'
      const body = { ok: false, error_code: 400, description }
      telegram.fail('sendDocument', { status: 400, body })
      const message = { files: [{ url: `${files.url}/a.docx?key=PLANTED-key`, name: 'a.docx' }] }
      await portal.hub.sendMessage({ ...ADDRESS, chat: { id: '55' }, message })
      await bench.arrived(2)
      const items = await itemsOf(portal)
      const ends = items.map(({ address, status }) => `${new URL(address).pathname} ${status}`)
      assert.ok(ends.includes('/file/bot[secret]/photos/1.jpg 200'), ends.join('\n'))
      const asked = items.find(({ address }) => address.includes('/a.docx'))
      assert.deepEqual([asked?.party, asked?.address], ['portal', `${files.url}/a.docx?[secret]`])
      const opened = items.findLast(({ address }) => address.endsWith('/sendDocument'))
      assert.match(String(opened?.request.body), /filename="a.docx"\r\n\r\n\[file, 5 bytes\]/)
      const link = file?.url.split('/').at(-1) ?? '-'
      assert.ok(!JSON.stringify(items).includes(link))
    })

    it('is known to other processes within seconds', async () => {
      await using telegram = await startTelegramWithBot()
      await using database = await store.open()
      const { databaseUrl } = database
      await using first = await startTestHub({ databaseUrl })
      await using second = await startTestHub({ databaseUrl })
      await using portal = await addTestPortal(first)
      await connectTelegram(portal, telegram)
      await portal.hub.startTrace(TRACED)
      await waitFor(() => !second.app.services.traces.isIdle)
      const { url = '', secretToken = '' } = telegram.bot(BOT_ID).webhook ?? {}
      await fetch(`${second.url}/webhook${new URL(url).search}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-telegram-bot-api-secret-token': secretToken,
        },
        body: JSON.stringify(personWrites('to the second')),
      })
      await waitFor(async () => (await itemsOf(portal)).some(isWebhook))
      await portal.hub.stopTrace(ADDRESS)
      await waitFor(() => second.app.services.traces.isIdle)
    })

    it('ends at what the store can not take: that is counted, and nothing else is touched', async () => {
      await using bench = await openTelegram(store)
      const { services } = bench.hub.app
      await bench.portal.hub.startTrace(TRACED)
      await services.store.run('DROP TABLE trace_item')
      await bench.telegram.push(BOT_ID, personWrites('all the same'))
      await bench.arrived(1)
      const message = { text: 'answer' }
      await bench.portal.hub.sendMessage({ ...ADDRESS, chat: { id: '55' }, message })
      await bench.arrived(2)
      await services.traces.recorder.flush()
      assert.match(bench.hub.logText(), /"event":"trace.dropped","exchanges":\d/)
    })

    it('shows of a request with several calls those about the line alone', async () => {
      await using bench = await openTelegram(store)
      const { portal } = bench
      await portal.hub.saveSettings({ ...ADDRESS, line: 'other', settings: { token: '1:x' } })
      await portal.hub.startTrace(TRACED)
      const caller = { url: bench.hub.url, portal: portal.id, secret: portal.secret }
      const settings = { token: '9:PLANTED-token-of-another-line' }
      await postRpc(caller, [
        toCall('saveSettings', { ...ADDRESS, line: 'other', settings }, 1),
        toCall('getStatus', ADDRESS, 2),
        toCall('getStatus', { ...ADDRESS, line: 7 }, 3),
      ])
      const [item] = (await itemsOf(portal)).filter(
        ({ direction, party }) => direction === 'in' && party === 'portal',
      )
      assert.deepEqual(JSON.parse(item?.request.body ?? ''), [
        { method: 'getStatus', params: ADDRESS },
      ])
      assert.ok(!JSON.stringify(item).includes('another-line'))
    })

    it('notes a webhook that is not believed, and has no replay of it', async () => {
      await using bench = await openTelegram(store)
      await bench.portal.hub.startTrace(TRACED)
      const { url = '' } = bench.telegram.bot(BOT_ID).webhook ?? {}
      const headers = { 'content-type': 'application/json' }
      await fetch(url, { method: 'POST', headers, body: '{"forged":1}' })
      const [item] = (await itemsOf(bench.portal)).filter(isWebhook)
      assert.deepEqual([item?.status, item?.error], [401, 'HUB_BAD_SIGNATURE'])
      assert.equal(item?.events, undefined)
    })

    it("shows of a request that lines share none of another portal's pieces", async () => {
      await using stack = new AsyncDisposableStack()
      const graph = stack.use(await startFakeMeta())
      const app = graph.apps.get(META_APP.id)
      assert.ok(app)
      graph.addAccount({ ...SECOND, app, name: 'Second' })
      const { databaseUrl } = stack.use(await store.open())
      const hub: TestHub = stack.use(await startTestHub({ databaseUrl }))
      const portal = stack.use(await addTestPortal(hub))
      const other = stack.use(await addTestPortal(hub))
      const connect = async (owner: TestPortal, account: typeof SECOND): Promise<string> => {
        const address = { connector: 'facebook', line: '1' }
        const settings = {
          pageId: account.id,
          pageAccessToken: account.token,
          appId: META_APP.id,
          appSecret: META_APP.secret,
          apiRoot: graph.url,
        }
        await owner.hub.saveSettings({ ...address, settings })
        const result = await owner.hub.testConnect<TestResultShape>(address)
        await owner.hub.startTrace({ ...address, minutes: 5, bodies: true })
        return result.status.webhookUrl
      }
      const url = await connect(portal, PAGE)
      await connect(other, SECOND)
      const entry = (id: string, mid: string): object => ({
        id,
        time: 1,
        messaging: [
          {
            sender: { id: PERSON },
            recipient: { id },
            timestamp: 1_767_225_600_000,
            message: { mid, text: `words of ${mid}` },
          },
        ],
      })
      const body = JSON.stringify({
        object: 'page',
        entry: [entry(PAGE.id, 'first'), entry(SECOND.id, 'second')],
      })
      const headers = { 'content-type': 'application/json', ...graph.sign(body, META_APP.secret) }
      assert.equal((await fetch(url, { method: 'POST', headers, body })).status, 200)
      for (const [owner, own, foreign] of [
        [portal, 'first', 'second'],
        [other, 'second', 'first'],
      ] as const) {
        const items = await itemsOf(owner, { connector: 'facebook', line: '1' })
        const [item] = items.filter(({ events }) => events)
        assert.equal(item?.pieces, true)
        assert.ok(item.request.body?.includes(`words of ${own}`))
        assert.ok(!JSON.stringify(items).includes(`words of ${foreign}`))
      }
    })
  })
}
