import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { inspect } from 'node:util'
import { ParamsError } from '../../../src/core/errors.ts'
import type { FakeGraph } from '../../fakes/graph.ts'
import { graphError } from '../../fakes/graph-edges.ts'
import { INSTAGRAM, META_APP, PAGE, PERSON, startFakeMeta } from '../../helpers/meta-kit.ts'
import { openChannel, sendContext } from './helpers.ts'

const CALL = { signal: new AbortController().signal }
let graph: FakeGraph
const open: { close(): void }[] = []
beforeEach(async () => {
  graph = await startFakeMeta()
})
afterEach(async () => {
  for (const channel of open.splice(0)) channel.close()
  await graph[Symbol.asyncDispose]()
})

function channel(
  id: 'facebook' | 'instagram',
  more: Readonly<Record<string, string>> = {},
): ReturnType<typeof openChannel> {
  const opened = openChannel(id, graph.url, more)
  open.push(opened)
  return opened
}

describe('testConnect', () => {
  it("gives the page's id and name", async () => {
    const { connector, line } = channel('facebook')
    const report = await connector.testConnect(line, CALL)
    assert.deepEqual(report, { ok: true, identity: PAGE.id, name: 'Desk' })
  })

  it("gives the Instagram account's id and name", async () => {
    const { connector, line } = channel('instagram')
    const report = await connector.testConnect(line, CALL)
    assert.deepEqual(report, { ok: true, identity: INSTAGRAM.id, name: '@desk' })
  })

  type Row = [title: string, more: Record<string, string>, field: string]
  const rows: Row[] = [
    ['a token that is not valid', { pageAccessToken: 'made-up' }, 'pageAccessToken'],
    ['an app secret that is not the app’s', { appSecret: 'made-up' }, 'appSecret'],
    ['an app that is not the token’s', { appId: '9' }, 'appId'],
    ['a page that is not the token’s', { pageId: '222' }, 'pageId'],
    ['an address that nobody listens at', { apiRoot: 'http://127.0.0.1:1' }, 'apiRoot'],
  ]
  for (const [title, more, field] of rows) {
    it(`names the field of ${title}`, async () => {
      const { connector, line } = channel('facebook', more)
      const report = await connector.testConnect(line, CALL)
      assert.ok(!report.ok)
      assert.equal(report.error.field, field, inspect(report))
      for (const secret of [PAGE.token, META_APP.secret])
        assert.ok(!inspect(report).includes(secret))
    })
  }

  it('goes on without asking for the app where that is not answered', async () => {
    const { connector, line } = channel('facebook', { appId: '9' })
    graph.fail('app', { status: 400, body: graphError(100) })
    assert.ok((await connector.testConnect(line, CALL)).ok)
    graph.fail('app', { reset: true })
    assert.ok((await connector.testConnect(line, CALL)).ok)
  })

  it('names the token when a permission is missing, and the address when it speaks HTML', async () => {
    const { connector, line } = channel('facebook')
    graph.fail('me', { status: 403, body: graphError(200) })
    graph.fail('me', { status: 200, body: '<html>' })
    const first = await connector.testConnect(line, CALL)
    const second = await connector.testConnect(line, CALL)
    assert.ok(!first.ok && !second.ok)
    assert.deepEqual([first.error.field, second.error.field], ['pageAccessToken', 'apiRoot'])
  })
})

describe('install', () => {
  it('subscribes the app and the page, and keeps what the app was subscribed to', async () => {
    const { connector, line } = channel('facebook')
    graph.apps.get(META_APP.id)?.subscriptions.set('page', {
      callbackUrl: 'https://elsewhere.example/',
      verifyToken: 'x',
      fields: 'feed',
    })
    await connector.install?.(line, CALL)
    const own = graph.apps.get(META_APP.id)?.subscriptions.get('page')
    assert.equal(own?.callbackUrl, line.webhookUrl)
    assert.equal(own?.verifyToken, line.settings.verifyToken)
    const fields = own?.fields.split(',') ?? []
    for (const field of ['feed', 'messages', 'message_echoes', 'message_edits']) {
      assert.ok(fields.includes(field), field)
    }
    assert.match(graph.accounts[0]?.subscribed ?? '', /^messages,messaging_postbacks/)
  })

  it('leaves the address to an administrator where the app can not be subscribed', async () => {
    const { connector, line } = channel('facebook', { appId: '123' })
    await connector.install?.(line, CALL)
    assert.notEqual(graph.accounts[0]?.subscribed, undefined)
  })

  it('is undone for the page alone', async () => {
    const { connector, line } = channel('facebook')
    await connector.install?.(line, CALL)
    await connector.uninstall?.(line, CALL)
    assert.equal(graph.accounts[0]?.subscribed, undefined)
    assert.equal(graph.apps.get(META_APP.id)?.subscriptions.size, 1)
  })
})

describe('people and files', () => {
  it('are looked up for updates and for portals', async () => {
    const { connector, line } = channel('facebook')
    graph.people.set(PERSON, {
      fields: { first_name: 'Ann', last_name: 'Lee', profile_pic: `${graph.url}/ann.jpg` },
    })
    const picture = { ref: JSON.stringify({ avatar: PERSON }) }
    const person = { name: 'Ann', lastName: 'Lee' }
    assert.deepEqual(await connector.profile?.(PERSON, line, CALL), { ...person, picture })
    const [method] = connector.methods
    const call = {
      ...CALL,
      conversation: async () => undefined,
      latestConversation: async () => undefined,
      remember: async () => undefined,
    }
    assert.deepEqual(await method?.run({ chat: { id: PERSON } }, line, call), {
      id: PERSON,
      ...person,
      picture: { url: `${graph.url}/ann.jpg` },
    })
    await assert.rejects(async () => method?.run({ user: 1 }, line, call), ParamsError)
    const located = await connector.locateFile?.(picture.ref, line, CALL)
    assert.deepEqual(located, { url: `${graph.url}/ann.jpg` })
  })

  it('a link that has run out is asked for anew', async () => {
    const { connector, line } = channel('facebook')
    const soon = Math.floor(Date.now() / 1000) + 3600
    const fresh = `https://scontent.example/a.jpg?oe=${soon.toString(16)}`
    graph.attachments.set('m_1', [{ id: '1', image_data: { url: fresh } }])
    const ref = (url: string): string => JSON.stringify({ mid: 'm_1', index: 0, url })
    const old = 'https://scontent.example/a.jpg?oe=60000000'
    assert.deepEqual(await connector.locateFile?.(ref(old), line, CALL), { url: fresh })
    const plain = 'https://scontent.example/b.jpg'
    assert.deepEqual(await connector.locateFile?.(ref(plain), line, CALL), { url: plain })
    assert.deepEqual(await connector.locateFile?.(ref(fresh), line, CALL), { url: fresh })
    await assert.rejects(async () => connector.locateFile?.('nonsense', line, CALL))
  })

  it('an id can not climb to another node', async () => {
    const { connector, line } = channel('facebook')
    await assert.rejects(async () => connector.profile?.('../me', line, CALL))
    await assert.rejects(async () => connector.profile?.('..', line, CALL))
    assert.ok(graph.calls.every(({ path }) => path === '../me' || path === '_'))
    await connector.typing?.(PERSON, line, sendContext())
  })
})
