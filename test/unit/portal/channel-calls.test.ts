import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { POOL_SIZES } from '../../../src/core/pool-sizes.ts'
import type { Portal } from '../../../src/core/portal.ts'
import { SharedPool } from '../../../src/core/shared-pool.ts'
import type { MethodServices } from '../../../src/portal/methods/method.ts'
import { MethodTable } from '../../../src/portal/methods/table.ts'

/** Remote methods before a channel that never answers. */
function openTable() {
  const pool = new SharedPool(POOL_SIZES.channelCalls)
  const answers: (() => void)[] = []
  const services = {
    lineOperations: {
      findConnector: () => ({}),
      find: async () => ({}),
      test: () => new Promise<object>((resolve) => void answers.push(() => resolve({ ok: false }))),
      statusOf: async () => ({}),
    },
  } as unknown as MethodServices
  const table = new MethodTable(services, pool)
  const call = (portalId: string, line: number): Promise<unknown> =>
    table.call({ id: portalId } as Portal, 'testConnect', { connector: 'c', line: `${line}` })
  return { pool, answers, call }
}

describe('remote methods that wait for a channel', () => {
  it('of one portal leave room for those of others, however many hang', async () => {
    const { pool, answers, call } = openTable()
    const calls = Array.from({ length: 200 }, (_, n) => call('noisy', n).catch((e: unknown) => e))
    const quiet = call('quiet', 1)
    assert.ok(pool.heldBy('noisy') < 110)
    assert.equal(pool.heldBy('quiet'), 1)
    await new Promise((resolve) => setImmediate(resolve))
    for (const answer of answers) answer()
    await quiet
    const refused = (await Promise.all(calls)).filter(
      (result) => (result as { code?: string }).code === 'HUB_LIMIT',
    )
    assert.ok(refused.length > 90)
    assert.equal(pool.usage.used, 0)
  })
})
