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

  it('shows nothing unchecked: what is too deep, or goes round in a circle, is left out', () => {
    const circle: Record<string, unknown> = { name: 'x' }
    circle['self'] = circle
    const line = logged((log) => log.info({ circle }, 'words'))
    assert.match(JSON.stringify(line), /"self":"…"/)
  })
})
