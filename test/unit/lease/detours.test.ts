import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { StoreLockedError } from '../../../src/core/errors.ts'
import { StoreLocks } from '../../../src/db/engine/locks.ts'
import { groupByKeys } from '../../../src/lease/detours.ts'
import { GroupCommitter } from '../../../src/lease/group-commit.ts'
import { createManualClock, type ManualClock } from '../../helpers/manual-clock.ts'

const START = 1_000_000

interface Update {
  readonly lines: readonly number[]
  readonly name: string
}

/** A store in which rows can be locked by somebody else. */
class LockableStore {
  readonly clock: ManualClock = createManualClock(START)
  readonly locked = new Set<number>()
  readonly taken: string[] = []
  readonly batches: string[][] = []
  readonly locks = new StoreLocks()
  /** Flushes under way that will meet a lock. */
  waiting = 0
  mostWaiting = 0
  readonly commits = new GroupCommitter<Update, string>((updates) => this.#flush(updates), {
    maxItems: 100,
    share: { ownersOf: ({ lines }) => lines.map((part) => ({ tenant: 'prt_1', part })) },
    gather: () => new Promise((resolve) => setImmediate(resolve)),
    keysOf: ({ lines }) => lines,
    rows: 'inbox_line',
    locks: this.locks,
    clock: this.clock,
  })

  submit(line: number, name: string, ...more: readonly number[]): Promise<string> {
    return this.commits.submit({ lines: [line, ...more], name })
  }

  async #flush(updates: readonly Update[]): Promise<string[]> {
    const names = updates.map(({ name }) => name)
    this.batches.push(names)
    const meetsLock = updates.some(({ lines }) => lines.some((line) => this.locked.has(line)))
    if (meetsLock) this.waiting += 1
    this.mostWaiting = Math.max(this.mostWaiting, this.waiting)
    await turn()
    if (meetsLock) {
      this.waiting -= 1
      throw new StoreLockedError('locked')
    }
    this.taken.push(...names)
    return names
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Lets everything happen that happens without time. */
async function settle(turns = 60): Promise<void> {
  for (let count = 0; count < turns; count++) await turn()
}

function swallow(promise: Promise<unknown>): Promise<unknown> {
  promise.catch(() => undefined)
  return promise
}

describe('a group commit that meets a locked row', () => {
  it('commits all lines but the locked one, whose items then come in order', async () => {
    const store = new LockableStore()
    store.locked.add(7)
    const others = Array.from({ length: 90 }, (_, line) => line + 100)
    const mine = [store.submit(7, 'a'), store.submit(7, 'b')]
    const theirs = others.map((line) => store.submit(line, `${line}`))
    await settle()
    mine.push(store.submit(7, 'c'))
    assert.deepEqual(await Promise.all(theirs), others.map(String))
    await settle()
    assert.ok(!store.taken.includes('a'))
    store.locked.delete(7)
    await turnUntil(store, () => store.taken.length === 93)
    assert.deepEqual(await Promise.all(mine), ['a', 'b', 'c'])
    assert.deepEqual(
      store.taken.filter((name) => 'abc'.includes(name)),
      ['a', 'b', 'c'],
    )
  })

  it('lets nothing of a line that is known to be locked into a shared batch', async () => {
    const store = new LockableStore()
    store.locked.add(7)
    const first = swallow(store.submit(7, 'a'))
    await settle()
    store.batches.length = 0
    const theirs = [1, 2, 3].map((line) => store.submit(line, `${line}`))
    const second = swallow(store.submit(7, 'b'))
    await Promise.all(theirs)
    await settle()
    assert.ok(store.batches.every((names) => !names.includes('b')))
    await turnUntil(store, () => store.clock.now() > START + 10_000)
    await assert.rejects(first, StoreLockedError)
    await assert.rejects(second, StoreLockedError)
    // Also when everything that waited has been refused.
    store.batches.length = 0
    void swallow(store.submit(7, 'c'))
    await store.submit(1, 'again')
    assert.ok(store.batches.some((names) => names.join() === 'again'))
  })

  it('refuses what has waited for 3 s, and what is too much for one line at once', async () => {
    const store = new LockableStore()
    store.locked.add(7)
    const first = swallow(store.submit(7, 'a'))
    await settle()
    const many = Array.from({ length: 201 }, (_, n) => swallow(store.submit(7, `${n}`)))
    await settle()
    await assert.rejects(many.at(-1) ?? Promise.resolve(), StoreLockedError)
    assert.equal(store.clock.now(), START)
    await turnUntil(store, () => store.clock.now() - START >= 3200)
    await assert.rejects(first, StoreLockedError)
    await assert.rejects(many[0] ?? Promise.resolve(), StoreLockedError)
  })

  it('holds no more than half the pool for lines that are locked, and four when they are known', async () => {
    const store = new LockableStore()
    for (let line = 0; line < 60; line++) store.locked.add(line)
    const all = Array.from({ length: 60 }, (_, line) => swallow(store.submit(line, `${line}`)))
    await settle(400)
    // One shared batch besides.
    assert.ok(store.mostWaiting <= 9, `${store.mostWaiting}`)
    store.mostWaiting = 0
    await store.clock.advance(1000)
    assert.ok(store.mostWaiting <= 4, `${store.mostWaiting} are known`)
    const free = await store.submit(1000, 'free')
    assert.equal(free, 'free')
    store.locked.clear()
    await turnUntil(store, () => store.taken.length === 61)
    await Promise.all(all)
  })

  it('is settled only when what waits for a lock has been answered', async () => {
    const store = new LockableStore()
    store.locked.add(7)
    const mine = store.submit(7, 'a')
    await settle()
    let isSettled = false
    const settled = store.commits.settled().then(() => {
      isSettled = true
    })
    await settle()
    assert.equal(isSettled, false)
    store.locked.clear()
    await turnUntil(store, () => isSettled)
    await settled
    assert.equal(await mine, 'a')
  })
})

describe('items by what they have in common', () => {
  it('joins groups over an item that has to do with both, each in its order', () => {
    const items = [[1], [2], [3], [1, 2], [2], [4]]
    assert.deepEqual(
      groupByKeys(items, (keys) => keys),
      [[[1], [2], [1, 2], [2]], [[3]], [[4]]],
    )
  })
})

async function turnUntil(store: LockableStore, isReached: () => boolean): Promise<void> {
  for (let step = 0; step < 500 && !isReached(); step++) {
    await store.clock.advance(50)
    await settle(10)
  }
  assert.ok(isReached(), 'it was reached')
}
