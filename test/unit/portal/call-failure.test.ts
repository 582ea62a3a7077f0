import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { HubError, ParamsError, StoreUnavailableError } from '../../../src/core/errors.ts'
import { logCallFailure } from '../../../src/portal/call-failure.ts'
import { answerBody } from '../../../src/portal/dialects/native/json-rpc.ts'

/** What the log says of a call that fails with `error`, as `level code`. */
function logged(error: unknown): string[] {
  const lines: string[] = []
  const write = (level: string) => (fields: object) => {
    const { code, err } = fields as { code: string; err: unknown }
    assert.equal(err, error)
    lines.push(`${level} ${code}`)
  }
  const [debug, info, warn, fault] = ['debug', 'info', 'warn', 'error'].map(write)
  assert.ok(debug && info && warn && fault)
  const log = { debug, info, warn, error: fault }
  logCallFailure(log, error, { portalId: 'prt_1', method: 'ping' })
  return lines
}

describe('a call that fails', () => {
  it('is logged where the hub or its store is at fault, and only there', () => {
    assert.deepEqual(logged(new TypeError('a bug')), ['error HUB_INTERNAL'])
    assert.deepEqual(logged('thrown text'), ['error HUB_INTERNAL'])
    assert.deepEqual(logged(new StoreUnavailableError('away')), ['warn HUB_STORE_UNAVAILABLE'])
    assert.deepEqual(logged(new HubError('HUB_UNKNOWN_LINE', 'no')), [])
    assert.deepEqual(logged(new ParamsError([{ field: 'x', problem: 'bad' }])), [])
  })

  it('hands on its error in a batch, as a notification, and where its result is no JSON', async () => {
    const failures: string[] = []
    const runner = {
      isQueueing: () => false,
      async run(method: string): Promise<unknown> {
        if (method === 'away') throw new StoreUnavailableError('away')
        if (method === 'bug') throw new Error('bug')
        return method === 'odd' ? 1n : 'fine'
      },
      failed(method: string, error: unknown): void {
        failures.push(`${method} ${(error as Error).name}`)
      },
    }
    const calls = ['fine', 'away', 'bug', 'odd'].map((method, id) => ({
      jsonrpc: '2.0',
      id,
      method,
    }))
    const body = JSON.stringify([...calls, { jsonrpc: '2.0', method: 'bug' }])
    const text = await answerBody(Buffer.from(body), runner)
    assert.equal(text?.match(/-32603/g)?.length, 3)
    const all = ['away StoreUnavailableError', 'bug Error', 'odd TypeError', 'bug Error']
    assert.deepEqual(failures, all)
  })
})
