import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { given } from '../../src/core/given.ts'
import { FakeBotFramework } from '../fakes/botframework.ts'
import { send } from '../helpers/http.ts'
import { addTestPortal, startTestHub, type TestHub, type TestPortal } from '../helpers/hub.ts'
import { failureOf } from '../helpers/rpc.ts'
import { type OpenStore, testStores } from '../helpers/stores.ts'
import {
  connectTelegram,
  type StatusShape,
  startTelegramWithBot,
  type TestResultShape,
} from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

const APP_ID = 'AAAAAAAA-2222-3333-4444-555555555555'
const APP_SECRET = 'planted~app-secret.value'

let ids = 0

function message(text: string, more: object = {}): object {
  return {
    type: 'message',
    id: `act-${++ids}`,
    timestamp: '2026-01-10T09:00:00.120Z',
    channelId: 'msteams',
    from: { id: '29:1abc', name: 'Anna' },
    recipient: { id: `28:${APP_ID}`, name: 'Desk' },
    conversation: { id: 'a:1xyz', conversationType: 'personal' },
    text,
    ...more,
  }
}

interface Bench extends AsyncDisposable {
  readonly fake: FakeBotFramework
  readonly hub: TestHub
  readonly portal: TestPortal
  connect(connector: string, line?: string, appId?: string): Promise<TestResultShape>
  status(connector: string, line?: string): Promise<StatusShape>
}

async function open({ databaseUrl }: OpenStore): Promise<Bench> {
  const fake = await FakeBotFramework.start()
  const hub = await startTestHub({ databaseUrl })
  const portal = await addTestPortal(hub)
  return {
    fake,
    hub,
    portal,
    async connect(connector, line = '7', appId = APP_ID) {
      const address = { connector, line }
      const settings = fake.settings(appId, APP_SECRET)
      await portal.hub.saveSettings({ ...address, settings })
      return await portal.hub.testConnect<TestResultShape>(address)
    },
    status: (connector, line = '7') => portal.hub.getStatus<StatusShape>({ connector, line }),
    async [Symbol.asyncDispose]() {
      await hub.stop()
      await portal[Symbol.asyncDispose]()
      await fake[Symbol.asyncDispose]()
    },
  }
}

for (const store of testStores()) {
  describe(`Bot Framework on ${store.name}`, () => {
    it('stays connected when only the handle changes, but not when the secret does', async () => {
      await using database = await store.open()
      await using bench = await open(database)
      await bench.connect('botframework.msteams')
      const address = { connector: 'botframework.msteams', line: '7' }
      const settings = { ...bench.fake.settings(APP_ID, APP_SECRET), botHandle: 'desk' }
      const kept = await bench.portal.hub.saveSettings<StatusShape>({ ...address, settings })
      assert.equal(kept.status, 'connected')
      const changed = { ...settings, appSecret: 'another' }
      const saved = await bench.portal.hub.saveSettings<StatusShape>({
        ...address,
        settings: changed,
      })
      assert.equal(saved.status, 'saved')
    })

    it('brings an activity to the portal and the answer back to its serviceUrl', async () => {
      await using database = await store.open()
      await using bench = await open(database)
      const tested = await bench.connect('botframework.msteams')
      assert.equal(tested.ok, true, JSON.stringify(tested))
      assert.equal(tested.channel.identity, APP_ID.toLowerCase())
      // Its address is entered at Microsoft by hand.
      assert.equal(tested.webhookInstalled, false)
      const posted = await bench.fake.postActivity(tested.status.webhookUrl, message('Hi 👋'))
      assert.equal(posted.status, 200, posted.body)
      const [event] = await bench.portal.server.waitForEvents(1)
      assert.equal(event?.message?.text, 'Hi :wave:')
      assert.equal(event?.chat?.id, 'a:1xyz')
      assert.equal(event?.user?.name, 'Anna')
      const sent = await bench.portal.hub.sendMessage<{ id: string }>({
        connector: 'botframework.msteams',
        line: '7',
        chat: { id: 'a:1xyz' },
        message: { text: 'Hello :grinning:' },
      })
      const [, status] = await bench.portal.server.waitForEvents(2)
      assert.deepEqual(
        [status?.type, status?.['status'], status?.['out']],
        ['message.status', 'sent', sent.id],
      )
      const [call] = bench.fake.calls
      assert.equal(call?.method, 'POST')
      assert.equal(call?.path, '/emea/v3/conversations/a%3A1xyz/activities')
      assert.match(call?.authorization ?? '', /^Bearer token-\d+$/)
      const { text, from, recipient } = (call?.body ?? {}) as Record<string, unknown>
      assert.equal(text, 'Hello 😀')
      assert.deepEqual(
        [from, recipient],
        [
          { id: `28:${APP_ID}`, name: 'Desk' },
          { id: '29:1abc', name: 'Anna' },
        ],
      )
      assert.deepEqual(status?.['messageIds'], ['act-1'])
    })

    it('answers 401 to a signed token whose claims have odd types, and goes on', async () => {
      await using database = await store.open()
      await using bench = await open(database)
      const { status } = await bench.connect('botframework')
      const activity = { ...message('odd'), serviceUrl: bench.fake.serviceUrl }
      const post = async (claims: Readonly<Record<string, unknown>>) => {
        const authorization = await bench.fake.sign(activity, { claims })
        const headers = { 'content-type': 'application/json', authorization }
        return await send(status.webhookUrl, { headers, body: JSON.stringify(activity) })
      }
      for (const claim of ['aud', 'iss', 'exp', 'nbf', 'iat', 'serviceurl']) {
        for (const odd of [[], [7], [[]], { a: 1 }, true, 'x']) {
          const { status: answer, body } = await post({ [claim]: odd })
          assert.equal(answer, 401, `${claim} ${JSON.stringify(odd)}: ${body}`)
        }
      }
      assert.equal((await post({})).status, 200)
    })

    it('gives an activity that comes twice once', async () => {
      await using database = await store.open()
      await using bench = await open(database)
      const { status } = await bench.connect('botframework')
      const twice = message('twice')
      const copies = Array.from({ length: 6 }, () =>
        bench.fake.postActivity(status.webhookUrl, twice),
      )
      assert.ok((await Promise.all(copies)).every((answer) => answer.status === 200))
      await bench.fake.postActivity(status.webhookUrl, message('last'))
      const events = await bench.portal.server.waitForEvents(2)
      assert.deepEqual(
        events.map((event) => event.message?.text),
        ['twice', 'last'],
      )
    })
  })
}

const [sqlite] = testStores()

describe('an activity whose token is not right gets 401, and nothing of it is stored', () => {
  let database: OpenStore
  let bench: Bench
  let url: string

  before(async () => {
    assert.ok(sqlite)
    database = await sqlite.open()
    bench = await open(database)
    url = (await bench.connect('botframework')).status.webhookUrl
  })
  after(async () => {
    await bench[Symbol.asyncDispose]()
    await database.dispose()
  })

  const now = Math.floor(Date.now() / 1000)
  type Forgery = Parameters<FakeBotFramework['postActivity']>[2]
  const forgeries: [name: string, options: Forgery][] = [
    ['expired', { claims: { nbf: now - 7200, exp: now - 3600 } }],
    ['not yet valid', { claims: { nbf: now + 3600, exp: now + 7200 } }],
    ['without an end', { claims: { exp: undefined } }],
    ['for another app', { claims: { aud: '99999999-2222-3333-4444-555555555555' } }],
    ['for nobody', { claims: { aud: undefined } }],
    ['of another issuer', { claims: { iss: 'https://sts.windows.net/x/' } }],
    ['for another serviceUrl', { claims: { serviceurl: 'https://smba.trafficmanager.net/x/' } }],
    ['without a serviceUrl', { claims: { serviceurl: undefined } }],
    ['unsigned (alg none)', { alg: 'none' }],
    ['signed with the public key as a secret', { alg: 'HS256' }],
    ['of a key that nobody knows', { kid: 'key-9' }],
  ]
  for (const [name, options] of forgeries) {
    it(name, () => refused(message(name), options))
  }

  async function refused(activity: object, options: Forgery): Promise<void> {
    const answer = await bench.fake.postActivity(url, activity, options)
    assert.equal(answer.status, 401, answer.body)
    assert.equal(JSON.parse(answer.body).error.code, 'HUB_BAD_SIGNATURE')
    assert.equal((await bench.status('botframework')).queue.depth, 0)
  }

  it('of a key that is not endorsed for its channel', async () => {
    bench.fake.keys[1].endorsements = ['slack']
    bench.fake.published = [...bench.fake.keys]
    await bench.portal.hub.testConnect({ connector: 'botframework', line: '7' })
    await refused(message('unendorsed'), { key: bench.fake.keys[1] })
    await refused(message('no channel', { channelId: undefined }), {})
  })

  it('of a service host that is not allowed, though the token says the same', () =>
    refused(message('elsewhere', { serviceUrl: 'http://127.0.0.1:9/emea/' }), {}))

  it('a body that was changed is another serviceUrl', async () => {
    const rawBody = JSON.stringify(message('changed', { serviceUrl: 'http://127.0.0.1:9/' }))
    await refused(message('changed'), { rawBody })
  })

  it('absent, or no bearer token', async () => {
    for (const authorization of [undefined, 'Bearer ', 'Basic YTpi', 'Bearer a.b.c']) {
      const headers = {
        'content-type': 'application/json',
        ...given({ authorization }),
      }
      const answer = await send(url, { headers, body: JSON.stringify(message('bare')) })
      assert.equal(answer.status, 401, answer.body)
    }
  })

  it('afterwards the only event is that of a genuine activity', async () => {
    assert.equal((await bench.fake.postActivity(url, message('genuine'))).status, 200)
    const events = await bench.portal.server.waitForEvents(1)
    assert.deepEqual(
      events.map((event) => event.message?.text),
      ['genuine'],
    )
  })
})

it('when the keys cannot be had an activity gets 503 with Retry-After, not 401', async () => {
  assert.ok(sqlite)
  await using database = await sqlite.open()
  await using bench = await open(database)
  const { webhookUrl } = (await bench.connect('botframework')).status
  await bench.hub.restart()
  bench.fake.fail('metadata', { status: 500 })
  const url = webhookUrl.replace(/^http:\/\/[^/]+/, bench.hub.url)
  const activity = message('later')
  const sent = { serviceUrl: bench.fake.serviceUrl, ...activity }
  const answer = await send(url, {
    headers: {
      'content-type': 'application/json',
      authorization: await bench.fake.sign(sent),
    },
    body: JSON.stringify(sent),
  })
  assert.equal(answer.status, 503, answer.body)
  assert.match(answer.headers['retry-after'] ?? '', /^\d+$/)
  assert.equal((await bench.fake.postActivity(url, activity)).status, 200)
  await bench.portal.server.waitForEvents(1)
})

describe('the virtual connectors', () => {
  it('take the activities of their own channel, the parent those of every channel', async () => {
    assert.ok(sqlite)
    await using database = await sqlite.open()
    await using bench = await open(database)
    const skype = await bench.connect('botframework.skype')
    const all = await bench.connect('botframework', '8', 'bbbbbbbb-2222-3333-4444-555555555555')
    assert.ok(skype.ok && all.ok)
    for (const channelId of ['msteams', 'slack', 'skype']) {
      for (const [{ status }, appId] of [
        [skype, APP_ID],
        [all, 'bbbbbbbb-2222-3333-4444-555555555555'],
      ] as const) {
        const activity = message(`${channelId} to ${status.connector}`, { channelId })
        const options = { claims: { aud: appId } }
        const answer = await bench.fake.postActivity(status.webhookUrl, activity, options)
        assert.equal(answer.status, 200, answer.body)
      }
    }
    await bench.portal.server.waitForEvents(4)
    const depth = async () => (await bench.status('botframework.skype')).queue.depth
    await waitFor(async () => (await depth()) === 0, 'an empty queue')
    const { events } = bench.portal.server
    assert.deepEqual(events.map((event) => event.message?.text).sort(), [
      'msteams to botframework',
      'skype to botframework',
      'skype to botframework.skype',
      'slack to botframework',
    ])
  })

  it('share identities: botframework.msteams displaces botframework.skype of the same app', async () => {
    assert.ok(sqlite)
    await using database = await sqlite.open()
    await using bench = await open(database)
    await using other = await addTestPortal(bench.hub)
    const first = await bench.connect('botframework.skype')
    const address = { connector: 'botframework.msteams', line: 'x' }
    const settings = bench.fake.settings(APP_ID.toLowerCase(), APP_SECRET)
    await other.hub.saveSettings({ ...address, settings })
    const second = await other.hub.testConnect<TestResultShape>(address)
    assert.equal(second.displaced, true)
    assert.equal((await bench.status('botframework.skype')).status, 'displaced')
    const [notice] = await bench.portal.server.waitForPackets(1, 'connector.deactivated')
    assert.equal(notice?.body['reason'], 'displaced')
    assert.equal(notice?.body.connector, 'botframework.skype')
    // Who displaced it may be another portal's affair.
    assert.ok(!notice?.raw.toString().includes(other.id))
    const skype = message('late', { channelId: 'skype' })
    assert.equal((await bench.fake.postActivity(first.status.webhookUrl, skype)).status, 409)
    const teams = await bench.fake.postActivity(second.status.webhookUrl, message('now'))
    assert.equal(teams.status, 200, teams.body)
    await other.server.waitForEvents(1)
  })
})

describe('createConversation', () => {
  it('opens a chat that sendMessage then reaches, also before anybody has written', async () => {
    assert.ok(sqlite)
    await using database = await sqlite.open()
    await using bench = await open(database)
    await bench.connect('botframework.msteams')
    const address = { connector: 'botframework.msteams', line: '7' }
    const made = await bench.portal.hub.createConversation<{ chat: { id: string } }>({
      ...address,
      user: { id: '29:2new', name: 'Bert' },
      serviceUrl: bench.fake.serviceUrl,
    })
    assert.equal(made.chat.id, 'act-1')
    const [created] = bench.fake.calls
    assert.equal(created?.path, '/emea/v3/conversations')
    await bench.portal.hub.sendMessage({ ...address, ...made, message: { text: 'Hello Bert' } })
    const call = await waitFor(() => bench.fake.calls[1], 'the message at the service')
    assert.equal(call.path, '/emea/v3/conversations/act-1/activities')
  })

  it('tells all that is missing or not allowed', async () => {
    assert.ok(sqlite)
    await using database = await sqlite.open()
    await using bench = await open(database)
    await bench.connect('botframework')
    const address = { connector: 'botframework', line: '7' }
    const call = (more: object) => bench.portal.hub.createConversation({ ...address, ...more })
    const empty = await failureOf(call({}))
    assert.deepEqual([empty.code, empty.fields], [-32602, ['user']])
    const unknown = await failureOf(call({ user: { id: '29:x' } }))
    assert.deepEqual([unknown.code, unknown.fields], [-32602, ['channelId', 'serviceUrl']])
    const serviceUrl = 'http://127.0.0.1:9/'
    const foreign = await failureOf(
      call({ user: { id: '29:x' }, channelId: 'msteams', serviceUrl }),
    )
    assert.deepEqual([foreign.code, foreign.fields], [-32602, ['serviceUrl']])
    assert.deepEqual(bench.fake.calls, [])
  })

  it('is unknown to Telegram', async () => {
    assert.ok(sqlite)
    await using database = await sqlite.open()
    await using bench = await open(database)
    await using telegram = await startTelegramWithBot()
    assert.ok((await connectTelegram(bench.portal, telegram)).ok)
    const params = { connector: 'telegram', line: '12', user: { id: '1' } }
    const failure = await failureOf(bench.portal.hub.createConversation(params))
    assert.deepEqual([failure.status, failure.code], [200, -32601])
    const own = { connector: 'botframework.msteams', line: '7', chat: { id: '1' } }
    await bench.connect('botframework.msteams')
    assert.equal((await failureOf(bench.portal.hub.getChat(own))).code, -32601)
  })
})
