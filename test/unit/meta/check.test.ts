import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { instagram } from '../../../connectors/instagram/index.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { DeliveryError } from '../../../src/core/errors.ts'
import type { ChannelFinding } from '../../../src/core/health.ts'
import type { FakeGraph } from '../../fakes/graph.ts'
import { graphError } from '../../fakes/graph-edges.ts'
import type { FakeAccount, FakeApp } from '../../fakes/graph-model.ts'
import { PAGE, startFakeMeta } from '../../helpers/meta-kit.ts'
import { NO_FILES } from '../../helpers/no-files.ts'
import { NOTHING_KEPT } from '../../helpers/nothing-kept.ts'
import { type Channel, openChannel, sendContext } from './helpers.ts'

const ignore = (): void => undefined
let graph: FakeGraph
let app: FakeApp
const open: { close(): void }[] = []
beforeEach(async () => {
  graph = await startFakeMeta()
  app = [...graph.apps.values()][0] as FakeApp
})
afterEach(async () => {
  for (const channel of open.splice(0)) channel.close()
  await graph[Symbol.asyncDispose]()
})

/** A line that is connected, and what a check of it finds. */
async function connect(
  channel: Channel = 'facebook',
  more: Readonly<Record<string, string>> = {},
): Promise<() => Promise<readonly ChannelFinding[] | undefined>> {
  const good = openChannel(channel, graph.url)
  const opened = openChannel(channel, graph.url, more)
  open.push(good, opened)
  await good.connector.install?.(good.line, sendContext())
  const { connector, line } = opened
  return async () => await connector.check?.(line, sendContext())
}

function accountOf(channel: Channel): FakeAccount {
  return graph.accounts[channel === 'facebook' ? 0 : 1] as FakeAccount
}

function lacks(permission: string, isVital: boolean): ChannelFinding {
  return { code: 'permission_missing', permission, isVital }
}

for (const channel of ['facebook', 'instagram'] as const) {
  describe(`a check of a line of ${channel}`, () => {
    it('finds nothing after install, with reading calls alone', async () => {
      const check = await connect(channel)
      const before = graph.calls.length
      assert.deepEqual(await check(), [])
      const calls = graph.calls.slice(before)
      assert.deepEqual([...new Set(calls.map(({ method }) => method))], ['GET'])
      assert.equal(calls.length, 3)
    })

    it('finds that the account no longer tells the app anything', async () => {
      const check = await connect(channel)
      delete accountOf(channel).subscribed
      assert.deepEqual(await check(), [{ code: 'webhook_missing' }])
    })

    it('names the messages that the account, or the app, was taken from', async () => {
      const check = await connect(channel)
      accountOf(channel).subscribed = 'messaging_postbacks'
      assert.deepEqual(await check(), [lacks('messages', true)])
      accountOf(channel).subscribed = 'messages'
      const subscription = app.subscriptions.get(channel === 'facebook' ? 'page' : 'instagram')
      Object.assign(subscription ?? {}, { fields: 'feed' })
      assert.deepEqual(await check(), [lacks('messages', true)])
    })
  })
}

describe("a check of a line of Meta's", () => {
  it("leaves a sibling's address alone, and finds another host's", async () => {
    const check = await connect()
    const subscription = app.subscriptions.get('page')
    assert.ok(subscription)
    subscription.callbackUrl = 'https://hub.example/webhook?hash=of-a-sibling'
    assert.deepEqual(await check(), [])
    subscription.callbackUrl = 'https://rival.example/webhook'
    assert.deepEqual(await check(), [{ code: 'webhook_overwritten', host: 'rival.example' }])
  })

  it('finds a subscription that Meta has given up', async () => {
    const check = await connect()
    Object.assign(app.subscriptions.get('page') ?? {}, { isInactive: true })
    assert.deepEqual(await check(), [{ code: 'webhook_missing' }])
  })

  it('names the permissions that the token lacks', async () => {
    const check = await connect()
    accountOf('facebook').scopes = ['pages_manage_metadata']
    assert.deepEqual(await check(), [lacks('pages_messaging', true)])
    // Without this one the account's subscription can't be asked for.
    accountOf('facebook').scopes = ['pages_messaging']
    assert.deepEqual(await check(), [lacks('pages_manage_metadata', false)])
  })

  it('finds a token that has run out, and a secret that was replaced', async () => {
    const withSecret = await connect('facebook', { appSecret: 'of-yesterday' })
    const [secret] = (await withSecret()) ?? []
    assert.equal(secret?.code, 'token_refused')
    const check = await connect()
    graph.revoke(PAGE.token)
    const [token] = (await check()) ?? []
    assert.equal(token?.code, 'token_refused')
  })

  it('takes the word of debug_token for it', async () => {
    const check = await connect()
    const error = { code: 190, message: `expired: ${PAGE.token}` }
    const body = { data: { is_valid: false, error } }
    graph.fail('debug_token', { status: 200, body })
    assert.deepEqual(await check(), [{ code: 'token_refused', words: 'expired: …' }])
  })

  it('goes on where the app may not ask, and not where Meta is in trouble', async () => {
    const check = await connect()
    for (const ending of ['subscriptions', 'debug_token']) {
      graph.fail(ending, { status: 400, body: graphError(100) })
      assert.deepEqual(await check(), [], ending)
      graph.fail(ending, { status: 500, body: graphError(2) })
      await assert.rejects(check(), (thrown: unknown) => {
        return thrown instanceof DeliveryError && thrown.fault.disposition === 'retry'
      })
    }
  })

  it('finds that the account was taken from the token', async () => {
    const check = await connect()
    graph.fail('subscribed_apps', { status: 400, body: graphError(100, 33) })
    const [finding] = (await check()) ?? []
    assert.equal(finding?.code, 'token_refused')
  })
})

describe('a check of a line of the Instagram login', () => {
  it('asks for the subscription alone, whatever number its app has there', async () => {
    const urls: string[] = []
    const apps = { data: [{ id: 'of-the-login', subscribed_fields: ['messages'] }] }
    const connector = instagram.create({
      http: {
        async request({ url }) {
          urls.push(url)
          return { status: 200, headers: {}, body: JSON.stringify(apps) }
        },
      },
      files: NO_FILES,
      ...NOTHING_KEPT,
      clock: systemClock,
      log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    })
    const more = { apiRoot: 'https://graph.instagram.com' }
    const opened = openChannel('instagram', graph.url, more)
    open.push(opened)
    assert.deepEqual(await connector.check?.(opened.line, sendContext()), [])
    assert.equal(urls.length, 1)
    assert.match(urls[0] ?? '', /^https:\/\/graph\.instagram\.com\/v[\d.]+\/me\/subscribed_apps\?/)
  })
})
