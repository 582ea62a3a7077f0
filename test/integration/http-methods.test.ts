import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { systemClock } from '../../src/core/clock.ts'
import { Pools } from '../../src/core/pools.ts'
import type { Route } from '../../src/core/route.ts'
import { createHttpApp } from '../../src/http/app.ts'
import { TrustedProxies } from '../../src/http/client-address.ts'
import { bindServer } from '../../src/http/server.ts'

const none = (): void => undefined
const log = { debug: none, info: none, warn: none, error: none }

describe('routes of every method', () => {
  it('are told apart, and another method is answered with those that are there', async () => {
    await using rig = await openRig()
    for (const method of ['PUT', 'PATCH', 'DELETE']) {
      const response = await fetch(`${rig.url}/thing/a%2Fb`, { method })
      assert.equal(await response.text(), `${method} a/b`)
    }
    const refused = await fetch(`${rig.url}/thing/1`, { method: 'POST' })
    assert.equal(refused.status, 405)
    assert.equal(refused.headers.get('allow'), 'DELETE, PATCH, PUT')
    const asked = await fetch(`${rig.url}/thing/1`, { method: 'OPTIONS' })
    assert.equal(asked.status, 204)
    assert.equal(asked.headers.get('allow'), 'DELETE, PATCH, PUT')
    assert.equal((await fetch(`${rig.url}/thing/1`)).status, 405)
  })

  it('answer with bytes as they are, and with their length to HEAD', async () => {
    await using rig = await openRig()
    const response = await fetch(`${rig.url}/bytes`)
    assert.equal(response.headers.get('content-type'), 'font/woff2')
    assert.deepEqual(new Uint8Array(await response.arrayBuffer()), Uint8Array.of(0, 255, 7))
    const head = await fetch(`${rig.url}/bytes`, { method: 'HEAD' })
    assert.equal(head.status, 200)
    assert.equal(head.headers.get('content-length'), '3')
  })
})

async function openRig(): Promise<AsyncDisposable & { readonly url: string }> {
  const named = (method: 'PUT' | 'PATCH' | 'DELETE'): Route => ({
    ...{ method, path: '/thing/:id' },
    answer: async ({ params }) => ({ status: 200, body: `${method} ${params['id']}` }),
  })
  const bytes: Route = {
    ...{ method: 'GET', path: '/bytes' },
    // A view into the middle of a larger buffer.
    answer: async () => ({
      status: 200,
      headers: { 'content-type': 'font/woff2' },
      body: Uint8Array.of(9, 0, 255, 7, 9).subarray(1, 4),
    }),
  }
  const server = await bindServer('127.0.0.1', 0)
  const bodyBytes = new Pools(systemClock, log).open({ name: 'body-bytes', capacity: 1000 })
  const routes = [named('PUT'), named('PATCH'), named('DELETE'), bytes]
  server.serve(createHttpApp({ log, bodyBytes, proxies: new TrustedProxies() }, routes))
  return { url: server.url, [Symbol.asyncDispose]: () => server.close(0) }
}
