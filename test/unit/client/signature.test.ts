import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Webhook } from 'standardwebhooks'
import { sign, signedHeaders, verify } from '../../../src/client/signature.ts'

const SECRET = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`
const OTHER = `whsec_${Buffer.alloc(32, 9).toString('base64')}`
const NOW = 1_767_225_600_000

const VECTOR = {
  id: 'pkt_2N4vectorvector0001',
  timestamp: 1_767_225_600,
  body: '{"hello":"wörld 😀"}',
  secret: SECRET,
}

function signed(body: string, secrets = [SECRET], timestamp = NOW / 1000) {
  return {
    headers: signedHeaders({ id: 'pkt_1', timestamp, body, secrets }),
    body: Buffer.from(body),
  }
}

describe('signature', () => {
  it('gives the test vector of the README', async () => {
    const readme = await readFile(new URL('../../../src/client/README.md', import.meta.url), 'utf8')
    assert.ok(readme.includes(`\`${sign(VECTOR)}\``))
    for (const part of [VECTOR.id, VECTOR.body, VECTOR.secret]) assert.ok(readme.includes(part))
  })

  it('is what the standard library verifies, and the other way round', () => {
    const library = new Webhook(SECRET)
    const timestamp = Math.floor(Date.now() / 1000)
    fc.assert(
      fc.property(fc.json(), fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/), (body, id) => {
        const ours = signedHeaders({ id, timestamp, body, secrets: [OTHER, SECRET] })
        library.verify(body, ours)
        const theirs = {
          'webhook-id': id,
          'webhook-timestamp': String(timestamp),
          'webhook-signature': library.sign(id, new Date(timestamp * 1000), body),
        }
        const check = verify({
          headers: theirs,
          body: Buffer.from(body),
          secrets: [SECRET],
          now: Date.now(),
        })
        assert.deepEqual(check, { ok: true, id })
      }),
      { numRuns: 200 },
    )
  })

  it('is an HMAC with a key of any length, over any text or bytes', () => {
    const body = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('', '\ud800 alone', '\udc00'),
      fc.uint8Array({ maxLength: 300 }),
      fc.integer({ min: 2040, max: 2060 }).map((length) => 'é'.repeat(length)),
    )
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), body, (key, content) => {
        const expected = createHmac('sha256', key).update('pkt_1.5.').update(content).digest()
        const secret = `whsec_${Buffer.from(key).toString('base64')}`
        const signature = sign({ id: 'pkt_1', timestamp: 5, body: content, secret })
        assert.equal(signature, `v1,${expected.toString('base64')}`)
      }),
    )
  })

  it('holds with any of several signatures and secrets', () => {
    assert.ok(verify({ ...signed('x', [SECRET, OTHER]), secrets: [OTHER], now: NOW }).ok)
    assert.ok(verify({ ...signed('x', [OTHER]), secrets: [SECRET, OTHER], now: NOW }).ok)
    assert.equal(verify({ ...signed('x', [OTHER]), secrets: [SECRET], now: NOW }).ok, false)
    assert.equal(verify({ ...signed('x'), secrets: [], now: NOW }).ok, false)
  })

  it('covers id, timestamp and body', () => {
    const good = signed('{"a":1}')
    const changes: [string, Partial<typeof good>][] = [
      ['body', { body: Buffer.from('{"a":2}') }],
      ['id', { headers: { ...good.headers, 'webhook-id': 'pkt_2' } }],
      ['timestamp', { headers: { ...good.headers, 'webhook-timestamp': String(NOW / 1000 + 1) } }],
    ]
    assert.ok(verify({ ...good, secrets: [SECRET], now: NOW }).ok)
    for (const [what, change] of changes) {
      assert.equal(verify({ ...good, ...change, secrets: [SECRET], now: NOW }).ok, false, what)
    }
  })

  it('is refused outside the tolerance on either side', () => {
    const at = (seconds: number, toleranceSeconds?: number) =>
      verify({
        ...signed('x'),
        secrets: [SECRET],
        now: NOW + seconds * 1000,
        ...(toleranceSeconds !== undefined && { toleranceSeconds }),
      }).ok
    assert.deepEqual([at(300), at(301), at(-300), at(-301)], [true, false, true, false])
    assert.deepEqual([at(10, 10), at(11, 10)], [true, false])
  })

  it('takes header names in any case', () => {
    const { headers, body } = signed('x')
    const upper = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]),
    )
    assert.ok(verify({ headers: upper, body, secrets: [SECRET], now: NOW }).ok)
  })

  it('refuses malformed headers without throwing', () => {
    const { headers, body } = signed('x')
    const bad = [
      '',
      'v1',
      'v1,',
      'v1,!!!',
      'v2,AAAA',
      ' ',
      'v1,AAAA v1,BBBB',
      `v1,${'A'.repeat(9999)}`,
    ]
    for (const value of bad) {
      const changed = { ...headers, 'webhook-signature': value }
      assert.equal(verify({ headers: changed, body, secrets: [SECRET], now: NOW }).ok, false, value)
    }
    for (const value of ['', 'x', '1e9', '-1', '1767225600.5', ' 1767225600']) {
      const changed = { ...headers, 'webhook-timestamp': value }
      assert.equal(verify({ headers: changed, body, secrets: [SECRET], now: NOW }).ok, false, value)
    }
    assert.equal(verify({ headers: {}, body, secrets: [SECRET], now: NOW }).ok, false)
  })

  it('refuses an id that would let the parts be split differently', () => {
    assert.throws(() => sign({ ...VECTOR, id: 'a.1' }), TypeError)
    const shifted = { ...signed('x').headers, 'webhook-id': 'a.1' }
    const check = verify({ headers: shifted, body: Buffer.from('x'), secrets: [SECRET], now: NOW })
    assert.equal(check.ok, false)
  })

  it('throws for a secret that cannot be read', () => {
    for (const secret of ['', 'whsec_', 'whsec_!!', 'not base64']) {
      assert.throws(() => sign({ ...VECTOR, secret }), TypeError, secret)
    }
  })
})
