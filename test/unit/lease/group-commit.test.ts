import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { systemClock } from '../../../src/core/clock.ts'
import { StoreUnavailableError } from '../../../src/core/errors.ts'
import { StoreLocks } from '../../../src/db/engine/locks.ts'
import { GroupCommitter } from '../../../src/lease/group-commit.ts'

const gather = (): Promise<void> => Promise.resolve()
const detours = {
  keysOf: (item: number) => [item],
  rows: 'inbox_line',
  locks: new StoreLocks(),
  clock: systemClock,
} as const
const limits = { maxItems: 100, maxWaiting: 1000, gather, ...detours }

describe('group commit', () => {
  it('gathers what comes while a flush is under way, and gives each caller its own result', async () => {
    const gate = Promise.withResolvers<void>()
    const batches: number[][] = []
    const committer = new GroupCommitter<number, string>(async (items) => {
      batches.push([...items])
      if (batches.length === 1) await gate.promise
      return items.map((item) => `done ${item}`)
    }, limits)
    const first = committer.submit(1)
    await new Promise((resolve) => setImmediate(resolve))
    const rest = [2, 3, 4].map((item) => committer.submit(item))
    gate.resolve()
    assert.equal(await first, 'done 1')
    assert.deepEqual(await Promise.all(rest), ['done 2', 'done 3', 'done 4'])
    assert.deepEqual(batches, [[1], [2, 3, 4]])
  })

  it('keeps a flush within its limits of items and of size', async () => {
    const batches: number[][] = []
    const committer = new GroupCommitter<number, number>(
      async (items) => {
        batches.push([...items])
        return items
      },
      { maxItems: 3, maxSize: 10, sizeOf: (item) => item, maxWaiting: 1000, gather, ...detours },
    )
    await Promise.all([1, 1, 1, 1, 9, 2, 50, 1].map((item) => committer.submit(item)))
    assert.deepEqual(batches, [[1, 1, 1], [1, 9], [2], [50], [1]])
  })

  it('does not let one item that the store cannot take pull the others down', async () => {
    const committer = new GroupCommitter<number, number>(async (items) => {
      if (items.includes(13)) throw new Error('data too long')
      return items
    }, limits)
    const results = await Promise.allSettled([1, 13, 2].map((item) => committer.submit(item)))
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
  })

  it('tells everyone when the store is away, and works again afterwards', async () => {
    let isAway = true
    let flushes = 0
    const committer = new GroupCommitter<number, number>(async (items) => {
      flushes++
      if (isAway) throw new StoreUnavailableError('away')
      return items
    }, limits)
    const results = await Promise.allSettled([1, 2, 3].map((item) => committer.submit(item)))
    assert.ok(results.every(({ status }) => status === 'rejected'))
    assert.equal(flushes, 1)
    isAway = false
    assert.equal(await committer.submit(4), 4)
  })

  it('refuses at once when too many wait', async () => {
    const gate = Promise.withResolvers<void>()
    const committer = new GroupCommitter<number, number>(
      async (items) => {
        await gate.promise
        return items
      },
      { ...limits, maxItems: 1, maxWaiting: 2 },
    )
    const taken = [committer.submit(1), committer.submit(2)]
    await assert.rejects(committer.submit(3), StoreUnavailableError)
    gate.resolve()
    assert.deepEqual(await Promise.all(taken), [1, 2])
  })
})
