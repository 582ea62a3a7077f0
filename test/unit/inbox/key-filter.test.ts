import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { describe, it } from 'node:test'
import { filterBytes, KeyFilter, markKey } from '../../../src/db/inbox/key-filter.ts'

const KEYS = 50_000

function keyOf(id: string): Buffer {
  return hash('sha256', id, 'buffer').subarray(0, 16)
}

describe('a filter of keys', () => {
  it('finds all that was added, and of the rest hardly any', () => {
    const filter = new KeyFilter(KEYS)
    for (let id = 0; id < KEYS; id++) filter.add(markKey(id % 100, keyOf(`${id}`)))
    let wrong = 0
    for (let id = 0; id < KEYS; id++) {
      assert.ok(filter.mayHave(markKey(id % 100, keyOf(`${id}`))))
      if (filter.mayHave(markKey(id % 100, keyOf(`other ${id}`)))) wrong += 1
    }
    assert.ok(wrong <= KEYS / 5000, `${wrong} of ${KEYS} taken for known`)
  })

  it('tells the same hash of two lines apart', () => {
    const filter = new KeyFilter(1000)
    for (let id = 0; id < 1000; id++) filter.add(markKey(1, keyOf(`${id}`)))
    const known = Array.from({ length: 1000 }, (_, id) => id).filter((id) =>
      filter.mayHave(markKey(2, keyOf(`${id}`))),
    )
    assert.ok(known.length <= 2, `${known.length}`)
  })

  it('takes 2.5 to 5 bytes for a key', () => {
    for (const keys of [1000, 333_333, 1_000_000, 8_000_000]) {
      const bytes = new KeyFilter(keys).bytes / keys
      assert.ok(bytes >= 2.5 && bytes <= 5, `${bytes}`)
      assert.equal(filterBytes(keys), bytes * keys)
    }
  })
})
