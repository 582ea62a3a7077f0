import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { dialects } from '../../src/portal/dialects/index.ts'
import { acme } from '../fakes/acme/dialect.ts'
import { send } from '../helpers/http.ts'
import { startTestHub, type TestHub } from '../helpers/hub.ts'

describe('what no route answers', () => {
  let hub: TestHub
  before(async () => {
    hub = await startTestHub({
      databaseUrl: 'sqlite::memory:',
      dialects: [...dialects, acme],
    })
  })
  after(() => hub.stop())

  it('is a 404 where the path is unknown', async () => {
    const { status, body } = await send(`${hub.url}/nowhere`, { method: 'GET' })
    assert.equal(status, 404)
    assert.equal(JSON.parse(body).error.code, 'HUB_UNKNOWN_PATH')
  })

  for (const target of ['http://[:::', '//[::', 'http://hub.example/nowhere', '*']) {
    it(`is a 404 where the address is ${target}`, async () => {
      const socket = connect(Number(new URL(hub.url).port), '127.0.0.1')
      socket.end(`GET ${target} HTTP/1.1\r\nhost: hub\r\nconnection: close\r\n\r\n`)
      const answer = await text(socket)
      assert.match(answer, /^HTTP\/1\.1 404 /)
      assert.match(answer, /HUB_UNKNOWN_PATH/)
    })
  }

  for (const [method, path, allow] of [
    ['POST', '/healthz', 'GET, HEAD'],
    ['DELETE', '/readyz', 'GET, HEAD'],
    ['POST', '/files/x', 'GET, HEAD'],
  ] as const) {
    it(`is a 405 that says so for ${method} ${path}`, async () => {
      const { status, body, headers } = await send(`${hub.url}${path}`, { method })
      assert.equal(status, 405)
      assert.equal(JSON.parse(body).error.code, 'HUB_METHOD_NOT_ALLOWED')
      assert.equal(headers.allow, allow)
    })
  }

  it("is a 405 in the dialect's own form at its door", async () => {
    const native = await send(`${hub.url}/rpc/prt_1`, { method: 'GET' })
    assert.equal(native.status, 405)
    assert.equal(JSON.parse(native.body).error.data.code, 'HUB_METHOD_NOT_ALLOWED')
    assert.equal(native.headers.allow, 'POST')
    const other = await send(`${hub.url}/acme/inbound`, { method: 'PUT' })
    assert.deepEqual(
      [other.status, other.body, other.headers.allow],
      [405, 'REFUSED HUB_METHOD_NOT_ALLOWED\n', 'POST'],
    )
  })

  it('names the methods of a path to who asks for them', async () => {
    const { status, headers } = await send(`${hub.url}/rpc/prt_1`, { method: 'OPTIONS' })
    assert.deepEqual([status, headers.allow], [204, 'POST'])
  })
})
