import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { boundHalf, MAX_BODY_BYTES, toItem } from '../../../src/trace/item.ts'
import { Redactor } from '../../../src/trace/redactor.ts'
import { secretsOfProcess } from '../../../src/trace/secrets-of.ts'

const EXCHANGE = {
  direction: 'in',
  party: 'channel',
  method: 'POST',
  url: 'https://hub.example/webhook?hash=x',
  startedAt: 0,
  ms: 1,
} as const
const NOTHING = { headers: {}, bytes: 0 }

/** The body of a request as it is kept. */
function kept(body: string | Buffer, redactor: Redactor) {
  const request = boundHalf({ headers: {}, body }, redactor)
  return toItem({ ...EXCHANGE, request, response: NOTHING }, redactor).request
}

describe('secrets in what is written down', () => {
  it('are found in the middle of a word, but short ones only where they stand alone', () => {
    const redactor = new Redactor(['s3cr3t', 'abc', '7'])
    assert.equal(redactor.redact('xxs3cr3txx'), 'xx[secret]xx')
    assert.equal(
      redactor.redact('{"a":"abc","b":"abcd abc-x","c":17}'),
      '{"a":"[secret]","b":"abcd [secret]-x","c":17}',
    )
    assert.equal(redactor.redact('?a=abc&b=YWJj&c=7'), '?a=[secret]&b=[secret]&c=[secret]')
  })

  it('leave JSON behind where they were numbers of it', () => {
    const redactor = new Redactor(['1234567'])
    const text = redactor.redact('{"a":1234567,"b":[ 1234567 ],"c":"1234567"}')
    assert.deepEqual(JSON.parse(text), { a: '[secret]', b: ['[secret]'], c: '[secret]' })
  })

  it('are taken out as a whole when one begins like another', () => {
    assert.equal(new Redactor(['token', 'token-of-the-bot']).redact('token-of-the-bot'), '[secret]')
  })

  it("are found by OAuth's names, and links to files of the hub open nothing", () => {
    const redactor = new Redactor([])
    assert.equal(
      redactor.redact('{"access_token" : "a\\"b","x":1}'),
      '{"access_token" : "[secret]","x":1}',
    )
    assert.equal(
      redactor.redact('grant=x&client_secret=yy%20z&b=1'),
      'grant=x&client_secret=[secret]&b=1',
    )
    assert.equal(
      redactor.redact('ts=1&auth%5Baccess_token%5D=aa&auth[application_token]=bb&AUTH_ID=cc'),
      'ts=1&auth%5Baccess_token%5D=[secret]&auth[application_token]=[secret]&AUTH_ID=[secret]',
    )
    assert.equal(
      redactor.redact(`https://hub/files/${'a'.repeat(80)}`),
      'https://hub/files/[secret]',
    )
  })

  it('cost no more than the length of the text, whatever they look like', () => {
    const slashes = '\\'.repeat(400)
    const redactor = new Redactor([
      `${slashes}x`,
      '%25'.repeat(300),
      'a'.repeat(4000),
      ' +'.repeat(200),
    ])
    const texts = ['\\', '%25', '%', 'a', '+', ' ', '\\u005c', 'YWFh'].map((part) =>
      part.repeat(MAX_BODY_BYTES / part.length),
    )
    const startedAt = performance.now()
    for (const text of texts) redactor.redact(text)
    const near = new Redactor([`${'a'.repeat(4000)}b`])
    near.redact('a'.repeat(MAX_BODY_BYTES))
    assert.ok(performance.now() - startedAt < 5000)
    assert.match(redactor.redact(JSON.stringify(`${slashes}x`)), /^"\[secret\]x?"$/)
  })

  it('are found as a whole however long they are, and less is kept where there is much to look for', () => {
    const long = Array.from({ length: 900 }, (_, at) => `<${at}>`).join('')
    const redactor = new Redactor([long])
    assert.equal(
      redactor.redact(`a ${long} b ${encodeURIComponent(long)} c`),
      'a [secret] b [secret] c',
    )
    assert.equal(redactor.redact(JSON.stringify({ a: long })), '{"a":"[secret]"}')
    const much = new Redactor(Array.from({ length: 10 }, (_, at) => long.replaceAll('<', `<${at}`)))
    assert.ok(much.effort < 0.5)
    const { isCut, bytes } = kept('x'.repeat(60_000), much)
    assert.deepEqual([isCut, bytes], [true, 60_000])
  })

  it('are not left in halves where a body is cut', () => {
    const secret = 'the-secret-that-lies-on-the-edge'
    const redactor = new Redactor([secret])
    for (let at = MAX_BODY_BYTES - 400; at < MAX_BODY_BYTES + 400; at += 7) {
      for (const text of [
        `${'x'.repeat(at)}${secret}${'y'.repeat(1000)}`,
        // What is taken out before it moves it forward.
        `${secret.repeat(20)}${'x'.repeat(at - 20 * secret.length)}${secret}${'y'.repeat(1000)}`,
      ]) {
        const { body = '', isCut } = kept(Buffer.from(text), redactor)
        assert.equal(isCut, true)
        assert.doesNotMatch(body, /the-s|edge/)
      }
    }
  })

  it('are those of the whole configuration', () => {
    const key = Buffer.alloc(32, 250)
    const found = secretsOfProcess({
      host: 'example',
      secretKey: key,
      adminToken: 'admin-token',
      database: { kind: 'mysql', url: 'mysql://u:p%40w@h/db', password: 'p@w', host: 'h' },
      alerts: { url: 'https://user:pass-of-alerts@alerts.example/', secret: 'alert-secret' },
    })
    const redactor = new Redactor(found)
    for (const secret of [
      key.toString('base64'),
      key.toString('base64url'),
      key.toString('hex'),
      key.toString('hex').toUpperCase(),
      'admin-token',
      'p%40w',
      'p@w',
      'pass-of-alerts',
      'alert-secret',
    ]) {
      assert.equal(redactor.redact(`<${secret}>`).replace('[secret]=', '[secret]'), '<[secret]>')
    }
    assert.equal(redactor.redact('example mysql'), 'example mysql')
  })
})

describe('bodies that are kept', () => {
  const none = new Redactor([])

  it('are text; of others the length is said', () => {
    const picture = Buffer.from([0x89, 0x50, 0, 1, 0xff, 0xfe])
    assert.deepEqual(kept(picture, none), { headers: {}, bytes: 6, isBinary: true })
    assert.deepEqual(kept('', none), { headers: {} })
  })

  it('are cut between characters', () => {
    const { body = '', isCut, bytes } = kept(Buffer.from('€'.repeat(30_000)), none)
    assert.deepEqual([isCut, bytes, body.includes('\ufffd')], [true, 90_000, false])
    assert.match(body, /€ \[…cut\]$/)
    const whole = 'x'.repeat(MAX_BODY_BYTES)
    assert.deepEqual(kept(whole, none), { headers: {}, bytes: MAX_BODY_BYTES, body: whole })
  })

  it('have the headers that say something, and of credentials that they were there', () => {
    const headers = {
      Authorization: 'Bearer x',
      'Content-Type': 'text/plain',
      'x-forwarded-for': '1.2.3.4',
      'retry-after': ['1', '2'],
    }
    const half = { headers, bytes: 0 }
    const item = toItem({ ...EXCHANGE, request: half, response: NOTHING }, none)
    assert.deepEqual(item.request.headers, {
      authorization: '[secret]',
      'content-type': 'text/plain',
      'retry-after': '1, 2',
    })
  })
})
