import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { connectors } from '#connectors'
import { given } from '../../src/core/given.ts'
import type { FakeTelegram } from '../fakes/telegram.ts'
import { shaking } from '../helpers/handshake-connector.ts'
import { type HttpAnswer, send } from '../helpers/http.ts'
import { addTestPortal, startTestHub, type TestHub, type TestPortal } from '../helpers/hub.ts'
import { createManualClock } from '../helpers/manual-clock.ts'
import { startMariaDb } from '../helpers/mariadb.ts'
import { type OpenStore, testStores } from '../helpers/stores.ts'
import {
  BOT_ID,
  BOT_TOKEN,
  connectTelegram,
  type StatusShape,
  startTelegramWithBot,
} from '../helpers/telegram-line.ts'

const MIB = 1024 * 1024
const SECRET_HEADER = 'x-telegram-bot-api-secret-token'
const JSON_TYPE = { 'content-type': 'application/json' }
const LINE = { connector: 'telegram', line: '12' }

function update(id: number, text = 'hello'): string {
  const chat = { id: 55, type: 'private', first_name: 'Ann' }
  const from = { id: 55, is_bot: false, first_name: 'Ann' }
  const message = { message_id: id, date: 1_767_225_600, chat, from, text }
  return JSON.stringify({ update_id: id, message })
}

/** The one shape of every refusal, and nothing of the hub's inside in it. */
function assertRefused(answer: HttpAnswer, status: number, code: string): void {
  assert.equal(answer.status, status, answer.body)
  assert.match(answer.headers['content-type'] ?? '', /^application\/json/)
  const body = JSON.parse(answer.body)
  assert.deepEqual(Object.keys(body), ['error'])
  assert.deepEqual(Object.keys(body.error).sort(), ['code', 'message'])
  assert.equal(body.error.code, code)
  assert.ok(typeof body.error.message === 'string' && body.error.message !== '')
  assert.doesNotMatch(answer.body, /node_modules|at \w+ \(|SELECT|INSERT/)
}

interface Bench extends AsyncDisposable {
  readonly telegram: FakeTelegram
  readonly hub: TestHub
  readonly portal: TestPortal
  readonly url: string
  readonly secret: string
  post(body: string | Buffer, more?: Parameters<typeof send>[1]): Promise<HttpAnswer>
  /** Events that have reached the portal once everything sent so far is there. */
  texts(): Promise<unknown[]>
  status(): Promise<StatusShape>
}

async function open(
  database: OpenStore,
  options: Partial<Parameters<typeof startTestHub>[0]> = {},
): Promise<Bench> {
  const telegram = await startTelegramWithBot()
  const hub = await startTestHub({ databaseUrl: database.databaseUrl, ...options })
  const portal = await addTestPortal(hub)
  const tested = await connectTelegram(portal, telegram)
  assert.equal(tested.ok, true, JSON.stringify(tested))
  const url = tested.status.webhookUrl
  const secret = telegram.bot(BOT_ID).webhook?.secretToken ?? ''
  const post: Bench['post'] = (body, more = {}) =>
    send(url, { body, ...more, headers: more.headers ?? { ...JSON_TYPE, [SECRET_HEADER]: secret } })
  let barriers = 900_000
  return {
    telegram,
    hub,
    portal,
    url,
    secret,
    post,
    async texts() {
      const barrier = `barrier ${++barriers}`
      assert.equal((await post(update(barriers, barrier))).status, 200)
      const textOf = (event: object) => (event as { message?: { text?: string } }).message?.text
      for (let count = 1; ; count++) {
        const texts = (await portal.server.waitForEvents(count)).map(textOf)
        const end = texts.indexOf(barrier)
        if (end >= 0) return texts.slice(0, end).filter((text) => !text?.startsWith('barrier'))
      }
    },
    status: () => portal.hub.getStatus<StatusShape>(LINE),
    async [Symbol.asyncDispose]() {
      await hub.stop()
      await portal[Symbol.asyncDispose]()
      await telegram[Symbol.asyncDispose]()
    },
  }
}

const [sqlite] = testStores()

describe('the webhook refuses', () => {
  let database: OpenStore
  let bench: Bench

  before(async () => {
    assert.ok(sqlite)
    database = await sqlite.open()
    bench = await open(database)
  })
  after(async () => {
    await bench[Symbol.asyncDispose]()
    await database.dispose()
  })

  const hash = '0123456789abcdef0123456789abcdef'
  const queries: [name: string, query: string][] = [
    ['a hash that no line has', `?hash=${hash}`],
    ['a hash that is too short', '?hash=abc'],
    ['a hash that is too long', `?hash=${hash}0`],
    ['a hash in capitals', `?hash=${hash.toUpperCase()}`],
    ['a hash with a quote', `?hash=${encodeURIComponent("' OR 1=1 -- ")}`],
    ['an empty hash', '?hash='],
    ['no hash', ''],
  ]
  for (const [name, query] of queries) {
    it(`${name} with 404, whatever the method's body`, async () => {
      const url = `${bench.hub.url}/webhook${query}`
      const posted = await send(url, { body: update(1), headers: JSON_TYPE })
      assertRefused(posted, 404, 'HUB_UNKNOWN_LINE')
      assertRefused(await send(url, { method: 'GET' }), 404, 'HUB_UNKNOWN_LINE')
    })
  }

  for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
    it(`${method} with 405 and the methods it takes`, async () => {
      const answer = await bench.post(update(1), { method })
      assertRefused(answer, 405, 'HUB_METHOD_NOT_ALLOWED')
      assert.equal(answer.headers.allow, 'GET, POST')
    })
  }

  it('a GET that is no handshake with 405', async () => {
    const answer = await send(`${bench.url}&hub.challenge=1`, { method: 'GET' })
    assertRefused(answer, 405, 'HUB_METHOD_NOT_ALLOWED')
    assert.ok(answer.headers.allow)
  })

  const bodies: [name: string, body: string][] = [
    ['nothing', ''],
    ['text', 'hello'],
    ['half of an object', '{"update_id":'],
    ['an empty object', '{}'],
    ['a list', '[]'],
    ['null', 'null'],
    ['an update without a number', '{"message":{"text":"x"}}'],
  ]
  for (const [name, body] of bodies) {
    it(`${name} with 400`, async () => {
      assertRefused(await bench.post(body), 400, 'HUB_BAD_UPDATE')
    })
  }

  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', '']) {
    it(`the content type ${type || 'that is missing'} with 415`, async () => {
      const headers = { [SECRET_HEADER]: bench.secret, ...given({ 'content-type': type }) }
      const answer = await bench.post(update(1), { headers })
      assertRefused(answer, 415, 'HUB_UNSUPPORTED_MEDIA_TYPE')
    })
  }

  for (const isChunked of [false, true]) {
    const framing = isChunked ? 'in chunks' : 'with its length'
    it(`a body over 1 MiB ${framing} with 413, one of 1 MiB is taken`, async () => {
      const id = isChunked ? 31 : 30
      const fits = Buffer.alloc(MIB, ' ')
      fits.write(update(id, `fits ${framing}`))
      const taken = await bench.post(fits, { isChunked })
      assert.equal(taken.status, 200, taken.body)
      const tooLarge = await bench.post(Buffer.concat([fits, Buffer.from(' ')]), { isChunked })
      assertRefused(tooLarge, 413, 'HUB_TOO_LARGE')
      const huge = await bench.post(Buffer.alloc(3 * MIB, ' '), { isChunked })
      assertRefused(huge, 413, 'HUB_TOO_LARGE')
      assert.ok((await bench.texts()).includes(`fits ${framing}`))
    })
  }

  it('a missing or wrong secret with 401, and stores nothing of it', async () => {
    const wrong = [
      {},
      { [SECRET_HEADER]: '' },
      { [SECRET_HEADER]: `${bench.secret}x` },
      { [SECRET_HEADER]: bench.secret.slice(1) },
      { [SECRET_HEADER]: `${bench.secret}, ${bench.secret}` },
    ]
    for (const headers of wrong) {
      const answer = await bench.post(update(40, 'forged'), {
        headers: { ...JSON_TYPE, ...headers },
      })
      assertRefused(answer, 401, 'HUB_BAD_SIGNATURE')
    }
    assert.equal((await bench.status()).queue.depth, 0)
    // The genuine update of the same number is not taken for a repetition of the forged one.
    assert.equal((await bench.post(update(40, 'genuine'))).status, 200)
    const texts = await bench.texts()
    assert.ok(texts.includes('genuine') && !texts.includes('forged'))
  })

  it('a forged body before it is read: 401 also when it is no JSON', async () => {
    assertRefused(await bench.post('{', { headers: JSON_TYPE }), 401, 'HUB_BAD_SIGNATURE')
  })

  for (const fixture of ['message-own-echo', 'message-reaction-unchanged']) {
    it(`nothing of what holds no news (${fixture}): 200, nothing queued`, async () => {
      const file = new URL(`../fixtures/telegram/${fixture}.json`, import.meta.url)
      const golden = JSON.parse(readFileSync(file, 'utf8'))
      assert.deepEqual(golden.events, [])
      const seen = (await bench.texts()).length
      // The fixtures' own bot is another one: its echo names this line's.
      const own = JSON.stringify(golden.update).replaceAll('123456', String(BOT_ID))
      assert.equal((await bench.post(own)).status, 200)
      assert.equal((await bench.texts()).length, seen)
    })
  }
})

describe('a line that is not connected answers 409', () => {
  it('while it is saved but untested, and after an edit of its credentials', async () => {
    assert.ok(sqlite)
    await using database = await sqlite.open()
    await using bench = await open(database)
    const settings = { token: BOT_TOKEN, apiRoot: bench.telegram.url }
    const address = { connector: 'telegram', line: 'new' }
    const saved = await bench.portal.hub.saveSettings<StatusShape>({ ...address, settings })
    assert.equal(saved.status, 'saved')
    const answer = await send(saved.webhookUrl, { body: update(1), headers: JSON_TYPE })
    assertRefused(answer, 409, 'HUB_LINE_NOT_CONNECTED')
    const other = { ...settings, token: `${BOT_ID}:another-token` }
    await bench.portal.hub.saveSettings({ ...LINE, settings: other })
    assertRefused(await bench.post(update(2)), 409, 'HUB_LINE_NOT_CONNECTED')
    assert.equal((await bench.status()).queue.depth, 0)
  })

  it('when it was displaced, and when it was disconnected', async () => {
    assert.ok(sqlite)
    await using database = await sqlite.open()
    await using bench = await open(database)
    assert.equal((await bench.post(update(1))).status, 200)
    const winner = await connectTelegram(bench.portal, bench.telegram, 'winner')
    assert.equal(winner.displaced, true)
    assertRefused(await bench.post(update(2)), 409, 'HUB_LINE_NOT_CONNECTED')
    const secret = bench.telegram.bot(BOT_ID).webhook?.secretToken ?? ''
    const url = winner.status.webhookUrl
    const headers = { ...JSON_TYPE, [SECRET_HEADER]: secret }
    assert.equal((await send(url, { body: update(3), headers })).status, 200)
    await bench.portal.hub.disconnect({ connector: 'telegram', line: 'winner' })
    const answer = await send(url, { body: update(4), headers })
    assertRefused(answer, 409, 'HUB_LINE_NOT_CONNECTED')
  })

  it('but still answers its channel in a handshake', async () => {
    assert.ok(sqlite)
    await using database = await sqlite.open()
    await using bench = await open(database, { connectors: [...connectors, shaking] })
    const address = { connector: 'shaking', line: '1' }
    const settings = { token: BOT_TOKEN, apiRoot: bench.telegram.url }
    const { webhookUrl } = await bench.portal.hub.saveSettings<StatusShape>({
      ...address,
      settings,
    })
    const shake = () => send(`${webhookUrl}&hub.challenge=abc`, { method: 'GET' })
    const answered = [await shake()]
    await bench.portal.hub.testConnect(address)
    answered.push(await shake())
    await bench.portal.hub.disconnect(address)
    answered.push(await shake())
    assert.deepEqual(
      answered.map(({ status, body }) => `${status} ${body}`),
      ['200 abc', '200 abc', '200 abc'],
    )
    const wrong = await send(webhookUrl, { method: 'GET' })
    assertRefused(wrong, 405, 'HUB_METHOD_NOT_ALLOWED')
  })
})

it('over the rate of its line an update gets 429 with Retry-After until time has passed', async () => {
  assert.ok(sqlite)
  await using database = await sqlite.open()
  const clock = createManualClock()
  await using bench = await open(database, { clock, env: { HUB_LINE_RATE: '2' } })
  const statuses = [await bench.post(update(1)), await bench.post(update(2))].map((a) => a.status)
  assert.deepEqual(statuses, [200, 200])
  const refused = await bench.post(update(3))
  assertRefused(refused, 429, 'HUB_LIMIT')
  const seconds = Number(refused.headers['retry-after'])
  assert.ok(seconds >= 1 && seconds <= 2, String(seconds))
  clock.jump(seconds * 1000)
  assert.equal((await bench.post(update(3))).status, 200)
})

it('while the store is away an update gets 503 with Retry-After, and is taken when it is back', async () => {
  await using server = await startMariaDb()
  const databaseUrl = await server.createDatabase()
  const database = { databaseUrl, dispose: noop, [Symbol.asyncDispose]: noop }
  await using bench = await open(database)
  await server.kill()
  const refused = await bench.post(update(1, 'first'))
  assertRefused(refused, 503, 'HUB_STORE_UNAVAILABLE')
  assert.match(refused.headers['retry-after'] ?? '', /^\d+$/)
  await server.restart()
  assert.equal((await bench.post(update(1, 'first'))).status, 200)
  await bench.portal.server.waitForEvents(1, 15_000)
  assert.deepEqual(await bench.texts(), ['first'])
})

function noop(): Promise<void> {
  return Promise.resolve()
}

for (const store of testStores()) {
  describe(`an update that comes again, on ${store.name}`, () => {
    it('gives its event once, also when the first copy was delivered long ago', async () => {
      await using database = await store.open()
      await using bench = await open(database)
      assert.equal((await bench.post(update(1, 'one'))).status, 200)
      await bench.portal.server.waitForEvents(1)
      assert.equal((await bench.post(update(1, 'one'))).status, 200)
      assert.deepEqual(await bench.texts(), ['one'])
      await bench.hub.restart()
      const url = bench.url.replace(/^http:\/\/[^/]+/, bench.hub.url)
      const headers = { ...JSON_TYPE, [SECRET_HEADER]: bench.secret }
      const again = await send(url, { body: update(1, 'one'), headers })
      assert.equal(again.status, 200)
      await send(url, { body: update(9, 'last'), headers })
      const events = await bench.portal.server.waitForEvents(3)
      assert.deepEqual(
        events.map(({ message }) => message?.text?.replace(/ \d+$/, '')),
        ['one', 'barrier', 'last'],
      )
    })

    it('twenty times at once gives its event once, and every copy its 200', async () => {
      await using database = await store.open()
      await using bench = await open(database)
      const copies = Array.from({ length: 20 }, () => bench.post(update(7, 'copy')))
      const statuses = new Set((await Promise.all(copies)).map(({ status }) => status))
      assert.deepEqual([...statuses], [200])
      assert.deepEqual(await bench.texts(), ['copy'])
    })

    it('at two hub processes at once gives its event once', async () => {
      await using database = await store.open()
      await using bench = await open(database)
      await using other = await startTestHub({ databaseUrl: database.databaseUrl })
      const url = bench.url.replace(/^http:\/\/[^/]+/, other.url)
      const headers = { ...JSON_TYPE, [SECRET_HEADER]: bench.secret }
      const copies = Array.from({ length: 10 }, () => [
        bench.post(update(8, 'copy')),
        send(url, { body: update(8, 'copy'), headers }),
      ])
      const answers = await Promise.all(copies.flat())
      assert.ok(answers.every(({ status }) => status === 200))
      assert.deepEqual(await bench.texts(), ['copy'])
    })
  })
}
