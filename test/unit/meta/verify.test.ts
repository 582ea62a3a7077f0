import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, it } from 'node:test'
import { routeMeta } from '../../../connectors/meta/route.ts'
import { answerHandshake, verifySignature } from '../../../connectors/meta/verify.ts'
import { BadUpdateError } from '../../../src/core/errors.ts'
import type { RawRequest } from '../../../src/core/http.ts'
import { parseJson } from '../../../src/core/json.ts'

const SECRET = 'the secret of the app'

function request(body: string, headers: Record<string, string> = {}): RawRequest {
  return {
    method: 'POST',
    query: new URLSearchParams(),
    headers,
    body: Buffer.from(body),
    json: () => parseJson(body),
  }
}

function get(query: Record<string, string>): RawRequest {
  return { ...request(''), method: 'GET', query: new URLSearchParams(query) }
}

function sign(body: string, algorithm = 'sha256'): string {
  return `${algorithm}=${createHmac(algorithm, SECRET).update(body).digest('hex')}`
}

describe('a signature of Meta', () => {
  it('is over the bytes as they came, escapes included', () => {
    const body = '{"text":"\\u00e4\\/"}'
    const headers = { 'x-hub-signature-256': sign(body) }
    assert.deepEqual(verifySignature(request(body, headers), SECRET), { ok: true })
    assert.equal(verifySignature(request('{"text":"ä/"}', headers), SECRET).ok, false)
  })

  const wrong: [title: string, headers: Record<string, string>][] = [
    ['is missing', {}],
    ['is empty', { 'x-hub-signature-256': '' }],
    ['is the older one alone', { 'x-hub-signature': sign('{}', 'sha1') }],
    ['has another algorithm', { 'x-hub-signature-256': sign('{}', 'sha1') }],
    ['is cut', { 'x-hub-signature-256': sign('{}').slice(0, -2) }],
    ['is of another body', { 'x-hub-signature-256': sign('{ }') }],
    ['comes twice', { 'x-hub-signature-256': `${sign('{}')}, ${sign('{}')}` }],
  ]
  for (const [title, headers] of wrong) {
    it(`that ${title} is refused`, () => {
      assert.equal(verifySignature(request('{}', headers), SECRET).ok, false)
    })
  }

  it('proves nothing where the line has no secret', () => {
    const empty = createHmac('sha256', '').update('{}').digest('hex')
    const headers = { 'x-hub-signature-256': `sha256=${empty}` }
    assert.equal(verifySignature(request('{}', headers), '').ok, false)
  })
})

describe('the handshake', () => {
  const good = { 'hub.mode': 'subscribe', 'hub.verify_token': 'token', 'hub.challenge': '42' }

  it('echoes the challenge to whoever knows the verify token', () => {
    assert.deepEqual(answerHandshake(get(good), 'token'), { status: 200, body: '42' })
  })

  it('refuses a wrong or missing token, another mode, and a line without a token', () => {
    const { 'hub.verify_token': _, ...tokenless } = good
    for (const query of [
      { ...good, 'hub.verify_token': 'other' },
      tokenless,
      { ...good, 'hub.mode': 'x' },
    ]) {
      assert.equal(answerHandshake(get(query), 'token')?.status, 403)
    }
    assert.equal(answerHandshake(get({ ...good, 'hub.verify_token': '' }), '')?.status, 403)
  })

  it('is nothing else', () => {
    assert.equal(answerHandshake(get({}), 'token'), undefined)
    assert.equal(answerHandshake({ ...get(good), method: 'POST' }, 'token'), undefined)
  })
})

describe('routing', () => {
  it('cuts a request into its updates, in order', () => {
    const body = {
      object: 'page',
      entry: [
        { id: '1', time: 5, messaging: [{ a: 1 }, { a: 2 }], standby: [{ a: 3 }] },
        { id: '2', time: 6, changes: [{ field: 'feed' }] },
        { id: '3', time: 7 },
      ],
    }
    const pieces = routeMeta(request(JSON.stringify(body)))
    assert.deepEqual(
      pieces.map(({ connector, identity }) => `${connector} ${identity}`),
      ['facebook 1', 'facebook 1', 'facebook 1', 'facebook 2', 'facebook 3'],
    )
    assert.deepEqual(pieces[2]?.update, {
      object: 'page',
      entry: [{ id: '1', time: 5, standby: [{ a: 3 }] }],
    })
  })

  it('knows the products of Meta, and the phone number of a WhatsApp change', () => {
    const value = { metadata: { phone_number_id: '55' } }
    const change = {
      object: 'whatsapp_business_account',
      entry: [{ id: '9', changes: [{ value }] }],
    }
    const account = { object: 'instagram', entry: [{ id: '7', messaging: [{}] }] }
    const other = { object: 'permissions', entry: [{ id: '8' }] }
    const routed = [change, account, other].flatMap((body) =>
      routeMeta(request(JSON.stringify(body))),
    )
    assert.deepEqual(
      routed.map(({ connector, identity }) => `${connector} ${identity}`),
      ['whatsapp 55', 'instagram 7', 'permissions 8'],
    )
  })

  it('keeps ids beyond 2^53', () => {
    const [piece] = routeMeta(request('{"object":"page","entry":[{"id":12345678901234567890}]}'))
    assert.equal(piece?.identity, '12345678901234567890')
  })

  it('refuses what has no entries', () => {
    for (const body of ['{}', '[]', '"x"', '{"object":"page"}', '{"object":"page","entry":[1]}']) {
      assert.throws(() => routeMeta(request(body)), BadUpdateError, body)
    }
  })
})
