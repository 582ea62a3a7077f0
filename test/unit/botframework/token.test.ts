import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DeliveryError, TransportError } from '../../../src/core/errors.ts'
import { given } from '../../../src/core/given.ts'
import { plainText } from '../../../src/core/rich-text.ts'
import { type Bench, openBench, SECRET } from './kit.ts'

const MINUTE_MS = 60_000

function send(bench: Bench) {
  return bench.connector.send('c', { text: plainText('hi') }, bench.line, bench.call())
}

async function fault(work: Promise<unknown>) {
  const error = await work.then(
    () => assert.fail('nothing was thrown'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof DeliveryError, String(error))
  return error.fault
}

describe('the outbound token', () => {
  it('is asked for with the client credentials', async () => {
    await using bench = await openBench()
    await send(bench)
    assert.deepEqual(Object.fromEntries(bench.fake.tokenRequests[0] ?? []), {
      grant_type: 'client_credentials',
      client_id: bench.fake.appId,
      client_secret: SECRET,
      scope: 'https://api.botframework.com/.default',
    })
    assert.match(bench.requests[0]?.url ?? '', /\/botframework\.com\/oauth2\/v2\.0\/token$/)
  })

  it('is asked for once by sends that come together', async () => {
    await using bench = await openBench()
    await Promise.all([send(bench), send(bench), send(bench), send(bench)])
    assert.equal(bench.fake.counts.token, 1)
    assert.equal(bench.fake.calls.length, 4)
  })

  it('is renewed 5 minutes before it expires', async () => {
    await using bench = await openBench()
    await send(bench)
    bench.clock.advance(55 * MINUTE_MS - 1)
    await send(bench)
    assert.equal(bench.fake.counts.token, 1)
    bench.clock.advance(1)
    await send(bench)
    assert.equal(bench.fake.counts.token, 2)
    assert.equal(bench.fake.calls.at(-1)?.authorization, 'Bearer token-2')
  })

  it('is another one for another secret', async () => {
    await using bench = await openBench()
    await send(bench)
    const settings = { ...bench.line.settings, appSecret: 'rotated' }
    await bench.connector.send(
      'c',
      { text: plainText('hi') },
      { ...bench.line, settings },
      bench.call(),
    )
    assert.equal(bench.fake.counts.token, 2)
  })

  it('that the service forgot is dropped and the call made once more', async () => {
    await using bench = await openBench()
    await send(bench)
    bench.fake.validTokens.clear()
    await send(bench)
    assert.equal(bench.fake.counts.token, 2)
    assert.deepEqual(
      bench.fake.calls.map((call) => call.authorization),
      ['Bearer token-1', 'Bearer token-1', 'Bearer token-2'],
    )
  })

  it('that is refused twice pauses the line, and is not kept', async () => {
    await using bench = await openBench()
    bench.fake.fail('connector', {
      status: 401,
      body: { error: { code: 'BotNotRegistered' } },
      times: 2,
    })
    assert.deepEqual(await fault(send(bench)), {
      disposition: 'pause',
      outcome: 'not-sent',
      channelCode: 'BotNotRegistered',
    })
    assert.equal(bench.fake.calls.length, 2)
    await send(bench)
    assert.equal(bench.fake.counts.token, 3)
  })

  it('of an aborted send still serves the others', async () => {
    await using bench = await openBench()
    const answer = Promise.withResolvers<void>()
    bench.fake.fail('token', { until: answer.promise })
    const stop = new AbortController()
    const first = bench.connector.send('c', { text: plainText('1') }, bench.line, {
      ...bench.call(),
      signal: stop.signal,
    })
    const second = send(bench)
    stop.abort()
    await assert.rejects(first, (error) => {
      assert.ok(error instanceof TransportError)
      assert.equal(error.outcome, 'not-sent')
      return true
    })
    answer.resolve()
    assert.equal((await second).messageIds.length, 1)
    assert.equal(bench.fake.counts.token, 1)
  })

  it('that gets no answer leaves the message certainly not sent', async () => {
    await using bench = await openBench()
    bench.fake.fail('token', { reset: true })
    await assert.rejects(send(bench), (error) => {
      assert.ok(error instanceof TransportError)
      assert.equal(error.outcome, 'not-sent')
      return true
    })
  })
})

describe('a refusal of the token service', () => {
  const rows: readonly [code: number, field: string | undefined][] = [
    [7000215, 'appSecret'],
    [7000222, 'appSecret'],
    [700016, 'appId'],
    [7000229, 'tenantId'],
    [90002, 'tenantId'],
    [50034, undefined],
  ]
  for (const [code, field] of rows) {
    it(`AADSTS${code} pauses the line and is told by testConnect`, async () => {
      await using bench = await openBench()
      bench.fake.refuseToken(code, { status: code === 7000229 ? 401 : 400, times: 2 })
      assert.deepEqual(await fault(send(bench)), {
        disposition: 'pause',
        outcome: 'not-sent',
        channelCode: `AADSTS${code}`,
        ...given({ field }),
      })
      const report = await bench.connector.testConnect(bench.line, bench.call())
      assert.ok(!report.ok)
      assert.equal(report.error.code, 'HUB_CHANNEL_REFUSED')
      assert.equal(report.error.field, field)
    })
  }

  it('that is a failure of its own is retried', async () => {
    await using bench = await openBench()
    bench.fake.fail('token', { status: 503, headers: { 'retry-after': '7' }, times: 2 })
    assert.deepEqual(await fault(send(bench)), {
      disposition: 'retry',
      outcome: 'not-sent',
      channelCode: '503',
      scope: 'line',
      retryAfterMs: 7000,
    })
    const report = await bench.connector.testConnect(bench.line, bench.call())
    assert.ok(!report.ok)
    assert.equal(report.error.code, 'HUB_CHANNEL_UNREACHABLE')
  })

  it('never shows the secret', async () => {
    await using bench = await openBench()
    const words = `AADSTS1: no app with secret ${SECRET}`
    bench.fake.fail('token', { status: 400, body: { error: 'x', error_description: words } })
    const report = await bench.connector.testConnect(bench.line, bench.call())
    assert.ok(!JSON.stringify(report).includes(SECRET))
    assert.ok(!bench.logged.join().includes(SECRET))
  })
})

describe('testConnect', () => {
  it('gives the app id in lower case as the identity', async () => {
    await using bench = await openBench('botframework.msteams', { botHandle: 'desk' })
    const settings = { ...bench.line.settings, appId: 'ABC' }
    assert.deepEqual(await bench.connector.testConnect({ ...bench.line, settings }, bench.call()), {
      ok: true,
      identity: 'abc',
      name: 'desk',
    })
    assert.equal(bench.fake.counts.metadata, 1)
  })

  it('asks for a fresh token each time', async () => {
    await using bench = await openBench()
    await bench.connector.testConnect(bench.line, bench.call())
    bench.fake.refuseToken(7000222)
    const report = await bench.connector.testConnect(bench.line, bench.call())
    assert.equal(report.ok, false)
  })

  it('says that the service cannot be reached when its metadata cannot be had', async () => {
    await using bench = await openBench()
    bench.fake.fail('metadata', { status: 404 })
    const report = await bench.connector.testConnect(bench.line, bench.call())
    const message = 'no answer from the other side (HUB_BAD_METADATA)'
    assert.deepEqual(report, { ok: false, error: { code: 'HUB_CHANNEL_UNREACHABLE', message } })
  })
})
