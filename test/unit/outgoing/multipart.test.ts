import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { after, describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { DeliveryError, TransportError } from '../../../src/core/errors.ts'
import type { MultipartFile } from '../../../src/core/http.ts'
import { createChannelClient } from '../../../src/outgoing/channel-client.ts'
import { createTargetGuard } from '../../../src/outgoing/guard.ts'
import { startFileServer } from '../../helpers/file-server.ts'
import { waitFor } from '../../helpers/wait-for.ts'

const client = createChannelClient(createTargetGuard(['127.0.0.0/8']))
after(() => client.close())

const MEGABYTE = 1024 * 1024

function file(
  content: (signal: AbortSignal) => AsyncIterable<Uint8Array>,
  more: Partial<MultipartFile> = {},
): MultipartFile {
  return { field: 'document', name: 'a.txt', open: async (signal) => content(signal), ...more }
}

async function* pieces(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text)
}

async function* endless(count: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for (;;) {
    const piece = Buffer.alloc(65_536)
    count(piece.length)
    yield piece
    await setImmediate()
  }
}

async function formOf(request: IncomingMessage): Promise<FormData> {
  const body = Buffer.concat(await request.toArray())
  const headers = { 'content-type': request.headers['content-type'] ?? '' }
  return await new Response(new Uint8Array(body), { headers }).formData()
}

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return await call.then(
    () => assert.fail('it succeeded'),
    (error: unknown) => error,
  )
}

describe('a form with files', () => {
  it('arrives with its fields, names and bytes, whatever stands in them', async () => {
    let form: FormData | undefined
    let length: string | undefined
    await using server = await startFileServer(async (request, response) => {
      length = request.headers['content-length']
      form = await formOf(request)
      response.end('ok')
    })
    const name = 'отчёт "1"\r\nX-Evil: 1.txt'
    const files = [
      file(() => pieces('hello', ' ', 'world'), { name, mime: 'text/plain', size: 11 }),
      file(() => pieces('\r\n--x'), { field: 'photo', name: 'b', mime: 'x\r\ny', size: 5 }),
    ]
    const multipart = { fields: { chat_id: '55', caption: 'ё\r\n--' }, files }
    const answer = await client.request({ method: 'POST', url: server.url, multipart })
    assert.equal(answer.body, 'ok')
    const [document, photo] = [form?.get('document'), form?.get('photo')]
    assert.ok(document instanceof File && photo instanceof File)
    assert.equal(await document.text(), 'hello world')
    assert.equal(document.type, 'text/plain')
    assert.match(document.name, /^отчёт .*X-Evil: 1\.txt$/s)
    assert.equal(await photo.text(), '\r\n--x')
    assert.equal(photo.type, 'application/octet-stream')
    assert.deepEqual([form?.get('chat_id'), form?.get('caption')], ['55', 'ё\r\n--'])
    assert.ok(Number(length) > 11)
  })

  it('goes out in chunks when a size is not known', async () => {
    let headers: IncomingMessage['headers'] = {}
    let text = ''
    await using server = await startFileServer(async (request, response) => {
      headers = request.headers
      const document = (await formOf(request)).get('document')
      text = document instanceof File ? await document.text() : ''
      response.end()
    })
    const multipart = { fields: {}, files: [file(() => pieces('abc'))] }
    await client.request({ method: 'POST', url: server.url, multipart })
    assert.deepEqual(
      [headers['content-length'], headers['transfer-encoding']],
      [undefined, 'chunked'],
    )
    assert.equal(text, 'abc')
  })

  it('is read no faster than the receiver takes it', async () => {
    let read = 0
    let request: IncomingMessage | undefined
    await using server = await startFileServer((incoming) => {
      request = incoming
    })
    const controller = new AbortController()
    const multipart = { fields: {}, files: [file(() => endless((bytes) => (read += bytes)))] }
    const sending = failureOf(
      client.request({ method: 'POST', url: server.url, multipart, signal: controller.signal }),
    )
    await waitFor(() => request)
    let before = -1
    await waitFor(async () => {
      const isStill = read === before
      before = read
      for (let turn = 0; turn < 50; turn++) await setImmediate()
      return isStill
    }, 'reading to stop')
    assert.ok(read < 32 * MEGABYTE, `${read} bytes read ahead`)
    request?.resume()
    await waitFor(() => read > before + 8 * MEGABYTE, 'reading to go on')
    controller.abort()
    const error = await sending
    assert.ok(error instanceof TransportError)
    assert.deepEqual([error.reason, error.outcome], ['ABORTED', 'not-sent'])
  })

  it('an abort reaches a file that is waited for', async () => {
    let isReleased = false
    let isAsked = false
    async function* silent(signal: AbortSignal): AsyncGenerator<Uint8Array> {
      isAsked = true
      await once(signal, 'abort')
      isReleased = true
      yield Buffer.alloc(0)
    }
    await using server = await startFileServer(() => undefined)
    const controller = new AbortController()
    const multipart = { fields: {}, files: [file(silent)] }
    const sending = failureOf(
      client.request({ method: 'POST', url: server.url, multipart, signal: controller.signal }),
    )
    await waitFor(() => isAsked)
    controller.abort()
    const error = await sending
    assert.ok(error instanceof TransportError && error.reason === 'ABORTED')
    await waitFor(() => isReleased)
  })

  it('what a file throws ends the request and comes out as it is', async () => {
    let isBroken = false
    await using server = await startFileServer((request) => {
      request.resume().on('error', () => {
        isBroken = true
      })
    })
    const fault = { disposition: 'reject', outcome: 'not-sent', channelCode: 'X' } as const
    const thrown = new DeliveryError('the file broke off', fault)
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('half')
      await setImmediate()
      throw thrown
    }
    for (const open of [async () => broken(), () => Promise.reject(thrown)]) {
      isBroken = false
      const multipart = { fields: {}, files: [{ field: 'f', name: 'n', open }] }
      const error = await failureOf(client.request({ method: 'POST', url: server.url, multipart }))
      assert.equal(error, thrown)
    }
    await waitFor(() => isBroken)
  })

  it('a file that is not as long as it said ends the request, certainly not sent', async () => {
    await using server = await startFileServer(
      (request) => void request.resume().on('error', () => 0),
    )
    for (const size of [2, 4]) {
      const multipart = { fields: {}, files: [file(() => pieces('abc'), { size })] }
      const error = await failureOf(client.request({ method: 'POST', url: server.url, multipart }))
      assert.ok(error instanceof TransportError)
      assert.deepEqual([error.reason, error.outcome], ['HUB_SIZE_CHANGED', 'not-sent'])
    }
  })

  it('an upload that breaks off was not sent, one that gets no answer may have been', async () => {
    await using server = await startFileServer((request) => {
      if (request.url === '/half') request.once('data', () => request.socket.resetAndDestroy())
      else request.resume().on('end', () => request.socket.resetAndDestroy())
    })
    const half = { fields: {}, files: [file(() => endless(() => undefined))] }
    const whole = { fields: {}, files: [file(() => pieces('abc'))] }
    const outcomes: string[] = []
    for (const [path, multipart] of Object.entries({ half, whole })) {
      const url = `${server.url}/${path}`
      const error = await failureOf(client.request({ method: 'POST', url, multipart }))
      assert.ok(error instanceof TransportError)
      outcomes.push(error.outcome)
    }
    assert.deepEqual(outcomes, ['not-sent', 'unknown'])
  })

  it('a time limit ends it as time, not as an abort of the caller’s', async () => {
    await using server = await startFileServer(
      (request) => void request.resume().on('error', () => 0),
    )
    async function* silent(signal: AbortSignal): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(1)
      await once(signal, 'abort')
      throw new TransportError('ABORTED', 'not-sent')
    }
    const multipart = { fields: {}, files: [file(silent)] }
    const call = client.request({ method: 'POST', url: server.url, multipart, timeoutMs: 80 })
    const error = await failureOf(call)
    assert.ok(error instanceof TransportError)
    assert.deepEqual([error.reason, error.outcome], ['ETIMEDOUT', 'not-sent'])
  })

  it('an early refusal is an answer', async () => {
    await using server = await startFileServer((request, response) => {
      request.once('data', () => response.writeHead(413).end('too large'))
    })
    const multipart = { fields: {}, files: [file(() => endless(() => undefined))] }
    const answer = await client.request({ method: 'POST', url: server.url, multipart })
    assert.deepEqual([answer.status, answer.body], [413, 'too large'])
  })
})
