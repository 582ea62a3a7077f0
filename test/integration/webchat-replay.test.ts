import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import { CliHost } from '../helpers/cli-host.ts'
import { send } from '../helpers/http.ts'
import { addTestPortal, startTestHub, TEST_KEY } from '../helpers/hub.ts'
import { testStores } from '../helpers/stores.ts'

const LINE = { connector: 'webchat', line: '1' }

const cli = new CliHost()
after(() => cli[Symbol.asyncDispose]())

for (const store of testStores()) {
  it(`posts of a web chat can be replayed from a trace that has no token, on ${store.name}`, async () => {
    await using stack = new AsyncDisposableStack()
    const { databaseUrl } = stack.use(await store.open())
    const hub = stack.use(await startTestHub({ databaseUrl }))
    const portal = stack.use(await addTestPortal(hub))
    const settings = { title: 'Shop', origins: 'https://shop.example' }
    await portal.hub.saveSettings({ ...LINE, settings })
    const tested = await portal.hub.testConnect<{ status: { webhookUrl: string } }>(LINE)
    const { webhookUrl } = tested.status
    const hash = new URL(webhookUrl).searchParams.get('hash') ?? ''
    const session = await send(`${hub.url}/webchat/${hash}/session`)
    const { token, chat } = JSON.parse(session.body)
    await portal.hub.startTrace({ ...LINE, minutes: 5, bodies: true })
    const json = { 'content-type': 'application/json' }
    const bearer = { ...json, authorization: `Bearer ${token}` }
    const post = (headers: Readonly<Record<string, string>>, body: object, query = '') =>
      send(`${hub.url}/webhook?hash=${hash}${query}`, { headers, body: JSON.stringify(body) })
    // The token in each of its three places, and a post that is none.
    assert.equal((await post(bearer, { id: '1', text: 'first' })).status, 200)
    assert.equal((await post(json, { id: '2', text: 'second', token })).status, 200)
    assert.equal((await post(json, { id: '3', text: 'third' }, `&token=${token}`)).status, 200)
    assert.equal((await post(bearer, { id: '4', text: 'fourth', files: ['nope'] })).status, 400)
    assert.equal((await post(json, { id: '5', text: 'nobody' })).status, 401)
    await portal.server.waitForEvents(3)
    await hub.app.services.traces.recorder.flush()

    const { items } = await portal.hub.getTrace<{ items: object[] }>(LINE)
    const kept = JSON.stringify(items)
    assert.ok(!kept.includes(token), 'the token is in the trace')
    assert.ok(kept.includes('fourth') && kept.includes(chat.id))
    const env = { HUB_DATABASE_URL: databaseUrl, HUB_SECRET_KEY: TEST_KEY }
    const args = ['replay', portal.id, LINE.connector, LINE.line]
    const { code, stdout, stderr } = await cli.run(args, env)
    const found = stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
    assert.deepEqual(
      found.slice(0, 3).map((event) => [event.type, event.chat.id, event.message.text]),
      ['first', 'second', 'third'].map((text) => ['message.new', chat.id, text]),
    )
    assert.match(found[3].refused, /HUB_BAD_UPDATE: .*files/)
    assert.deepEqual([code, found.length], [1, 4], stdout)
    assert.match(stderr, /4 read, 1 refused/)
    const same = await cli.run([...args, '--diff'], env)
    assert.equal(same.stdout.split('\n').filter((line) => line.includes('differences')).length, 0)
  })
}
