import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request, type ServerResponse } from 'node:http'
import { describe, it } from 'node:test'
import { pour } from '../../helpers/file-server.ts'
import { send } from '../../helpers/http.ts'
import { createManualClock } from '../../helpers/manual-clock.ts'
import { waitFor } from '../../helpers/wait-for.ts'
import { startStreamBench } from './bench.ts'

/** A file larger than all buffers on the way, so that the reader's pace is the transfer's. */
function serveEndless(_: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200)
  pour(response, Buffer.alloc(65_536))
}

/** Answers whose bodies nobody reads. */
class SlowReaders implements Disposable {
  readonly #open: IncomingMessage[] = []

  /** The status. */
  async open(url: string): Promise<number | undefined> {
    const [response] = (await once(request(url, { agent: false }).end(), 'response')) as [
      IncomingMessage,
    ]
    response.on('error', () => undefined)
    this.#open.push(response)
    return response.statusCode
  }

  /** Of those that were begun, how many have been broken off; what is still in buffers is read for it. */
  get ended(): number {
    for (const response of this.#open) response.resume()
    return this.#open.filter(({ destroyed, statusCode }) => destroyed && statusCode === 200).length
  }

  [Symbol.dispose](): void {
    for (const response of this.#open) response.destroy()
  }
}

async function status(url: string): Promise<number> {
  return (await send(url, { method: 'HEAD' })).status
}

describe('transfers', () => {
  it('of one link leave room for other lines and other portals, however many read slowly', async () => {
    await using bench = await startStreamBench(serveEndless)
    using readers = new SlowReaders()
    const link = bench.linkOf(1, 'big')
    const statuses = await Promise.all(Array.from({ length: 70 }, () => readers.open(link)))
    assert.equal(statuses.filter((code) => code === 200).length, 24)
    assert.equal(statuses.filter((code) => code === 503).length, 46)
    assert.equal(await status(bench.linkOf(2, 'other line')), 200)
    assert.equal(await status(bench.linkOf(10, 'other portal')), 200)
  })

  it('that hardly move are ended when others wait for their room', async () => {
    const pace = createManualClock()
    await using bench = await startStreamBench(serveEndless, { maxTransfers: 2, pace })
    using readers = new SlowReaders()
    assert.equal(await readers.open(bench.linkOf(1, 'a')), 200)
    assert.equal(await readers.open(bench.linkOf(10, 'b')), 200)
    assert.equal(await status(bench.linkOf(11, 'c')), 503)
    // What fits into the buffers on the way went at once.
    await pace.advance(3_600_000)
    assert.equal(await status(bench.linkOf(11, 'c')), 200)
    await waitFor(() => readers.ended === 2, 'the end of the slow readers')
  })

  it('are not asked for by a link that the hub has not made', async () => {
    await using bench = await startStreamBench(serveEndless, { maxTransfers: 1 })
    using readers = new SlowReaders()
    const forged = bench.linkOf(1, 'a').replace(/.{4}$/, 'AAAA')
    for (let count = 0; count < 20; count++) assert.equal(await readers.open(forged), 404)
    assert.equal(await status(bench.linkOf(1, 'a')), 200)
  })
})
