import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { DeliveryError, TransportError } from '../../../src/core/errors.ts'
import type { OpenedFile, OpenOptions } from '../../../src/core/files.ts'
import type { OutboundFile } from '../../../src/core/message.ts'
import { FileSource } from '../../../src/files/source.ts'
import { createTargetGuard } from '../../../src/outgoing/guard.ts'
import { pour, startFileServer } from '../../helpers/file-server.ts'
import type { LocalServer } from '../../helpers/local-server.ts'
import { waitFor } from '../../helpers/wait-for.ts'

const KEY = 'SECRET-key-of-the-link'
const MEGABYTE = 1024 * 1024
const LIMITS = { headersTimeoutMs: 1000, idleTimeoutMs: 1000, waitTimeoutMs: 60_000 }

interface Bench extends AsyncDisposable {
  readonly server: LocalServer
  readonly source: FileSource
  open(path?: string, options?: Partial<OpenOptions>): Promise<OpenedFile>
}

async function start(
  listener: RequestListener,
  limits: Partial<typeof LIMITS> = {},
): Promise<Bench> {
  const stack = new AsyncDisposableStack()
  const server = stack.use(await startFileServer(listener))
  const source = new FileSource(createTargetGuard(['127.0.0.0/8']), { ...LIMITS, ...limits })
  stack.defer(() => source.close())
  return {
    server,
    source,
    open: (path = 'report.pdf', options = {}) =>
      source.open({ url: `${server.url}/${path}?key=${KEY}` }, { ...defaults(), ...options }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

function defaults(): OpenOptions {
  return { maxBytes: MEGABYTE, signal: new AbortController().signal }
}

async function read({ stream }: OpenedFile): Promise<number> {
  let size = 0
  for await (const piece of stream) size += piece.length
  return size
}

/** [code, disposition, words] of what a file failed with; it shows nothing of the address but the name. */
async function faultOf(work: Promise<unknown>): Promise<[string, string, string]> {
  const error = await work.then(
    () => assert.fail('it was opened'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof DeliveryError, inspect(error))
  const shown = inspect(error, { depth: 9, showHidden: true })
  assert.ok(!shown.includes(KEY) && !error.message.includes('127.0.0.1'), shown)
  assert.equal(error.fault.outcome, 'not-sent')
  return [error.fault.channelCode, error.fault.disposition, error.message]
}

describe('a portal’s file', () => {
  it('comes with its size, type and name, and with its bytes', async () => {
    await using bench = await start((request, response) => {
      assert.equal(request.headers['accept-encoding'], 'identity')
      response.writeHead(200, {
        'content-type': 'Application/PDF; charset=x',
        'content-length': '5',
      })
      response.end('bytes')
    })
    const file = await bench.open('a%20b/%D1%81%D1%87%D1%91%D1%82%201.pdf')
    assert.deepEqual([file.name, file.mime, file.size], ['счёт 1.pdf', 'application/pdf', 5])
    assert.equal(await read(file), 5)
  })

  it('is named by the portal, else by the end of its path if that is a name', () => {
    const source = new FileSource(createTargetGuard([]))
    const names = (
      [
        { url: 'https://a.b/x.pdf', name: 'Bill.pdf' },
        { url: 'https://a.b/x.pdf?name=y.doc' },
        { url: 'https://a.b/download/0123456789abcdefSECRET' },
        { url: `https://a.b/${'k'.repeat(200)}.pdf` },
        { url: 'https://a.b/%0d%0aX.pdf' },
        { url: 'https://a.b/%zz.pdf' },
        { url: 'https://a.b/' },
      ] satisfies OutboundFile[]
    ).map((file) => source.nameOf(file))
    assert.deepEqual(names, ['Bill.pdf', 'x.pdf', 'file', 'file', 'file', 'file', 'file'])
  })

  const statuses: [status: number, code: string, disposition: string, words: RegExp][] = [
    [404, 'HUB_FILE_GONE', 'reject', /the file "report\.pdf" is not there .*404/],
    [410, 'HUB_FILE_GONE', 'reject', /410/],
    [302, 'HUB_FILE_REDIRECT', 'reject', /behind a redirect/],
    [307, 'HUB_FILE_REDIRECT', 'reject', /behind a redirect/],
    [401, 'HUB_FILE_UNREACHABLE', 'reject', /401/],
    [403, 'HUB_FILE_UNREACHABLE', 'reject', /403/],
    [206, 'HUB_FILE_UNREACHABLE', 'reject', /206/],
    [204, 'HUB_FILE_UNREACHABLE', 'reject', /204/],
    [429, 'HUB_FILE_UNREACHABLE', 'retry', /429/],
    [500, 'HUB_FILE_UNREACHABLE', 'retry', /500/],
    [502, 'HUB_FILE_UNREACHABLE', 'retry', /502/],
  ]
  for (const [status, code, disposition, words] of statuses) {
    it(`behind a ${status} is ${code}, ${disposition}`, async () => {
      let hits = 0
      await using bench = await start((_, response) => {
        hits += 1
        response.writeHead(status, { location: `/other?key=${KEY}` }).end()
      })
      const fault = await faultOf(bench.open())
      assert.deepEqual(fault.slice(0, 2), [code, disposition])
      assert.match(fault[2], words)
      assert.equal(hits, 1)
    })
  }

  it('that may redirect is followed to its end, each address looked at as the first', async () => {
    const asked: string[] = []
    await using bench = await start(({ url = '' }, response) => {
      asked.push(url)
      const { pathname } = new URL(url, 'http://x')
      const next: Record<string, string> = {
        '/~short': '/docs/pub/0123456789abcdef0123456789abcdef/default/',
        '/loop': '/loop',
        '/private': 'http://10.0.0.1/x',
        '/odd': 'file:///etc/passwd',
      }
      const location = next[pathname]
      if (location) response.writeHead(302, { location }).end()
      else response.end('bytes')
    })
    const open = (path: string): Promise<OpenedFile> =>
      bench.source.open({ url: `${bench.server.url}${path}`, mayRedirect: true }, defaults())
    assert.equal(await read(await open('/~short')), 5)
    const hash = '0123456789abcdef0123456789abcdef'
    assert.deepEqual(asked, [
      '/~short',
      `/disk/downloadByExternalLink/0/?externalLink=${hash}&ncc=1`,
    ])
    asked.length = 0
    assert.equal((await faultOf(open('/loop')))[0], 'HUB_FILE_REDIRECT')
    assert.equal(asked.length, 6)
    assert.equal((await faultOf(open('/private')))[0], 'HUB_FILE_PRIVATE')
    assert.equal((await faultOf(open('/odd')))[0], 'HUB_FILE_UNREACHABLE')
  })

  it('on a private address is refused without a connection, by check as by open', async () => {
    let connections = 0
    await using server = await startFileServer(() => (connections += 1))
    const source = new FileSource(createTargetGuard([]))
    const { port } = new URL(server.url)
    for (const host of [
      '127.0.0.1',
      'localhost',
      'x.localhost',
      '[::ffff:10.0.0.1]',
      '169.254.169.254',
    ]) {
      const file = { url: `http://${host}:${port}/report.pdf?key=${KEY}` }
      const expected = ['HUB_FILE_PRIVATE', 'reject']
      assert.deepEqual((await faultOf(source.open(file, defaults()))).slice(0, 2), expected, host)
      assert.throws(() => source.check(file), /private network/, host)
    }
    assert.equal(connections, 0)
    source.check({ url: 'https://files.example/report.pdf' })
    await source.close()
  })

  it('under a name that leads to a private address is refused when it is connected to', async () => {
    const lookup = createTargetGuard([])
    const source = new FileSource({
      lookup: lookup.lookup,
      assertHost: () => undefined,
      narrowed: () => assert.fail('not asked for'),
    })
    const file = { url: 'http://localhost:1/report.pdf' }
    assert.equal((await faultOf(source.open(file, defaults())))[0], 'HUB_FILE_PRIVATE')
    await source.close()
  })

  it('nobody serves is to be tried again, or is final when that would do harm', async () => {
    await using bench = await start(() => undefined)
    const file = { url: 'http://127.0.0.1:1/report.pdf' }
    const passing = await faultOf(bench.source.open(file, defaults()))
    assert.deepEqual(passing.slice(0, 2), ['HUB_FILE_UNREACHABLE', 'retry'])
    assert.match(passing[2], /ECONNREFUSED/)
    const final = await faultOf(bench.source.open(file, { ...defaults(), isFinal: true }))
    assert.deepEqual(final.slice(0, 2), ['HUB_FILE_UNREACHABLE', 'reject'])
    const none = await faultOf(bench.source.open({ url: 'ftp://x/report.pdf' }, defaults()))
    assert.deepEqual(none.slice(0, 2), ['HUB_FILE_UNREACHABLE', 'reject'])
  })

  it('of 5 GB by its server’s word is refused before a byte is read', async () => {
    let closed = false
    await using bench = await start((_, response) => {
      response.once('close', () => (closed = true))
      response.writeHead(200, { 'content-length': String(5 * 1024 ** 3) }).flushHeaders()
    })
    const fault = await faultOf(bench.open())
    assert.deepEqual(fault.slice(0, 2), ['HUB_FILE_TOO_LARGE', 'reject'])
    assert.match(fault[2], /larger than the 1 MB/)
    await waitFor(() => closed, 'the connection to close')
  })

  it('without an end is given up at the limit, and its connection closed', async () => {
    let closed = false
    let poured = 0
    await using bench = await start((_, response) => {
      response.once('close', () => (closed = true))
      response.writeHead(200)
      pour(response, Buffer.alloc(65_536), (bytes) => (poured += bytes))
    })
    const fault = await faultOf(bench.open().then(read))
    assert.deepEqual(fault.slice(0, 2), ['HUB_FILE_TOO_LARGE', 'reject'])
    await waitFor(() => closed, 'the connection to close')
    assert.ok(poured < 32 * MEGABYTE)
  })

  it('of exactly the limit is taken, one byte more is not', async () => {
    await using bench = await start((request, response) => {
      response.end(Buffer.alloc(request.url?.startsWith('/more') ? MEGABYTE + 1 : MEGABYTE))
    })
    assert.equal(await read(await bench.open('exact.bin')), MEGABYTE)
    assert.equal((await faultOf(bench.open('more.bin').then(read)))[0], 'HUB_FILE_TOO_LARGE')
  })

  it('that breaks off is trouble, not an end', async () => {
    await using bench = await start((request, response) => {
      const length = { 'content-length': '100' }
      response.writeHead(200, request.url?.startsWith('/known') ? length : {})
      response.write('half', () => response.socket?.resetAndDestroy())
    })
    for (const name of ['known.pdf', 'chunked.pdf']) {
      const fault = await faultOf(bench.open(name).then(read))
      assert.deepEqual(fault.slice(0, 2), ['HUB_FILE_UNREACHABLE', 'retry'], name)
    }
  })

  it('whose server says nothing, or stops in the middle, is given up in time', async () => {
    await using bench = await start(
      (request, response) => {
        if (request.url?.startsWith('/half')) response.writeHead(200).write('half')
      },
      { headersTimeoutMs: 300, idleTimeoutMs: 300 },
    )
    const silent = await faultOf(bench.open('silent.pdf'))
    assert.deepEqual(silent.slice(0, 2), ['HUB_FILE_UNREACHABLE', 'retry'])
    assert.match(silent[2], /UND_ERR_HEADERS_TIMEOUT/)
    const half = await faultOf(bench.open('half.pdf').then(read))
    assert.match(half[2], /UND_ERR_BODY_TIMEOUT/)
  })

  it('in drips is given up when they take too long together', async () => {
    await using bench = await start(
      (_, response) => {
        response.writeHead(200)
        const timer = setInterval(() => response.write('x'), 20)
        response.once('close', () => clearInterval(timer))
      },
      { waitTimeoutMs: 150 },
    )
    const fault = await faultOf(bench.open().then(read))
    assert.deepEqual(fault.slice(0, 2), ['HUB_FILE_TOO_SLOW', 'reject'])
  })

  it('that comes compressed is refused: its length would be wrong', async () => {
    await using bench = await start((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('x')
    })
    assert.match((await faultOf(bench.open()))[2], /compressed/)
  })

  it('is let go by an abort, before and while it is waited for, and by close', async () => {
    let closed = 0
    await using bench = await start((_, response) => {
      response.once('close', () => (closed += 1))
      response.writeHead(200).write('half')
    })
    const isAbort = (error: unknown): boolean =>
      error instanceof TransportError && error.reason === 'ABORTED'
    await assert.rejects(bench.open('a.pdf', { signal: AbortSignal.abort() }), isAbort)
    const controller = new AbortController()
    const reading = read(await bench.open('b.pdf', { signal: controller.signal }))
    controller.abort()
    await assert.rejects(reading, isAbort)
    await waitFor(() => closed === 1)
    const unread = await bench.open('c.pdf')
    unread.close()
    await waitFor(() => closed === 2)
  })
})
