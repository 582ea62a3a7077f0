import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { createHub } from '../../src/client/hub.ts'
import { sign } from '../../src/client/signature.ts'
import { given } from '../../src/core/given.ts'
import { makePortalSecret } from '../../src/lines/portal-secrets.ts'
import { addTestPortal, startTestHub, type TestHub, type TestPortal } from '../helpers/hub.ts'
import { createManualClock } from '../helpers/manual-clock.ts'
import { failureOf, postRpc, type RpcCaller, type RpcReply, toCall } from '../helpers/rpc.ts'
import { type OpenStore, testStores } from '../helpers/stores.ts'
import { BOT_ID, connectTelegram, startTelegramWithBot } from '../helpers/telegram-line.ts'

const HOUR_MS = 3_600_000
const PING = toCall('ping')
const [sqlite] = testStores()

function callerOf(hub: TestHub, portal: TestPortal): RpcCaller {
  return { url: hub.url, portal: portal.id, secret: portal.secret }
}

describe('a call that cannot be shown to be genuine', () => {
  const clock = createManualClock()
  let database: OpenStore
  let hub: TestHub
  let portal: TestPortal
  let caller: RpcCaller
  let usual: string

  before(async () => {
    assert.ok(sqlite)
    database = await sqlite.open()
    hub = await startTestHub({ databaseUrl: database.databaseUrl, clock })
    portal = await addTestPortal(hub)
    caller = callerOf(hub, portal)
    const unsigned = { 'webhook-signature': undefined }
    usual = (await post(PING, { headers: unsigned })).text
  })
  after(async () => {
    await hub.stop()
    await portal[Symbol.asyncDispose]()
    await database.dispose()
  })

  const seconds = (age = 0): number => Math.floor(clock.now() / 1000) - age

  function post(payload: object | string, options: Parameters<typeof postRpc>[2] = {}) {
    return postRpc(caller, payload, { timestamp: seconds(), ...options })
  }

  function assertRefused(reply: RpcReply): void {
    assert.equal(reply.status, 401, reply.text)
    const { error, ...rest } = reply.body as { error: { code: number; data: unknown } }
    assert.deepEqual(rest, { jsonrpc: '2.0', id: null })
    assert.equal(error.code, -32000)
    assert.deepEqual(error.data, { code: 'HUB_BAD_SIGNATURE' })
    assert.match(reply.headers['content-type'] ?? '', /^application\/json/)
    // Nobody may learn from the answer what was wrong.
    assert.equal(reply.text, usual)
  }

  async function assertTaken(reply: RpcReply | Promise<RpcReply>): Promise<void> {
    const { status, body, text } = await reply
    assert.equal(status, 200, text)
    assert.equal((body as { result: { portal: string } }).result.portal, portal.id)
  }

  it('because one byte of the signature, of the body, of the id or the timestamp differs', async () => {
    const body = JSON.stringify(PING)
    const id = 'req_one-byte'
    const good = sign({ id, timestamp: seconds(), body, secret: portal.secret })
    const digest = Buffer.from(good.slice(3), 'base64')
    digest[31] = (digest[31] ?? 0) ^ 1
    const flipped = `v1,${digest.toString('base64')}`
    const bad: [payload: string, headers: Record<string, string>][] = [
      [body, { 'webhook-signature': flipped }],
      [`${body} `, { 'webhook-signature': good }],
      [body, { 'webhook-signature': good, 'webhook-id': 'req_one-bytf' }],
      [body, { 'webhook-signature': good, 'webhook-timestamp': String(seconds(1)) }],
      [body, { 'webhook-signature': good.replace('v1,', 'v2,') }],
    ]
    for (const [payload, headers] of bad) assertRefused(await post(payload, { id, headers }))
    // None of them has used the id up.
    await assertTaken(post(body, { id, headers: { 'webhook-signature': good } }))
  })

  for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature']) {
    it(`without ${name}`, async () => {
      assertRefused(await post(PING, { headers: { [name]: undefined } }))
      assertRefused(await post(PING, { headers: { [name]: '' } }))
    })
  }

  it('because its timestamp is 301 s off; 300 s are taken, either way', async () => {
    for (const age of [301, -301, 86_400]) {
      assertRefused(await post(PING, { timestamp: seconds(age) }))
    }
    for (const age of [300, 299, -299, -300]) {
      await assertTaken(post(PING, { timestamp: seconds(age) }))
    }
  })

  it('because its timestamp is no number of seconds', async () => {
    for (const timestamp of [clock.now(), seconds() + 0.5, Number.NaN]) {
      assertRefused(await post(PING, { timestamp }))
    }
  })

  it('because its id was used before', async () => {
    const id = 'req_replayed'
    await assertTaken(post(PING, { id }))
    assertRefused(await post(PING, { id }))
    assertRefused(await post(toCall('listLines'), { id }))
    clock.jump(290_000)
    assertRefused(await post(PING, { id, timestamp: seconds(290) }))
  })

  it('twice at once: exactly one is done', async () => {
    const copies = Array.from({ length: 8 }, () => post(PING, { id: 'req_at-once' }))
    const replies = await Promise.all(copies)
    assert.equal(replies.filter(({ status }) => status === 200).length, 1)
    for (const reply of replies.filter(({ status }) => status !== 200)) assertRefused(reply)
  })

  for (const id of ['pkt_01234567890', 'short_7', 'x'.repeat(65)]) {
    it(`because its id is ${id.slice(0, 15)} of ${id.length} characters`, async () => {
      assertRefused(await post(PING, { id }))
    })
  }

  it('while ids of 8 and 64 characters are taken', async () => {
    await assertTaken(post(PING, { id: 'eight__8' }))
    await assertTaken(post(PING, { id: 'y'.repeat(64) }))
  })

  it('because nobody knows the portal, or the secret is of another one', async () => {
    await using other = await addTestPortal(hub)
    const { url } = hub
    const { secret } = other
    const timestamp = seconds()
    const portals = ['prt_00000000000000000000', other.id.toUpperCase(), "'", '%00', other.id]
    for (const id of portals) {
      const stranger = { url, portal: encodeURIComponent(id), secret: makePortalSecret() }
      assertRefused(await postRpc(stranger, PING, { timestamp }))
    }
    assertRefused(await postRpc({ ...caller, secret }, PING, { timestamp }))
    assertRefused(
      await postRpc({ url, portal: other.id, secret: caller.secret }, PING, { timestamp }),
    )
    // An id belongs to one portal: another may use the same.
    await assertTaken(post(PING, { id: 'req_common' }))
    const own = { url, portal: other.id, secret }
    assert.equal((await postRpc(own, PING, { timestamp, id: 'req_common' })).status, 200)
  })

  it('because it is a packet that came from the hub', async () => {
    await using telegram = await startTelegramWithBot()
    assert.ok((await connectTelegram(portal, telegram)).ok)
    const packet = portal.server.packets[0]
    assert.ok(packet)
    const headers = Object.fromEntries(
      Object.entries(packet.headers).filter(([name]) => name.startsWith('webhook-')),
    ) as Record<string, string>
    assertRefused(await post(packet.raw.toString(), { headers }))
  })
})

describe('JSON-RPC', () => {
  let database: OpenStore
  let hub: TestHub
  let portal: TestPortal
  let caller: RpcCaller

  before(async () => {
    assert.ok(sqlite)
    database = await sqlite.open()
    hub = await startTestHub({ databaseUrl: database.databaseUrl })
    portal = await addTestPortal(hub)
    caller = callerOf(hub, portal)
  })
  after(async () => {
    await hub.stop()
    await portal[Symbol.asyncDispose]()
    await database.dispose()
  })

  interface Answer {
    readonly id: unknown
    readonly result?: unknown
    readonly error?: { readonly code: number; readonly data?: { fields?: { field: string }[] } }
  }

  async function answerTo(payload: object | string): Promise<Answer> {
    const reply = await postRpc(caller, payload)
    assert.equal(reply.status, 200, reply.text)
    return reply.body as Answer
  }

  for (const text of ['', '{', 'hello', '{"jsonrpc":"2.0",}']) {
    it(`${JSON.stringify(text)} is a parse error`, async () => {
      const { id, error } = await answerTo(text)
      assert.deepEqual([id, error?.code], [null, -32700])
    })
  }

  const invalid: [payload: object | string, id: unknown][] = [
    ['1', null],
    ['null', null],
    [{}, null],
    [{ jsonrpc: '1.0', id: 5, method: 'ping' }, 5],
    [{ id: 5, method: 'ping' }, 5],
    [{ jsonrpc: '2.0', id: 5 }, 5],
    [{ jsonrpc: '2.0', id: 5, method: 1 }, 5],
    [{ jsonrpc: '2.0', id: {}, method: 'ping' }, null],
    [{ jsonrpc: '2.0', id: [1], method: 'ping' }, null],
  ]
  for (const [payload, id] of invalid) {
    it(`${JSON.stringify(payload)} is an invalid request`, async () => {
      const answer = await answerTo(payload)
      assert.deepEqual([answer.id, answer.error?.code], [id, -32600])
    })
  }

  for (const name of [
    'nothing',
    'Ping',
    '',
    'constructor',
    '__proto__',
    'toString',
    'x'.repeat(999),
  ]) {
    it(`there is no method ${JSON.stringify(name.slice(0, 20))}`, async () => {
      const { id, error } = await answerTo(toCall(name, {}, 'my-id'))
      assert.deepEqual([id, error?.code], ['my-id', -32601])
    })
  }

  for (const params of [[], ['telegram', '12'], 'x', 1, null]) {
    it(`params ${JSON.stringify(params)} are no named params`, async () => {
      const { error } = await answerTo({ ...toCall('getStatus'), params })
      assert.equal(error?.code, -32602)
    })
  }

  it('bad params are told all at once', async () => {
    const params = {
      connector: 5,
      line: 'a b',
      chat: {},
      message: { text: 5, colour: 'red' },
      x: 1,
    }
    const { error } = await answerTo(toCall('sendMessage', params))
    assert.equal(error?.code, -32602)
    const fields = error?.data?.fields?.map(({ field }) => field).sort()
    assert.deepEqual(fields, [
      'chat.id',
      'connector',
      'line',
      'message.colour',
      'message.text',
      'x',
    ])
  })

  it('a batch is done in order and answered in order, whatever fails between', async () => {
    const batch = [
      toCall('saveSettings', line({ token: '1:a', apiRoot: 'http://127.0.0.1:9' }), 'a'),
      toCall('nothing', {}, 'b'),
      1,
      toCall('getSettings', line(), 'c'),
      toCall('disconnect', line(), 'd'),
      toCall('getStatus', line(), 'e'),
    ]
    const answers = (await answerTo(batch)) as unknown as Answer[]
    assert.deepEqual(
      answers.map(({ id, error }) => [id, error?.code]),
      [
        ['a', undefined],
        ['b', -32601],
        [null, -32600],
        ['c', undefined],
        ['d', undefined],
        ['e', undefined],
      ],
    )
    const last = answers[5]?.result as { status: string } | undefined
    assert.equal(last?.status, 'disconnected')
  })

  function line(settings?: object): object {
    return { connector: 'telegram', line: 'batch', ...given({ settings }) }
  }

  it('a batch holds 1 to 50 calls', async () => {
    const calls = Array.from({ length: 51 }, (_, index) => toCall('ping', {}, index))
    const answers = (await answerTo(calls.slice(0, 50))) as unknown as Answer[]
    assert.deepEqual(
      answers.map(({ id }) => id),
      Array.from({ length: 50 }, (_, index) => index),
    )
    for (const payload of [calls, []]) {
      const { id, error } = await answerTo(payload)
      assert.deepEqual([id, error?.code], [null, -32600])
    }
  })

  it('a notification is done and has no answer', async () => {
    const params = { connector: 'telegram', line: 'note', settings: { token: '2:b' } }
    const { id: _, ...notification } = { ...toCall('saveSettings', params), id: 1 }
    for (const payload of [notification, [notification, notification]]) {
      const reply = await postRpc(caller, payload)
      assert.deepEqual([reply.status, reply.text], [204, ''])
    }
    const lines = await portal.hub.listLines<{ line: string }[]>()
    assert.ok(lines.some(({ line: name }) => name === 'note'))
    const mixed = (await answerTo([notification, PING])) as unknown as Answer[]
    assert.equal(mixed.length, 1)
  })

  it('an id of null is answered with null', async () => {
    const answer = await answerTo({ jsonrpc: '2.0', id: null, method: 'ping' })
    assert.equal(answer.id, null)
    assert.ok(answer.result)
  })

  it('a body over 1 MiB gets 413, before its signature matters', async () => {
    const reply = await postRpc(caller, ' '.repeat(1024 * 1024 + 1))
    assert.equal(reply.status, 413, reply.text)
  })
})

it('over the rate of its portal a call gets 429 with Retry-After, other portals are not held up', async () => {
  assert.ok(sqlite)
  await using database = await sqlite.open()
  const clock = createManualClock()
  const env = { HUB_RPC_RATE: '2' }
  await using hub = await startTestHub({ databaseUrl: database.databaseUrl, clock, env })
  await using busy = await addTestPortal(hub)
  await using quiet = await addTestPortal(hub)
  const ping = (portal: TestPortal) => {
    const timestamp = Math.floor(clock.now() / 1000)
    return postRpc(callerOf(hub, portal), PING, { timestamp })
  }
  const statuses = [await ping(busy), await ping(busy)].map(({ status }) => status)
  assert.deepEqual(statuses, [200, 200])
  const refused = await ping(busy)
  assert.equal(refused.status, 429)
  const { id, error } = refused.body as { id: null; error: { data: { code: string } } }
  assert.deepEqual([id, error.data.code], [null, 'HUB_LIMIT'])
  assert.equal((await ping(quiet)).status, 200)
  const waitSeconds = Number(refused.headers['retry-after'])
  assert.ok(waitSeconds >= 1)
  clock.jump(waitSeconds * 1000)
  assert.equal((await ping(busy)).status, 200)
})

for (const store of testStores()) {
  describe(`rotateSecret on ${store.name}`, () => {
    it('both secrets work and sign for 24 h, then only the new one', async () => {
      await using database = await store.open()
      await using telegram = await startTelegramWithBot()
      const clock = createManualClock(Date.now())
      const { databaseUrl } = database
      await using hub = await startTestHub({ databaseUrl, clock })
      await using portal = await addTestPortal(hub)
      assert.ok((await connectTelegram(portal, telegram)).ok)
      const rotated = await portal.hub.rotateSecret<{ secret: string; oldValidUntil: string }>()
      assert.match(rotated.secret, /^whsec_[A-Za-z0-9+/]{43}=$/)
      assert.equal(Date.parse(rotated.oldValidUntil), clock.now() + 24 * HOUR_MS)
      await telegram.personWrites({ botId: BOT_ID, chatId: 5, text: 'hi' })
      const [packet] = await portal.server.waitForPackets(1, 'events')
      assert.ok(packet)
      const headers = packet.headers as Record<string, string>
      assert.equal(headers['webhook-signature']?.split(' ').length, 2)
      for (const secret of [portal.secret, rotated.secret]) {
        assert.ok(new Webhook(secret).verify(packet.raw, headers))
      }
      assert.throws(() => new Webhook(makePortalSecret()).verify(packet.raw, headers))
      const [old, fresh] = [portal.secret, rotated.secret].map((secret) =>
        createHub<'ping'>({ url: hub.url, portal: portal.id, secret, now: clock.now }),
      )
      assert.ok(old && fresh)
      clock.jump(24 * HOUR_MS - 1000)
      await Promise.all([old.ping(), fresh.ping()])
      // Each process keeps a portal in memory for up to 5 s.
      clock.jump(6001)
      await fresh.ping()
      const failure = await failureOf(old.ping())
      assert.deepEqual([failure.status, failure.hubCode], [401, 'HUB_BAD_SIGNATURE'])
    })
  })
}
