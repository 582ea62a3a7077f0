import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer, type Server } from 'node:net'
import { after, afterEach, describe, it } from 'node:test'
import { inspect } from 'node:util'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { TransportError } from '../../../src/core/errors.ts'
import type { OutgoingRequest } from '../../../src/core/http.ts'
import { createChannelClient } from '../../../src/outgoing/channel-client.ts'
import { createTargetGuard } from '../../../src/outgoing/guard.ts'

const SECRET = 'bot123:SECRET-TOKEN'
const client = createChannelClient(createTargetGuard(['127.0.0.0/8']))
const guarded = createChannelClient(createTargetGuard([]))
const servers: Server[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) {
    if ('closeAllConnections' in server)
      (server as ReturnType<typeof createServer>).closeAllConnections()
    server.close()
    await once(server, 'close')
  }
})
after(() => {
  client.close()
  guarded.close()
})

async function listen(server: Server): Promise<string> {
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/${SECRET}/x`
}

function serve(listener: RequestListener): Promise<string> {
  return listen(createServer(listener))
}

/** Fails, and shows no trace of the URL anywhere a log could print. */
async function failure(request: OutgoingRequest, by = client): Promise<TransportError> {
  const error = await by.request(request).then(
    () => assert.fail('was answered'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof TransportError, inspect(error))
  assert.equal(error.cause, undefined)
  const shown = inspect(error, { depth: 9, showHidden: true }) + error.stack + JSON.stringify(error)
  assert.ok(!shown.includes(SECRET) && !shown.includes('127.0.0.1:'), shown)
  return error
}

describe('answers', () => {
  it('JSON goes out and any status is an answer', async () => {
    const url = await serve((request, response) => {
      request.setEncoding('utf8')
      request.toArray().then((parts) => {
        response.writeHead(429, { 'retry-after': '3', 'set-cookie': ['a=1', 'b=2'] })
        response.end(`${request.method} ${request.headers['content-type']} ${parts.join('')}`)
      }, assert.fail)
    })
    const answer = await client.request({ method: 'POST', url, json: { a: 'ё' } })
    assert.equal(answer.status, 429)
    assert.equal(answer.headers['retry-after'], '3')
    assert.equal(answer.headers['set-cookie'], 'a=1, b=2')
    assert.equal(answer.body, 'POST application/json {"a":"ё"}')
    const form = await client.request({ method: 'POST', url, form: { a: 'b c' } })
    assert.equal(form.body, 'POST application/x-www-form-urlencoded a=b+c')
    assert.equal((await client.request({ method: 'GET', url })).body, 'GET undefined ')
    assert.equal((await client.request({ method: 'DELETE', url })).body.split(' ')[0], 'DELETE')
    assert.equal((await client.request({ method: 'POST', url })).body.split(' ')[0], 'POST')
  })

  it('a redirect is not followed', async () => {
    let hits = 0
    const url = await serve((_, response) => {
      hits += 1
      response.writeHead(302, { location: '/elsewhere' }).end()
    })
    const answer = await client.request({ method: 'GET', url })
    assert.deepEqual([answer.status, answer.headers['location'], hits], [302, '/elsewhere', 1])
  })

  it('headers are sent once, however their names are written', async () => {
    const url = await serve((request, response) => {
      response.end(request.rawHeaders.filter((_, at) => at % 2 === 0).join(' '))
    })
    const headers = { 'Content-Type': 'application/vnd.x+json', 'User-Agent': 'x' }
    const { body } = await client.request({ method: 'POST', url, json: {}, headers })
    const names = body.toLowerCase().split(' ').sort()
    assert.deepEqual(names, [...new Set(names)])
  })

  it('what a server has compressed unasked is read, and no more of it than of others', async () => {
    let size = 10
    const url = await serve((request, response) => {
      const pack = { gzip: gzipSync, br: brotliCompressSync, deflate: deflateSync }
      const encoding = request.headers['x-want'] as keyof typeof pack
      response.setHeader('content-encoding', encoding)
      response.end(pack[encoding](Buffer.alloc(size, 'x')))
    })
    for (const encoding of ['gzip', 'br', 'deflate']) {
      const request = { method: 'GET', url, headers: { 'x-want': encoding } } as const
      size = 10
      assert.equal((await client.request(request)).body, 'x'.repeat(10))
      size = 2 * 1024 * 1024
      assert.equal((await failure(request)).reason, 'HUB_BODY_TOO_LARGE')
    }
  })

  it('an empty 204 is an answer', async () => {
    const url = await serve((_, response) => response.writeHead(204).end())
    const answer = await client.request({ method: 'POST', url, json: {} })
    assert.deepEqual([answer.status, answer.body], [204, ''])
  })
})

describe('failures', () => {
  it('a refused connection is certainly not sent', async () => {
    const server = createTcpServer()
    const url = await listen(server)
    servers.pop()
    server.close()
    await once(server, 'close')
    const error = await failure({ method: 'POST', url, json: {} })
    assert.deepEqual([error.reason, error.outcome], ['ECONNREFUSED', 'not-sent'])
  })

  it('a reset after the request was read leaves it open', async () => {
    const url = await serve((request) => {
      request.resume().on('end', () => request.socket.resetAndDestroy())
    })
    const error = await failure({ method: 'POST', url, json: {} })
    assert.deepEqual([error.reason, error.outcome], ['ECONNRESET', 'unknown'])
  })

  it('an answer that breaks off is no answer', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('half', () => response.socket?.resetAndDestroy())
    })
    assert.equal((await failure({ method: 'GET', url })).outcome, 'unknown')
  })

  it('a silent server times out, open whether it was sent', async () => {
    const url = await serve(() => undefined)
    const error = await failure({ method: 'POST', url, json: {}, timeoutMs: 50 })
    assert.deepEqual([error.reason, error.outcome], ['ETIMEDOUT', 'unknown'])
  })

  it('a body that trickles is ended by the time limit too', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200).write('x')
    })
    assert.equal((await failure({ method: 'GET', url, timeoutMs: 50 })).reason, 'ETIMEDOUT')
  })

  it('an abort under way leaves it open, one beforehand sends nothing', async () => {
    const controller = new AbortController()
    const url = await serve(() => controller.abort())
    const request = { method: 'POST', url, json: {}, signal: controller.signal } as const
    const error = await failure(request)
    assert.deepEqual([error.reason, error.outcome], ['ABORTED', 'unknown'])
    const second = await failure(request)
    assert.deepEqual([second.reason, second.outcome], ['ABORTED', 'not-sent'])
  })

  it('a signal that aborts later does no harm to requests answered before all of them was sent', async () => {
    const aborting = new AbortController()
    const { signal } = aborting
    const closed: Promise<void>[] = []
    const url = await serve((request, response) => {
      closed.push(new Promise((resolve) => request.socket.once('close', () => resolve())))
      response.end('{}')
    })
    const json = { text: 'x'.repeat(3_000_000) }
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => client.request({ method: 'POST', url, json, signal })),
    )
    assert.deepEqual(new Set(answers.map(({ body }) => body)), new Set(['{}']))
    aborting.abort()
    // What such a fault would be thrown from has run by then: nobody listens to it, so it would end this process.
    await Promise.all(closed)
  })

  it('a body over 1 MiB is refused, one of exactly 1 MiB taken', async () => {
    const size = 1024 * 1024
    const url = await serve((request, response) => {
      response.end(Buffer.alloc(request.method === 'GET' ? size : size + 1, 'x'))
    })
    assert.equal((await client.request({ method: 'GET', url })).body.length, size)
    const error = await failure({ method: 'POST', url, json: {} })
    assert.deepEqual([error.reason, error.outcome], ['HUB_BODY_TOO_LARGE', 'unknown'])
  })

  it('a header that can not be written is certainly not sent', async () => {
    const url = await serve(() => assert.fail('it was sent'))
    for (const headers of [{ authorization: `Bearer ${SECRET}\n` }, { 'bad name': 'x' }]) {
      const error = await failure({ method: 'POST', url, json: {}, headers })
      assert.deepEqual([error.reason, error.outcome], ['UND_ERR_INVALID_ARG', 'not-sent'])
    }
  })

  it('a URL that is none, or of another scheme, is certainly not sent', async () => {
    for (const url of [`no url ${SECRET}`, `ftp://example.org/${SECRET}`, `file:///${SECRET}`]) {
      assert.equal((await failure({ method: 'GET', url })).outcome, 'not-sent', url)
    }
  })
})

describe('private targets', () => {
  it('are refused by address and by name, without a connection', async () => {
    let connections = 0
    const url = await listen(
      createTcpServer((socket) => {
        connections += 1
        socket.destroy()
      }),
    )
    const { port } = new URL(url)
    for (const host of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]', '[::1]', '127.1']) {
      const target = `http://${host}:${port}/${SECRET}`
      const error = await failure({ method: 'GET', url: target }, guarded)
      assert.deepEqual([error.reason, error.outcome], ['HUB_PRIVATE_TARGET', 'not-sent'], host)
    }
    assert.equal(connections, 0)
    const probe = connect(Number(port), '127.0.0.1')
    await once(probe, 'close')
    assert.equal(connections, 1)
  })
})
