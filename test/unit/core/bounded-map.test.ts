import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BoundedMap } from '../../../src/core/bounded-map.ts'

describe('a bounded map', () => {
  it('forgets what was set longest ago', () => {
    const map = new BoundedMap<string, number>(2)
    map.set('a', 1)
    map.set('b', 2)
    map.set('a', 3)
    map.set('c', 4)
    assert.deepEqual([map.get('a'), map.get('b'), map.get('c'), map.size], [3, undefined, 4, 2])
  })

  it('holds no more bytes than it may, however its values change', () => {
    const map = new BoundedMap<number, string>({
      limit: 1000,
      maxBytes: 100,
      sizeOf: (text) => text.length,
    })
    for (let round = 0; round < 500; round++) {
      map.set(round % 7, 'x'.repeat(round % 60))
      const held = [0, 1, 2, 3, 4, 5, 6].reduce((sum, key) => sum + (map.get(key)?.length ?? 0), 0)
      assert.ok(held <= 100, `${held} in round ${round}`)
    }
    map.delete(499 % 7)
    map.clear()
    map.set(1, 'x'.repeat(100))
    assert.equal(map.get(1)?.length, 100)
  })

  it('does not keep a value that is too large by itself, nor empty itself for it', () => {
    const options = { limit: 10, maxBytes: 10, sizeOf: (text: string) => text.length }
    const map = new BoundedMap<string, string>(options)
    map.set('small', 'xxx')
    map.set('large', 'x'.repeat(11))
    assert.deepEqual([map.has('small'), map.has('large')], [true, false])
  })
})
