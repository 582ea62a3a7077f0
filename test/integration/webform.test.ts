import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { send } from '../helpers/http.ts'
import { addTestPortal, startTestHub, type TestHub, type TestPortal } from '../helpers/hub.ts'
import { testStores } from '../helpers/stores.ts'

const LINE = { connector: 'webform', line: '1' }
const SITE = 'https://shop.example'
const URLENCODED = 'application/x-www-form-urlencoded'

for (const kind of testStores()) {
  describe(`a form of a site on ${kind.name}`, () => {
    const stack = new AsyncDisposableStack()
    let hub: TestHub
    let portal: TestPortal
    let url: string

    before(async () => {
      const { databaseUrl } = stack.use(await kind.open())
      hub = stack.use(await startTestHub({ databaseUrl }))
      portal = stack.use(await addTestPortal(hub))
      const settings = {
        fieldMap: 'fio=name, tel=phone',
        redirectUrl: `${SITE}/thanks`,
        origins: SITE,
        honeypot: 'website',
      }
      await portal.hub.saveSettings({ ...LINE, settings })
      const tested = await portal.hub.testConnect<{ status: { webhookUrl: string } }>(LINE)
      url = tested.status.webhookUrl
    })
    after(() => stack.disposeAsync())

    const post = (body: string, type: string, headers: Readonly<Record<string, string>> = {}) =>
      send(url, {
        headers: {
          'content-type': type,
          origin: SITE,
          'x-forwarded-for': '203.0.113.9',
          ...headers,
        },
        body,
      })

    it('takes forms in each of their ways, and leads on or answers JSON', async () => {
      const filled = { fio: 'Анна', tel: '+49 30 1', text: 'Call me', city: 'Berlin' }
      const page = await post(new URLSearchParams(filled).toString(), URLENCODED)
      assert.deepEqual([page.status, page.headers.location], [303, `${SITE}/thanks`])
      const json = await post(JSON.stringify({ ...filled, n: 2 }), 'application/json')
      assert.deepEqual([json.status, json.body], [200, '{"ok":true}'])
      const parts = Object.entries({ ...filled, n: '3' })
        .map(
          ([name, value]) =>
            `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
        )
        .join('')
      const multipart = await post(`${parts}--b--\r\n`, 'multipart/form-data; boundary=b')
      assert.equal(multipart.status, 303)
      const events = await portal.server.waitForEvents(3)
      for (const { type, user, message } of events) {
        assert.equal(type, 'message.new')
        assert.deepEqual([user?.name, user?.['phone']], ['Анна', '+49 30 1'])
        assert.deepEqual(message?.['contact'], { name: 'Анна', phone: '+49 30 1' })
        assert.match(message?.text ?? '', /^Call me\ncity: Berlin/)
      }
    })

    it('throws away what a robot filled in, without telling it', async () => {
      const before = portal.server.events.length
      const trap = new URLSearchParams({ fio: 'Bot', website: 'https://spam.example' }).toString()
      assert.equal((await post(trap, URLENCODED)).status, 303)
      assert.equal((await post('fio=Ann&n=4', URLENCODED)).status, 303)
      const events = await portal.server.waitForEvents(before + 1)
      assert.equal(events.at(-1)?.user?.name, 'Ann')
    })

    it('leads on to a page whose address has letters of any language', async () => {
      const line = { ...LINE, line: '2' }
      const redirectUrl = 'https://магазин.рф/спасибо?от=формы'
      await portal.hub.saveSettings({ ...line, settings: { redirectUrl } })
      const { status } = await portal.hub.testConnect<{ status: { webhookUrl: string } }>(line)
      const headers = { 'content-type': URLENCODED, 'x-forwarded-for': '203.0.113.10' }
      const answer = await send(status.webhookUrl, { headers, body: 'name=Ann' })
      assert.deepEqual([answer.status, answer.headers.location], [303, new URL(redirectUrl).href])
    })

    it('refuses foreign pages, files, nonsense, what is too much, and sending', async () => {
      assert.equal(
        (await post('fio=A', URLENCODED, { origin: 'https://evil.example' })).status,
        403,
      )
      const file =
        '--b\r\ncontent-disposition: form-data; name="f"; filename="a.exe"\r\n\r\nMZ\r\n--b--'
      assert.equal((await post(file, 'multipart/form-data; boundary=b')).status, 400)
      assert.equal((await post('', URLENCODED)).status, 400)
      assert.equal((await post('a', 'text/plain')).status, 415)
      const statuses = new Set<number>()
      for (let n = 0; n < 12; n++) {
        statuses.add((await post(`fio=Flood&n=f${n}`, URLENCODED)).status)
      }
      assert.ok(statuses.has(429))
      await assert.rejects(
        portal.hub.sendMessage({ ...LINE, chat: { id: 'x' }, message: { text: 'hi' } }),
        /can't send/,
      )
    })
  })
}
