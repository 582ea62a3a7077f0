import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request, type ServerResponse } from 'node:http'
import { describe, it } from 'node:test'
import { DeliveryError } from '../../../src/core/errors.ts'
import { LINK_LIFE_MS } from '../../../src/files/links.ts'
import { pour } from '../../helpers/file-server.ts'
import { send } from '../../helpers/http.ts'
import { createJumpClock } from '../../helpers/jump-clock.ts'
import { waitFor } from '../../helpers/wait-for.ts'
import { type StreamBench, startStreamBench, TOKEN } from './bench.ts'

const BYTES = 'abcdefghij'
const MEGABYTE = 1024 * 1024

/** A file server that knows ranges, as far as one with a beginning and an end. */
function serveRanges({ headers, url }: IncomingMessage, response: ServerResponse): void {
  const range = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '')
  if (!range) {
    const length = { 'content-length': String(BYTES.length), 'accept-ranges': 'bytes' }
    return void response.writeHead(200, length).end(BYTES)
  }
  const [from, to] = [Number(range[1]), Number(range[2])]
  if (from >= BYTES.length) {
    return void response.writeHead(416, { 'content-range': `bytes */${BYTES.length}` }).end(url)
  }
  const part = BYTES.slice(from, to + 1)
  const about = {
    'content-range': `bytes ${from}-${to}/${BYTES.length}`,
    'content-length': String(part.length),
  }
  response.writeHead(206, about).end(part)
}

function get(url: string, headers: Record<string, string> = {}): ReturnType<typeof send> {
  return send(url, { method: 'GET', headers })
}

/** A response whose body is still to be read. */
async function openStream(url: string): Promise<IncomingMessage> {
  const [response] = (await once(request(url, { agent: false }).end(), 'response')) as [
    IncomingMessage,
  ]
  return response
}

async function refusalOf(bench: StreamBench, url: string): Promise<[number, string, string]> {
  const { status, body, headers } = await get(url)
  assert.equal(headers['location'], undefined)
  const shown = JSON.stringify(headers) + body + bench.log()
  assert.ok(!shown.includes(TOKEN), shown)
  const { error } = JSON.parse(body) as { error: { code: string; message: string } }
  return [status, error.code, error.message]
}

describe('a link of the hub', () => {
  it('gives the file, for download only, under its own name', async () => {
    await using bench = await startStreamBench(serveRanges)
    const look = { name: "Ann's отчёт\ud83d (1).pdf", mime: 'application/pdf' }
    const { status, headers, body } = await get(bench.link('a.pdf', look))
    assert.deepEqual([status, body], [200, BYTES])
    assert.equal(headers['content-type'], 'application/pdf')
    assert.equal(headers['content-length'], '10')
    assert.equal(headers['accept-ranges'], 'bytes')
    assert.equal(
      headers['content-disposition'],
      "attachment; filename*=UTF-8''Ann%27s%20%D0%BE%D1%82%D1%87%D1%91%D1%82%EF%BF%BD%20%281%29.pdf",
    )
    const page = await get(bench.link('x', { mime: 'text/html' }))
    assert.equal(page.headers['content-type'], 'application/octet-stream')
    assert.equal(page.headers['content-disposition'], 'attachment')
  })

  it('answers HEAD with the headers alone, and lets the channel go', async () => {
    let closed = 0
    await using bench = await startStreamBench((incoming, response) => {
      response.once('close', () => (closed += 1))
      assert.deepEqual([incoming.method, incoming.headers.range], ['GET', undefined])
      response.writeHead(200, { 'content-length': String(50 * MEGABYTE) })
      pour(response, Buffer.alloc(65_536))
    })
    const headers = { range: 'bytes=0-1' }
    const answer = await send(bench.link('a'), { method: 'HEAD', headers })
    assert.deepEqual([answer.status, answer.body], [200, ''])
    assert.equal(answer.headers['content-length'], String(50 * MEGABYTE))
    await waitFor(() => closed === 1, 'the channel’s connection to close')
    assert.equal(bench.log(), '')
  })

  it('passes one range on, and nothing that is not one', async () => {
    await using bench = await startStreamBench(serveRanges)
    const link = bench.link('a')
    const part = await get(link, { range: 'bytes=2-4' })
    assert.deepEqual([part.status, part.body], [206, 'cde'])
    assert.equal(part.headers['content-range'], 'bytes 2-4/10')
    assert.equal(part.headers['content-length'], '3')
    const outside = await get(link, { range: 'bytes=20-30' })
    assert.equal(outside.status, 416)
    assert.equal(outside.headers['content-range'], 'bytes */10')
    assert.match(outside.body, /HUB_BAD_RANGE/)
    for (const range of ['bytes=0-1,3-4', 'lines=0-1', 'bytes=x', 'bytes=-']) {
      const whole = await get(link, { range })
      assert.deepEqual([whole.status, whole.body], [200, BYTES], range)
    }
  })

  it('of a channel that knows no ranges gives the whole file', async () => {
    await using bench = await startStreamBench((_, response) => void response.end(BYTES))
    const { status, headers, body } = await get(bench.link('a'), { range: 'bytes=2-4' })
    assert.deepEqual([status, body, headers['accept-ranges']], [200, BYTES, undefined])
  })

  it('that has expired, was forged or is none says so and asks nobody', async () => {
    let hits = 0
    const clock = createJumpClock()
    await using bench = await startStreamBench(() => (hits += 1), { clock })
    const link = bench.link('a')
    const forged = `${link.slice(0, -6)}${link.endsWith('AAAAAA') ? 'BBBBBB' : 'AAAAAA'}`
    const none = [
      `${bench.url}/files/x`,
      `${bench.url}/files/%zz`,
      `${bench.url}/files/${'A'.repeat(500)}`,
    ]
    for (const url of [forged, `${bench.url}/files/${TOKEN}`, ...none]) {
      const { status, body } = await get(url)
      assert.deepEqual([status, /HUB_UNKNOWN_FILE/.test(body)], [404, true], url)
    }
    clock.jump(LINK_LIFE_MS)
    assert.deepEqual((await refusalOf(bench, link)).slice(0, 2), [410, 'HUB_LINK_EXPIRED'])
    assert.equal(hits, 0)
  })
})

describe('what the channel answers', () => {
  const rows: [channel: number, status: number, code: string][] = [
    [404, 404, 'HUB_UNKNOWN_FILE'],
    [410, 410, 'HUB_FILE_GONE'],
    [400, 502, 'HUB_CHANNEL_UNREACHABLE'],
    [401, 502, 'HUB_CHANNEL_UNREACHABLE'],
    [429, 502, 'HUB_CHANNEL_UNREACHABLE'],
    [500, 502, 'HUB_CHANNEL_UNREACHABLE'],
    [204, 502, 'HUB_CHANNEL_UNREACHABLE'],
    [302, 502, 'HUB_CHANNEL_UNREACHABLE'],
    [308, 502, 'HUB_CHANNEL_UNREACHABLE'],
  ]
  for (const [channel, status, code] of rows) {
    it(`${channel} becomes ${status} ${code}, and never a redirect`, async () => {
      let hits = 0
      await using bench = await startStreamBench((_, response) => {
        hits += 1
        response.writeHead(channel, { location: `/${TOKEN}/other` }).end()
      })
      assert.deepEqual((await refusalOf(bench, bench.link('a'))).slice(0, 2), [status, code])
      assert.equal(hits, 1)
    })
  }

  it('a file the channel will never give is a 404 in the connector’s words', async () => {
    const reject = (channelCode: string, message: string): DeliveryError =>
      new DeliveryError(message, { disposition: 'reject', outcome: 'not-sent', channelCode })
    const thrown: Record<string, Error> = {
      big: reject('HUB_FILE_TOO_LARGE', 'Telegram gives bots no files over 20 MB'),
      wrong: reject('400', `wrong file_id ${TOKEN}`),
    }
    const locate = (ref: string): Promise<never> => Promise.reject(thrown[ref])
    await using bench = await startStreamBench(() => undefined, { locate })
    assert.deepEqual(await refusalOf(bench, bench.link('big')), [
      404,
      'HUB_FILE_TOO_LARGE',
      'Telegram gives bots no files over 20 MB',
    ])
    const wrong = await get(bench.link('wrong'))
    assert.equal(wrong.status, 404)
    assert.ok(!wrong.body.includes(TOKEN))
  })

  it('refused credentials, a private address and nobody there are a 502', async () => {
    const pause = { disposition: 'pause', outcome: 'not-sent', channelCode: '401' } as const
    const locate = async (ref: string): Promise<{ url: string }> => {
      if (ref === 'refused') throw new DeliveryError('Unauthorized', pause)
      return { url: ref === 'private' ? `http://10.0.0.1/${TOKEN}` : `http://127.0.0.1:1/${TOKEN}` }
    }
    await using bench = await startStreamBench(() => undefined, { locate })
    for (const ref of ['refused', 'private', 'dead']) {
      assert.equal((await refusalOf(bench, bench.link(ref)))[0], 502, ref)
    }
    assert.match(bench.log(), /HUB_PRIVATE_TARGET/)
    assert.match(bench.log(), /ECONNREFUSED/)
  })

  it('silence is a 502 in time', async () => {
    await using bench = await startStreamBench(() => undefined, {
      limits: { headersTimeoutMs: 300 },
    })
    assert.equal((await refusalOf(bench, bench.link('a')))[0], 502)
  })
})

describe('a transfer', () => {
  it('that breaks off at the channel ends with a broken connection, with and without a length', async () => {
    await using bench = await startStreamBench((incoming, response) => {
      const length = { 'content-length': '100' }
      response.writeHead(200, incoming.url?.endsWith('known') ? length : {})
      response.write('half', () => response.socket?.resetAndDestroy())
    })
    for (const ref of ['known', 'chunked']) {
      const response = await openStream(bench.link(ref))
      await assert.rejects(response.toArray(), { code: 'ECONNRESET' }, ref)
    }
    await waitFor(() => bench.log().includes('file.failed'))
    assert.ok(!bench.log().includes(TOKEN))
  })

  it('that the channel lets hang is given up', async () => {
    await using bench = await startStreamBench(
      (_, response) => void response.writeHead(200).write('half'),
      { limits: { idleTimeoutMs: 300 } },
    )
    const response = await openStream(bench.link('a'))
    await assert.rejects(response.toArray(), { code: 'ECONNRESET' })
    assert.match(bench.log(), /UND_ERR_BODY_TIMEOUT/)
  })

  it('whose reader leaves is ended at the channel, without a word in the log', async () => {
    let closed = false
    await using bench = await startStreamBench((_, response) => {
      response.once('close', () => (closed = true))
      response.writeHead(200)
      pour(response, Buffer.alloc(65_536))
    })
    const response = await openStream(bench.link('a'))
    response.destroy()
    await waitFor(() => closed, 'the channel’s connection to close')
    assert.equal(bench.log(), '')
  })

  it('runs no faster than its reader', async () => {
    let poured = 0
    await using bench = await startStreamBench((_, response) => {
      response.writeHead(200)
      pour(response, Buffer.alloc(65_536), (bytes) => (poured += bytes))
    })
    const response = await openStream(bench.link('a'))
    let before = -1
    await waitFor(async () => {
      const isStill = poured === before
      before = poured
      await get(`${bench.url}/healthz`)
      await get(`${bench.url}/healthz`)
      return isStill
    }, 'the channel to be held up')
    assert.ok(poured < 40 * MEGABYTE, `${poured} bytes were taken from the channel`)
    response.resume()
    await waitFor(() => poured > before + 20 * MEGABYTE, 'the file to go on')
    response.destroy()
  })

  it('beyond the limit is put off, until another has ended', async () => {
    await using bench = await startStreamBench(
      (_, response) => {
        response.writeHead(200)
        pour(response, Buffer.alloc(65_536))
      },
      { maxTransfers: 2 },
    )
    const open = [await openStream(bench.linkOf(1, 'a')), await openStream(bench.linkOf(10, 'b'))]
    const busy = await get(bench.linkOf(11, 'c'))
    assert.deepEqual([busy.status, busy.headers['retry-after']], [503, '2'])
    assert.match(busy.body, /HUB_LIMIT/)
    open[0]?.destroy()
    await waitFor(async () => {
      const response = await openStream(bench.linkOf(11, 'c'))
      response.destroy()
      return response.statusCode === 200
    })
    open[1]?.destroy()
  })

  it('that has ended leaves its place, whether it succeeded or not', async () => {
    await using bench = await startStreamBench(
      (incoming, response) =>
        void response.writeHead(incoming.url?.endsWith('no') ? 404 : 200).end(),
      { maxTransfers: 1 },
    )
    for (const ref of ['yes', 'no', 'yes', 'no', 'yes']) {
      await waitFor(async () => (await get(bench.link(ref))).status === (ref === 'no' ? 404 : 200))
    }
  })
})
