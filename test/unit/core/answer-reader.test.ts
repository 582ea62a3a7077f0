import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, it } from 'node:test'
import { Agent } from 'undici'
import { type AnswerEnd, AnswerReader } from '../../../src/core/answer-reader.ts'

const agent = new Agent({ connections: 1, pipelining: 1 })
after(() => agent.destroy())

async function ask(
  listener: RequestListener,
  during: (reader: AnswerReader) => void = () => undefined,
): Promise<AnswerEnd> {
  await using server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const reader = new AnswerReader(10)
  agent.dispatch({ origin, path: '/', method: 'GET' }, reader)
  during(reader)
  const end = await reader.end
  server.closeAllConnections()
  return end
}

it('an answer is read whole, in one piece or several', async () => {
  const end = await ask((_, response) => {
    response.writeHead(202, { 'x-kind': ['a', 'b'] })
    response.write('12345', () => response.end('67890'))
  })
  assert.equal(end.kind, 'answered')
  assert.deepEqual(
    [end.status, end.headers['x-kind'], String(end.body)],
    [202, ['a', 'b'], '1234567890'],
  )
  const empty = await ask((_, response) => response.writeHead(204).end())
  assert.ok(empty.kind === 'answered' && empty.body.length === 0)
})

it('what is longer than may be read is broken off', async () => {
  const end = await ask((_, response) => response.end('12345678901'))
  assert.deepEqual(end, { kind: 'too-large', status: 200 })
})

it('a request is broken off before it is sent, and while its answer comes', async () => {
  let asked = 0
  const early = await ask(
    (_, response) => {
      asked += 1
      response.end()
    },
    (reader) => reader.breakOff(),
  )
  assert.deepEqual([early, asked], [{ kind: 'broken-off' }, 0])
  let reading: AnswerReader | undefined
  const late = await ask(
    (_, response) => {
      response.write('1', () => reading?.breakOff())
    },
    (reader) => {
      reading = reader
    },
  )
  assert.deepEqual(late, { kind: 'broken-off' })
})

it('an answer that breaks off is a failure', async () => {
  const end = await ask((_, response) => {
    response.writeHead(200, { 'content-length': '9' })
    response.write('1', () => response.destroy())
  })
  assert.equal(end.kind, 'failed')
})
