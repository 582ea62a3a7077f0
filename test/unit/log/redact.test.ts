import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { describe, it } from 'node:test'
import { createRootLog } from '../../../src/log/index.ts'

/** What a log of `write` reads like. */
function logged(write: (log: ReturnType<typeof createRootLog>) => void): Record<string, unknown> {
  const sink = new PassThrough()
  write(createRootLog('debug', ['apiKey'], sink))
  return JSON.parse(String(sink.read())) as Record<string, unknown>
}

const SECRET = 'PLANTED'

describe('the log', () => {
  it('hides what stands under the name of a secret, however deep, and shows the rest', () => {
    const line = logged((log) =>
      log.info(
        {
          apiKey: SECRET,
          lineId: 7,
          request: { headers: { authorization: SECRET, host: 'a' } },
          list: [{ a: { b: { token: SECRET } } }, 'x'],
          at: new Date(0),
        },
        'words',
      ),
    )
    const { lineId, request, list, apiKey, at, msg } = line
    assert.deepEqual(
      { lineId, request, list, apiKey, at, msg },
      {
        lineId: 7,
        request: { headers: { authorization: '[redacted]', host: 'a' } },
        list: [{ a: { b: { token: '[redacted]' } } }, 'x'],
        apiKey: '[redacted]',
        at: '1970-01-01T00:00:00.000Z',
        msg: 'words',
      },
    )
  })

  it('leaves what it is given as it was', () => {
    const fields = { settings: { apiKey: SECRET }, deep: { apiKey: SECRET } }
    logged((log) => log.info(fields, 'words'))
    assert.deepEqual(fields, { settings: { apiKey: SECRET }, deep: { apiKey: SECRET } })
  })

  it('hides it in errors and their causes', () => {
    const fault = { disposition: 'retry', token: SECRET }
    const error = Object.assign(
      new Error('broken', { cause: Object.assign(new Error('why'), { fault }) }),
      { fault },
    )
    const line = logged((log) => log.warn({ err: error }, 'words'))
    assert.ok(!JSON.stringify(line).includes(SECRET))
    assert.match(JSON.stringify(line), /"disposition":"retry".*"why"/)
  })

  it('hides it in objects of a class, in errors under another name, and in their JSON', () => {
    class Request {
      readonly headers = { authorization: SECRET }
      readonly method = 'GET'
    }
    const error = Object.assign(new Error('x'), { options: { password: SECRET } })
    const form = { toJSON: () => ({ kind: 'form', token: SECRET }) }
    const url = new URL('https://a.example/')
    const { request, reason, shape, address } = logged((log) =>
      log.info({ request: new Request(), reason: error, shape: form, address: url }, 'words'),
    )
    assert.deepEqual(
      { request, reason, shape, address },
      {
        request: { headers: { authorization: '[redacted]' }, method: 'GET' },
        reason: { options: { password: '[redacted]' } },
        shape: { kind: 'form', token: '[redacted]' },
        address: 'https://a.example/',
      },
    )
  })

  it('hides it in what a child log always says, and a child of that', () => {
    const line = logged((log) =>
      log
        .child({ password: SECRET, a: 1 })
        .child({ nested: { token: SECRET }, b: 2 })
        .info('words'),
    )
    assert.ok(!JSON.stringify(line).includes(SECRET))
    assert.deepEqual([line['a'], line['b'], line['password']], [1, 2, '[redacted]'])
  })

  it('shows nothing unchecked: what is too deep, or goes round in a circle, is left out', () => {
    const circle: Record<string, unknown> = { name: 'x' }
    circle['self'] = circle
    const line = logged((log) => log.info({ circle }, 'words'))
    assert.match(JSON.stringify(line), /"self":"…"/)
  })
})
