import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Pools } from '../../../src/core/pools.ts'
import { SharedPool } from '../../../src/core/shared-pool.ts'
import { createManualClock } from '../../helpers/manual-clock.ts'

function fill(pool: SharedPool, tenant: string, part?: number): number {
  let taken = 0
  while (pool.tryTake(tenant, part)) taken++
  return taken
}

describe('a shared pool', () => {
  it('leaves four fifths to the others of one that takes all it can get', () => {
    const pool = new SharedPool({ name: 'sends', capacity: 1000 })
    const taken = [1, 2, 3, 4, 5, 6, 7, 8].reduce((sum, line) => sum + fill(pool, 'noisy', line), 0)
    assert.ok(taken > 160 && taken <= 200, `${taken}`)
    assert.equal(pool.tryTake('quiet'), true)
  })

  it('finds room for whoever comes next, however many take all they can get', () => {
    const pool = new SharedPool({ name: 'sends', capacity: 1000 })
    for (let tenant = 0; tenant < 20; tenant++) fill(pool, `noisy-${tenant}`)
    assert.equal(pool.tryTake('quiet'), true)
  })

  it('leaves room for a portal’s other lines', () => {
    const pool = new SharedPool({ name: 'sends', capacity: 1000 })
    for (let line = 0; line < 8; line++) fill(pool, 'portal', line)
    assert.equal(pool.tryTake('portal', 99), true)
  })

  it('gives one line of one portal a twentieth', () => {
    const pool = new SharedPool({ name: 'sends', capacity: 1000 })
    assert.equal(fill(pool, 'portal', 1), 47)
  })

  it('never gives a tenant more than its limit', () => {
    const pool = new SharedPool({ name: 'packets', capacity: 1024, perTenant: 8 })
    for (let line = 0; line < 20; line++) pool.tryTake('portal', line)
    assert.equal(pool.heldBy('portal'), 8)
    assert.deepEqual(pool.fullTenants(), ['portal'])
  })

  it('counts amounts: bytes, not only pieces', () => {
    const pool = new SharedPool({ name: 'body-bytes', capacity: 1000 })
    assert.equal(pool.tryTake('a', undefined, 1001), false)
    assert.equal(pool.tryTake('a', undefined, 100), true)
    assert.equal(pool.tryTake('a', undefined, 126), false)
    assert.equal(pool.tryTake('a', undefined, 125), true)
    assert.equal(pool.tryTake('b', undefined, 775), true)
    pool.giveBack('a', undefined, 225)
    assert.equal(pool.usage.used, 775)
  })

  it('refuses to take back what nobody has taken', () => {
    const pool = new SharedPool({ name: 'sends', capacity: 4 })
    assert.throws(() => pool.giveBack('a'), RangeError)
  })

  it('gives turns round-robin over tenants, then over their lines', () => {
    const pool = new SharedPool({ name: 'packets', capacity: 2 })
    const order: string[] = []
    const ask = (tenant: string, line: number): void => {
      pool.enqueue(tenant, line, () => {
        order.push(`${tenant}${line}`)
        pool.giveBack(tenant, line)
      })
    }
    assert.equal(pool.tryTake('x'), true)
    assert.equal(pool.tryTake('y'), true)
    for (const line of [1, 1, 1, 2]) ask('a', line)
    ask('b', 1)
    assert.deepEqual(order, [])
    assert.equal(pool.usage.waiting, 5)
    pool.giveBack('x')
    assert.deepEqual(order.slice(0, 3), ['a1', 'b1', 'a2'])
    assert.deepEqual(order.toSorted(), ['a1', 'a1', 'a1', 'a2', 'b1'])
    assert.equal(pool.usage.waiting, 0)
  })

  it('forgets a wish that was taken back', () => {
    const pool = new SharedPool({ name: 'polls', capacity: 1 })
    let started = 0
    pool.enqueue('a', 1, () => started++)
    const withdraw = pool.enqueue('b', 1, () => started++)
    withdraw()
    withdraw()
    pool.giveBack('a', 1)
    assert.deepEqual([started, pool.usage.waiting, pool.usage.used], [1, 0, 0])
  })

  it('lets a tenant that waits past its limit not hold up the others', () => {
    const pool = new SharedPool({ name: 'packets', capacity: 4, perTenant: 1 })
    const started: string[] = []
    pool.enqueue('a', 1, () => started.push('a1'))
    pool.enqueue('a', 2, () => started.push('a2'))
    pool.enqueue('b', 1, () => started.push('b1'))
    assert.deepEqual(started, ['a1', 'b1'])
    pool.giveBack('a', 1)
    assert.deepEqual(started, ['a1', 'b1', 'a2'])
  })
})

describe('all pools of a process', () => {
  it('say in the log once a minute who has found no room, and show what is used', async () => {
    const { clock, lines, pools } = createPools()
    const pool = pools.open({ name: 'transfers', capacity: 2 })
    fill(pool, 'prt_1')
    pool.tryTake('prt_1')
    assert.equal(lines.length, 1)
    const { event, pool: name, tenant, held, capacity } = lines[0] ?? {}
    assert.deepEqual(
      [event, name, tenant, held, capacity],
      ['pool.full', 'transfers', 'prt_1', 1, 2],
    )
    await clock.advance(60_000)
    pool.tryTake('prt_1')
    assert.equal(lines.length, 2)
    const usage = { name: 'transfers', capacity: 2, used: 1, waiting: 0, refused: 3 }
    assert.deepEqual(pools.usages(), [usage])
  })

  it('warn only when little is left for all others, also just after a portal came to its share', () => {
    const { lines, pools } = createPools()
    const pool = pools.open({ name: 'packets', capacity: 100, perTenant: 10 })
    fill(pool, 'prt_1')
    for (let n = 2; n <= 7; n++) fill(pool, `prt_${n}`)
    assert.deepEqual(
      lines.map(({ level, tenant }) => [level, tenant]),
      [['info', 'prt_1']],
    )
    pool.take('prt_8', undefined, 76 - pool.usage.used)
    pool.tryTake('prt_1')
    pool.tryTake('prt_1')
    assert.deepEqual(
      lines.map(({ level, tenant }) => [level, tenant]),
      [
        ['info', 'prt_1'],
        ['warn', 'prt_1'],
      ],
    )
  })
})

function createPools() {
  const clock = createManualClock()
  const lines: Record<string, unknown>[] = []
  const none = (): void => undefined
  const info = (fields: object): void => void lines.push({ level: 'info', ...fields })
  const warn = (fields: object): void => void lines.push({ level: 'warn', ...fields })
  return { clock, lines, pools: new Pools(clock, { info, warn, debug: none, error: none }) }
}
