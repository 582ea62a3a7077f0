import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { systemClock } from '../../src/core/clock.ts'
import { Pools } from '../../src/core/pools.ts'
import type { RefusedRequestError, Route } from '../../src/core/route.ts'
import { createHttpApp } from '../../src/http/app.ts'
import { TrustedProxies } from '../../src/http/client-address.ts'
import { bindServer } from '../../src/http/server.ts'

const BYTES = 70_000
const TURNS = 50
const HEAD = `POST /slow HTTP/1.0\r\nhost: hub\r\nconnection: close\r\ncontent-length: ${BYTES}\r\n\r\n`

describe('a sender that does not wait for the answer', () => {
  it('has asked for it all the same, however late its body is read', async () => {
    await using rig = await openRig()
    const socket = connect(rig.port, '127.0.0.1')
    const finished = once(socket, 'finish')
    socket.end(HEAD + 'x'.repeat(BYTES))
    await Promise.all([rig.came, finished])
    // Until the server has seen the end as well: it is in the same process.
    for (let index = 0; index < TURNS; index++) await turn()
    rig.readOn()
    assert.equal(await rig.read, BYTES)
  })

  it('has not asked for what it did not send whole, and holds nobody up', async () => {
    await using rig = await openRig()
    const socket = connect(rig.port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write(`${HEAD}half`)
    await rig.came
    const closed = once(socket, 'close')
    socket.destroy()
    await closed
    rig.readOn()
    await assert.rejects(rig.read, { code: 'HUB_BODY_INCOMPLETE' })
  })
})

/** A route that reads the body when it is told to. */
async function openRig() {
  const none = (): void => undefined
  const log = { debug: none, info: none, warn: none, error: none }
  const came = Promise.withResolvers<void>()
  const mayRead = Promise.withResolvers<void>()
  const read = Promise.withResolvers<number>()
  // Whoever waits for it comes later.
  read.promise.catch(none)
  const route: Route = {
    method: 'POST',
    path: '/slow',
    async answer(request) {
      came.resolve()
      await mayRead.promise
      try {
        read.resolve((await request.body()).length)
      } catch (error) {
        read.reject(error as RefusedRequestError)
        throw error
      }
      return { status: 200 }
    },
  }
  const bodyBytes = new Pools(systemClock, log).open({ name: 'body-bytes', capacity: 1e6 })
  const server = await bindServer('127.0.0.1', 0)
  server.serve(createHttpApp({ log, bodyBytes, proxies: new TrustedProxies() }, [route]))
  return {
    port: Number(new URL(server.url).port),
    came: came.promise,
    readOn: mayRead.resolve,
    read: read.promise,
    [Symbol.asyncDispose]: () => server.close(0),
  }
}
