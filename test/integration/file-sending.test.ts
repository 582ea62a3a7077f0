import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Upload } from '../fakes/telegram-media.ts'
import { type DeliveryRig, startDeliveryRig } from '../helpers/delivery-rig.ts'
import { pour, startFileServer } from '../helpers/file-server.ts'
import type { LocalServer } from '../helpers/local-server.ts'
import { failureOf } from '../helpers/rpc.ts'
import { testStores } from '../helpers/stores.ts'
import { BOT_ID } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

const LINE = { connector: 'telegram', line: '12' }
const KEY = 'PLANTED-key-of-a-file'
const PRIVATE = 'http://10.20.30.40'

interface StatusEvent {
  readonly type: string
  readonly status?: string
  readonly key?: string
  readonly uncertain?: true
  readonly messageIds?: readonly string[]
  readonly error?: { readonly code: string; readonly message: string }
}

/** A portal's server with every kind of bad file. */
function startBadFiles(): Promise<LocalServer> {
  return startFileServer((request, response) => {
    const path = request.url?.split('?')[0] ?? ''
    if (path === '/good.docx') return void response.end('good')
    if (path === '/moved.docx')
      return void response.writeHead(302, { location: '/gone.docx' }).end()
    if (path === '/huge.zip') {
      return response.writeHead(200, { 'content-length': String(5 * 1024 ** 3) }).flushHeaders()
    }
    if (path === '/endless.zip') {
      response.writeHead(200)
      pour(response, Buffer.alloc(65_536))
      return
    }
    response.writeHead(path === '/forbidden.docx' ? 403 : 404).end()
  })
}

/** Sends a message with one file under its own key. */
function sendFile(rig: DeliveryRig, key: string, url: string, chat = '55'): Promise<unknown> {
  const message = { text: key, files: [{ url: `${url}?key=${KEY}` }] }
  return rig.portal.hub.sendMessage({ ...LINE, chat: { id: chat }, message, key })
}

async function statusOf(rig: DeliveryRig, key: string): Promise<StatusEvent> {
  return await waitFor(() => {
    const events = rig.portal.server.events as unknown as StatusEvent[]
    return events.find((event) => event.type === 'message.status' && event.key === key)
  }, `the status of ${key}`)
}

for (const store of testStores()) {
  describe(`files to a channel on ${store.name}`, () => {
    it('that can not be had fail with their reason, and what comes behind them goes out', async () => {
      await using portalFiles = await startBadFiles()
      await using rig = await startDeliveryRig(store)
      rig.telegram.bot(BOT_ID).fetchesFiles = true
      const bad: [key: string, url: string, code: string, words: RegExp][] = [
        ['gone', `${portalFiles.url}/gone.docx`, 'HUB_FILE_GONE', /"gone\.docx" is not there/],
        ['moved', `${portalFiles.url}/moved.docx`, 'HUB_FILE_REDIRECT', /"moved\.docx" .*redirect/],
        ['forbidden', `${portalFiles.url}/forbidden.docx`, 'HUB_FILE_UNREACHABLE', /403/],
        ['private', `${PRIVATE}/inner.docx`, 'HUB_FILE_PRIVATE', /"inner\.docx" .*private network/],
      ]
      for (const [key, url] of bad) await sendFile(rig, key, url)
      await sendFile(rig, 'good', `${portalFiles.url}/good.docx`)
      for (const [key, , code, words] of bad) {
        const { status, error, messageIds, uncertain } = await statusOf(rig, key)
        assert.deepEqual(
          [status, error?.code, messageIds, uncertain],
          ['failed', code, [], undefined],
        )
        assert.match(error?.message ?? '', words)
      }
      const good = await statusOf(rig, 'good')
      assert.deepEqual([good.status, good.messageIds?.length], ['sent', 1])
      const upload = rig.telegram.callsOf('sendDocument').at(-1)?.params['document'] as Upload
      assert.deepEqual([upload.name, upload.size], ['good.docx', 4])
      assert.ok(!rig.hub.logText().includes(KEY))
      assert.ok(!JSON.stringify(rig.portal.server.events).includes(KEY))
    })

    it('without an end or of 5 GB arrive as their link', async () => {
      await using portalFiles = await startBadFiles()
      await using rig = await startDeliveryRig(store)
      rig.telegram.bot(BOT_ID).fetchesFiles = true
      for (const name of ['huge', 'endless']) {
        const url = `${portalFiles.url}/${name}.zip`
        await sendFile(rig, name, url)
        assert.equal((await statusOf(rig, name)).status, 'sent')
        const text = rig.telegram.callsOf('sendMessage').at(-1)?.params['text']
        assert.equal(text, `${name}\n${url}?key=${KEY}`)
      }
    })

    it('whose server is away hold up their chat for minutes, and no other', async () => {
      await using rig = await startDeliveryRig(store)
      rig.telegram.bot(BOT_ID).fetchesFiles = true
      await sendFile(rig, 'away', 'http://127.0.0.1:1/away.docx')
      await waitFor(() => rig.telegram.callsOf('sendDocument').length === 1, 'the first try')
      const text = { message: { text: 'behind' }, key: 'behind' }
      await rig.portal.hub.sendMessage({ ...LINE, chat: { id: '55' }, ...text })
      const other = { message: { text: 'other' }, key: 'other' }
      await rig.portal.hub.sendMessage({ ...LINE, chat: { id: '66' }, ...other })
      assert.equal((await statusOf(rig, 'other')).status, 'sent')
      const from = rig.clock.now()
      await waitFor(async () => {
        rig.clock.jump(1000)
        return rig.portal.server.events.some((event) => (event as StatusEvent).key === 'behind')
      }, 'the message behind')
      assert.ok(rig.clock.now() - from < 600_000)
      const { status, error, uncertain } = await statusOf(rig, 'away')
      assert.deepEqual(
        [status, error?.code, uncertain],
        ['failed', 'HUB_FILE_UNREACHABLE', undefined],
      )
      assert.equal(rig.telegram.callsOf('sendDocument').length, 8)
    })

    it('by the two hundred, or at no address of the web, are refused by name at once', async () => {
      await using rig = await startDeliveryRig(store)
      const many = Array.from({ length: 200 }, () => ({ url: 'https://f.example/a.pdf' }))
      for (const [files, field] of [
        [many, 'message.files'],
        [[{ url: 'file:///etc/passwd' }], 'message.files.0.url'],
        [[{ url: `https://ann:${KEY}@f.example/` }], 'message.files.0.url'],
      ] as const) {
        const call = rig.portal.hub.sendMessage({ ...LINE, chat: { id: '5' }, message: { files } })
        const failure = await failureOf(call)
        assert.deepEqual([failure.code, failure.fields], [-32_602, [field]])
      }
    })
  })
}
