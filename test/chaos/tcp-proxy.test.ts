import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import { startTcpProxy, type TcpProxy } from '../fakes/tcp-proxy.ts'
import { waitFor } from '../helpers/wait-for.ts'

/** Answers every byte with the same byte. */
async function startEcho(): Promise<{ port: number; sockets: Socket[] } & AsyncDisposable> {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    socket.pipe(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

interface Client extends Disposable {
  readonly socket: Socket
  readonly text: () => string
  readonly error: () => string | undefined
}

async function open(proxy: TcpProxy): Promise<Client> {
  const socket = connect(proxy.port, '127.0.0.1')
  let text = ''
  let error: string | undefined
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8')
  })
  socket.on('error', (fault: NodeJS.ErrnoException) => {
    error = fault.code
  })
  await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve))
  return {
    socket,
    text: () => text,
    error: () => error,
    [Symbol.dispose]: () => void socket.destroy(),
  }
}

/** Long enough to see that nothing comes on a loopback connection. */
const QUIET_MS = 60
const quiet = () => new Promise((resolve) => setTimeout(resolve, QUIET_MS))

describe('the TCP proxy', () => {
  it('carries bytes and ends in both directions', async () => {
    await using echo = await startEcho()
    await using proxy = await startTcpProxy({ host: '127.0.0.1', port: echo.port })
    using client = await open(proxy)
    client.socket.end('hello')
    await once(client.socket, 'close')
    assert.equal(client.text(), 'hello')
    await waitFor(() => proxy.connections === 0)
  })

  it('lets nothing through while paused, takes connections all the same, and then lets it all through', async () => {
    await using echo = await startEcho()
    await using proxy = await startTcpProxy({ host: '127.0.0.1', port: echo.port })
    using old = await open(proxy)
    old.socket.write('a')
    await waitFor(() => old.text() === 'a')
    proxy.pause()
    using fresh = await open(proxy)
    old.socket.write('b')
    fresh.socket.write('c')
    await quiet()
    assert.deepEqual([old.text(), fresh.text()], ['a', ''])
    await proxy.heal()
    await waitFor(() => old.text() === 'ab' && fresh.text() === 'c')
  })

  it('knows of a client that has gone although the target has not heard of it', async () => {
    await using echo = await startEcho()
    await using proxy = await startTcpProxy({ host: '127.0.0.1', port: echo.port })
    using client = await open(proxy)
    client.socket.write('a')
    await waitFor(() => client.text() === 'a')
    const port = echo.sockets[0]?.remotePort ?? 0
    assert.equal(proxy.isClientGone(port), false)
    proxy.pause()
    client.socket.end('b')
    await waitFor(() => proxy.isClientGone(port))
    await quiet()
    assert.equal(echo.sockets[0]?.readableEnded, false)
    await proxy.heal()
    await waitFor(() => echo.sockets[0]?.readableEnded)
    assert.equal(echo.sockets[0]?.bytesRead, 2)
  })

  it('tears down standing connections on both sides', async () => {
    await using echo = await startEcho()
    await using proxy = await startTcpProxy({ host: '127.0.0.1', port: echo.port })
    using client = await open(proxy)
    client.socket.write('a')
    await waitFor(() => client.text() === 'a')
    proxy.reset()
    await waitFor(() => client.error() === 'ECONNRESET')
    await waitFor(() => echo.sockets[0]?.destroyed)
  })

  it('passes a reset of the target on', async () => {
    await using echo = await startEcho()
    await using proxy = await startTcpProxy({ host: '127.0.0.1', port: echo.port })
    using client = await open(proxy)
    client.socket.write('a')
    await waitFor(() => client.text() === 'a')
    echo.sockets[0]?.resetAndDestroy()
    await waitFor(() => client.error() === 'ECONNRESET')
  })

  it('refuses new connections and keeps standing ones', async () => {
    await using echo = await startEcho()
    await using proxy = await startTcpProxy({ host: '127.0.0.1', port: echo.port })
    using old = await open(proxy)
    old.socket.write('a')
    await waitFor(() => old.text() === 'a')
    await proxy.refuse()
    using refused = await open(proxy)
    assert.equal(refused.error(), 'ECONNREFUSED')
    old.socket.write('b')
    await waitFor(() => old.text() === 'ab')
    await proxy.heal()
    using again = await open(proxy)
    again.socket.write('c')
    await waitFor(() => again.text() === 'c')
  })

  it('delays bytes without reordering them', async () => {
    await using echo = await startEcho()
    await using proxy = await startTcpProxy({ host: '127.0.0.1', port: echo.port })
    using client = await open(proxy)
    proxy.delay(QUIET_MS)
    const startedAt = performance.now()
    client.socket.write('a')
    await quiet()
    proxy.delay(0)
    client.socket.write('b')
    await waitFor(() => client.text() === 'ab')
    assert.ok(performance.now() - startedAt >= QUIET_MS)
  })

  it('drips the answer', async () => {
    await using echo = await startEcho()
    await using proxy = await startTcpProxy({ host: '127.0.0.1', port: echo.port })
    using client = await open(proxy)
    proxy.drip({ bytes: 1, everyMs: 20 })
    client.socket.write('abcdefgh')
    await waitFor(() => client.text().length >= 2)
    assert.ok(client.text().length < 8)
    await proxy.heal()
    await waitFor(() => client.text() === 'abcdefgh')
  })
})
