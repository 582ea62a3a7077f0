import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BadUpdateError, TransportError } from '../../../src/core/errors.ts'
import type { TokenOptions } from '../../fakes/botframework-keys.ts'
import { makeKey } from '../../fakes/botframework-keys.ts'
import { APP_ID, type Bench, message, openBench, START, toRawRequest } from './kit.ts'

const SECONDS = Math.floor(START / 1000)
const HOUR_MS = 60 * 60 * 1000

async function verify(bench: Bench, options: TokenOptions = {}, more: object = {}) {
  const activity = message(bench.fake.serviceUrl, more)
  const authorization = await bench.fake.sign(activity, options)
  const request = toRawRequest(JSON.stringify(activity), authorization)
  return bench.connector.verify(request, bench.line)
}

describe('an inbound activity is taken', () => {
  it('with a genuine token, whatever the case of the audience', async () => {
    await using bench = await openBench()
    assert.deepEqual(await verify(bench), { ok: true })
    assert.deepEqual(await verify(bench, { claims: { aud: bench.fake.appId.toUpperCase() } }), {
      ok: true,
    })
  })

  for (const alg of ['RS384', 'RS512'] as const) {
    it(`signed with ${alg}`, async () => {
      await using bench = await openBench()
      assert.deepEqual(await verify(bench, { alg }), { ok: true })
    })
  }

  it('within 300 s of clock skew', async () => {
    await using bench = await openBench()
    assert.deepEqual(await verify(bench, { claims: { exp: SECONDS - 299 } }), { ok: true })
    assert.deepEqual(await verify(bench, { claims: { nbf: SECONDS + 299 } }), { ok: true })
  })
})

describe('an inbound activity is refused', () => {
  const forgeries: Readonly<Record<string, [reason: string, TokenOptions, object?]>> = {
    'when its token has expired': ['ERR_JWT_EXPIRED', { claims: { exp: SECONDS - 301 } }],
    'when its token never expires': [
      'ERR_JWT_CLAIM_VALIDATION_FAILED',
      { claims: { exp: undefined } },
    ],
    'when its token is not yet valid': [
      'ERR_JWT_CLAIM_VALIDATION_FAILED',
      { claims: { nbf: SECONDS + 301 } },
    ],
    'when its token is for another app': ['token for another app', { claims: { aud: 'other' } }],
    ...Object.fromEntries(
      [
        [],
        ['other', 7],
        [[APP_ID]],
        7,
        0,
        true,
        null,
        {},
        { toLowerCase: 'x' },
        [null],
        [APP_ID],
        '',
      ].map((aud) => [
        `when its audience is ${JSON.stringify(aud)}`,
        ['token for another app', { claims: { aud } }] as [string, TokenOptions],
      ]),
    ),
    'when its token has no audience': [
      'ERR_JWT_CLAIM_VALIDATION_FAILED',
      { claims: { aud: undefined } },
    ],
    'when its token is from another issuer': [
      'ERR_JWT_CLAIM_VALIDATION_FAILED',
      { claims: { iss: 'https://api.botframework.us' } },
    ],
    'when its token is an emulator one': [
      'ERR_JWT_CLAIM_VALIDATION_FAILED',
      { claims: { iss: 'https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/' } },
    ],
    "when the token's service address is another": [
      "service address isn't the token's",
      { claims: { serviceurl: 'https://smba.trafficmanager.net/emea/' } },
    ],
    'when the token names no service address': [
      "service address isn't the token's",
      { claims: { serviceurl: undefined } },
    ],
    'when the key does not endorse its channel': [
      'channel not endorsed by the signing key',
      {},
      { channelId: 'emulator' },
    ],
    'when its channel is empty': ['channel not endorsed by the signing key', {}, { channelId: '' }],
    'when its channel is missing': [
      'channel not endorsed by the signing key',
      {},
      { channelId: undefined },
    ],
    'when its token is not signed': ['ERR_JOSE_ALG_NOT_ALLOWED', { alg: 'none' }],
    'when its token is signed with the public key as a secret': [
      'ERR_JOSE_ALG_NOT_ALLOWED',
      { alg: 'HS256' },
    ],
    'when the key id is not known': ['ERR_JWKS_NO_MATCHING_KEY', { kid: 'stranger' }],
  }
  for (const [title, [reason, options, more]] of Object.entries(forgeries)) {
    it(title, async () => {
      await using bench = await openBench()
      assert.deepEqual(await verify(bench, options, more), { ok: false, reason })
    })
  }

  it('when another key made the signature', async () => {
    await using bench = await openBench()
    const key = await makeKey('key-1')
    assert.equal((await verify(bench, { key })).ok, false)
  })

  it('when the key has no endorsements', async () => {
    await using bench = await openBench()
    bench.fake.keys[0].endorsements = undefined
    assert.equal((await verify(bench)).ok, false)
  })

  it('when its service host is not allowed, though the token says so too', async () => {
    await using bench = await openBench()
    const refused = await verify(bench, {}, { serviceUrl: 'https://evil.trafficmanager.net/' })
    assert.deepEqual(refused, { ok: false, reason: 'service host not allowed' })
  })

  it('without a bearer token, and then nothing is fetched', async () => {
    await using bench = await openBench()
    const body = JSON.stringify(message(bench.fake.serviceUrl))
    for (const authorization of [undefined, 'Basic eDp5', 'Bearer', 'Bearer a b']) {
      const refused = await bench.connector.verify(toRawRequest(body, authorization), bench.line)
      assert.equal(refused.ok, false)
    }
    assert.equal(bench.fake.counts.metadata, 0)
  })
})

describe('what is no activity', () => {
  it('is refused before it is read when the token is bad', async () => {
    await using bench = await openBench()
    const authorization = await bench.fake.sign({}, { claims: { aud: 'other' } })
    const refused = await bench.connector.verify(toRawRequest('{', authorization), bench.line)
    assert.equal(refused.ok, false)
  })

  it('is a bad update when the token is good', async () => {
    await using bench = await openBench()
    const authorization = await bench.fake.sign({ serviceUrl: bench.fake.serviceUrl })
    for (const body of ['{', '[]', 'null']) {
      await assert.rejects(
        async () => bench.connector.verify(toRawRequest(body, authorization), bench.line),
        BadUpdateError,
      )
    }
  })
})

describe('signing keys', () => {
  it('are kept for 24 h and then fetched anew', async () => {
    await using bench = await openBench()
    await verify(bench)
    bench.clock.advance(24 * HOUR_MS - 1000)
    await verify(bench)
    assert.equal(bench.fake.counts.keys, 1)
    bench.clock.advance(1000)
    assert.equal((await verify(bench, { claims: { nbf: undefined } })).ok, true)
    assert.equal(bench.fake.counts.keys, 2)
    assert.equal(bench.fake.counts.metadata, 2)
  })

  it('are fetched once for requests that come together', async () => {
    await using bench = await openBench()
    const results = await Promise.all([verify(bench), verify(bench), verify(bench)])
    assert.ok(results.every((result) => result.ok))
    assert.equal(bench.fake.counts.keys, 1)
  })

  it('are fetched at once for an unknown key id, so that a rotated key is taken', async () => {
    await using bench = await openBench()
    await verify(bench)
    const key = bench.fake.rotate()
    assert.equal((await verify(bench, { key })).ok, true)
    assert.equal(bench.fake.counts.keys, 2)
    assert.equal((await verify(bench)).ok, false, 'the key that was withdrawn')
  })

  it('are fetched for unknown key ids at most once per hour', async () => {
    await using bench = await openBench()
    await verify(bench)
    for (const kid of ['a', 'b', 'c']) await verify(bench, { kid })
    assert.equal(bench.fake.counts.keys, 2)
    bench.clock.advance(HOUR_MS - 1)
    await verify(bench, { kid: 'd' })
    assert.equal(bench.fake.counts.keys, 2)
    bench.clock.advance(1)
    await verify(bench, { kid: 'e' })
    assert.equal(bench.fake.counts.keys, 3)
  })

  it('that cannot be had are a TransportError, and the next request tries again', async () => {
    await using bench = await openBench()
    bench.fake.fail('metadata', { status: 500 })
    await assert.rejects(verify(bench), TransportError)
    bench.fake.fail('keys', { reset: true })
    await assert.rejects(verify(bench), TransportError)
    bench.fake.fail('keys', { status: 200, body: '<html>' })
    await assert.rejects(verify(bench), TransportError)
    assert.deepEqual(await verify(bench), { ok: true })
  })
})
