import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { systemClock } from '../../../src/core/clock.ts'
import {
  StoreCrowdedError,
  StoreLockedError,
  StoreUnavailableError,
} from '../../../src/core/errors.ts'
import { SharedPool } from '../../../src/core/shared-pool.ts'
import type { Part } from '../../../src/core/turn-queue.ts'
import { StoreLocks } from '../../../src/db/engine/locks.ts'
import type { Owner } from '../../../src/lease/fair-queue.ts'
import { GroupCommitter } from '../../../src/lease/group-commit.ts'
import { createManualClock } from '../../helpers/manual-clock.ts'
import { Random } from '../../simulation/random.ts'

const gather = (): Promise<void> => Promise.resolve()
const detours = {
  keysOf: (item: number) => [item],
  rows: 'inbox_line',
  locks: new StoreLocks(),
  clock: systemClock,
} as const
const share = { ownersOf: () => [{ tenant: 'prt_1', part: 1 }] }
const limits = { maxItems: 100, share, gather, ...detours }

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
      { maxItems: 3, maxSize: 10, sizeOf: (item) => item, share, gather, ...detours },
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
})

interface Update {
  readonly name: string
  readonly owners: readonly Owner[]
}

/** A store whose flushes end one after another, each when it is told to. */
class SlowStore {
  readonly batches: string[][] = []
  readonly refused: string[] = []
  readonly places: SharedPool
  readonly #clock = createManualClock(1_000_000)
  readonly #locked = new Set<Part>()
  readonly #commits: GroupCommitter<Update, string>
  readonly #underWay: (() => void)[] = []

  constructor(maxItems: number, capacity: number) {
    this.places = new SharedPool({ name: 'updates-waiting', capacity })
    this.#commits = new GroupCommitter((updates) => this.#flush(updates), {
      maxItems,
      maxSize: 1000,
      sizeOf: ({ name }) => (name.startsWith('large') ? 400 : 1),
      share: { ownersOf: ({ owners }) => owners, places: this.places },
      isUrgent: ({ name }) => name.startsWith('urgent'),
      gather,
      keysOf: ({ owners }) => owners.map(({ part }) => part),
      rows: 'inbox_line',
      locks: new StoreLocks(),
      clock: this.#clock,
    })
  }

  /** `lines` as `a1`: line 1 of the portal a. */
  submit(name: string, ...lines: readonly string[]): void {
    const owners = lines.map((line) => ({ tenant: line.slice(0, 1), part: line }))
    this.#commits.submit({ name, owners }).catch((error: unknown) => {
      assert.ok(error instanceof StoreCrowdedError, String(error))
      this.refused.push(name)
    })
  }

  lock(line: string): void {
    this.#locked.add(line)
  }

  /** Lets flushes end until all is done. */
  async drain(): Promise<void> {
    let isDone = false
    void this.#commits.settled().then(() => {
      isDone = true
    })
    while (!isDone) {
      for (const end of this.#underWay.splice(0)) end()
      await this.#clock.advance(50)
      await turn()
    }
  }

  async #flush(updates: readonly Update[]): Promise<string[]> {
    const names = updates.map(({ name }) => name)
    if (updates.some(({ owners }) => owners.some(({ part }) => this.#locked.has(part)))) {
      this.#locked.clear()
      throw new StoreLockedError('locked')
    }
    this.batches.push(names)
    await new Promise<void>((resolve) => {
      this.#underWay.push(resolve)
    })
    return names
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('a group commit with more waiting than one flush holds', () => {
  it('takes turns round-robin over portals, then over lines, and keeps each line’s order', async () => {
    const store = new SlowStore(4, 1000)
    store.submit('first', 'x1')
    await turn()
    for (let n = 1; n <= 8; n++) store.submit(`a1-${n}`, 'a1')
    store.submit('a2-1', 'a2')
    store.submit('b1-1', 'b1')
    store.submit('b1-2', 'b1')
    await store.drain()
    assert.deepEqual(store.batches, [
      ['first'],
      ['a1-1', 'b1-1', 'a2-1', 'b1-2'],
      ['a1-2', 'a1-3', 'a1-4', 'a1-5'],
      ['a1-6', 'a1-7', 'a1-8'],
    ])
    assert.deepEqual([store.places.usage.used, store.refused], [0, []])
  })

  it('takes turns also where a few large items fill a flush', async () => {
    const store = new SlowStore(100, 1000)
    store.submit('first', 'x1')
    await turn()
    for (let n = 1; n <= 5; n++) store.submit(`large-${n}`, 'a1')
    store.submit('small', 'b1')
    await store.drain()
    assert.deepEqual(store.batches, [
      ['first'],
      ['large-1', 'small', 'large-2'],
      ['large-3', 'large-4'],
      ['large-5'],
    ])
  })

  it('refuses what is more than a line’s share, and nobody else', async () => {
    const store = new SlowStore(10, 400)
    store.submit('first', 'x1')
    await turn()
    for (let n = 0; n < 400; n++) store.submit(`a1-${n}`, 'a1')
    for (let n = 0; n < 3; n++) store.submit(`a2-${n}`, 'a2')
    for (let n = 0; n < 3; n++) store.submit(`b1-${n}`, 'b1')
    await turn()
    assert.ok(store.refused.length > 370, `${store.refused.length}`)
    assert.ok(store.refused.every((name) => name.startsWith('a1')))
    // It concerns a quiet line, too.
    store.submit('both', 'a1', 'c1')
    await store.drain()
    assert.ok(store.batches.flat().includes('both'))
    assert.equal(store.places.usage.used, 0)
  })

  it('lets an item of several lines come after what is before it in each, and before what is behind', async () => {
    const store = new SlowStore(3, 1000)
    store.submit('first', 'x1')
    await turn()
    for (let n = 1; n <= 4; n++) store.submit(`a${n}`, 'a1')
    store.submit('both', 'a1', 'b1')
    store.submit('b', 'b1')
    store.submit('a5', 'a1')
    await store.drain()
    assert.deepEqual(store.batches.flat(), ['first', 'a1', 'a2', 'a3', 'a4', 'both', 'a5', 'b'])
  })

  it('takes what is urgent with the next flush, however much waits and of whomever', async () => {
    const store = new SlowStore(2, 1000)
    store.submit('first', 'x1')
    await turn()
    for (let n = 1; n <= 5; n++) store.submit(`a${n}`, 'a1')
    for (let n = 1; n <= 3; n++) store.submit(`urgent-${n}`, 'a1')
    await store.drain()
    assert.deepEqual(store.batches, [
      ['first'],
      ['urgent-1', 'urgent-2', 'a1', 'a2'],
      ['urgent-3', 'a3', 'a4'],
      ['a5'],
    ])
    assert.deepEqual([store.places.usage.used, store.refused], [0, []])
  })

  it('takes what is urgent once where a row is locked', async () => {
    const store = new SlowStore(4, 1000)
    store.submit('first', 'x1')
    await turn()
    store.lock('a1')
    store.submit('urgent-1', 'a1')
    store.submit('a1', 'a1')
    store.submit('urgent-2', 'b1')
    await store.drain()
    assert.deepEqual(store.batches.flat().sort(), ['a1', 'first', 'urgent-1', 'urgent-2'])
  })

  it('keeps the order of a line that meets a lock in the midst of it', async () => {
    const store = new SlowStore(4, 1000)
    store.submit('first', 'x1')
    await turn()
    store.lock('a1')
    for (let n = 1; n <= 12; n++) store.submit(`a1-${n}`, 'a1')
    for (let n = 1; n <= 12; n++) store.submit(`b1-${n}`, 'b1')
    await store.drain()
    for (const line of ['a1', 'b1']) {
      const taken = store.batches.flat().filter((name) => name.startsWith(line))
      assert.deepEqual(
        taken,
        Array.from({ length: 12 }, (_, n) => `${line}-${n + 1}`),
      )
    }
  })

  it('takes everything once and in order, whatever comes when', async () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = new Random(seed)
      const store = new SlowStore(random.int(1, 5), 10_000)
      const byLine = await submitAtRandom(store, random, seed % 2 === 0)
      await store.drain()
      const taken = store.batches.flat()
      assert.equal(taken.length, ITEMS)
      for (const [line, names] of byLine) {
        const ofLine = taken.filter((name) => names.includes(name))
        assert.deepEqual(ofLine, names, `seed ${seed}, line ${line}`)
      }
      assert.equal(store.places.usage.used, 0)
    }
  })
})

const ITEMS = 60

/** Gives what each line is to get, in order. */
async function submitAtRandom(
  store: SlowStore,
  random: Random,
  hasLocks: boolean,
): Promise<Map<string, string[]>> {
  const byLine = new Map<string, string[]>()
  for (let n = 0; n < ITEMS; n++) {
    // Where rows get locked an item is for one line: one of several is overtaken while it waits for a locked one.
    const count = !hasLocks && random.chance(0.3) ? 2 : 1
    const lines = Array.from({ length: count }, () => random.pick(['a1', 'a2', 'b1', 'c1']))
    for (const line of new Set(lines)) byLine.set(line, [...(byLine.get(line) ?? []), `${n}`])
    store.submit(`${n}`, ...lines)
    if (hasLocks && random.chance(0.1)) store.lock(random.pick(['a1', 'b1']))
    if (random.chance(0.3)) await turn()
  }
  return byLine
}
