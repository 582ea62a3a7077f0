import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { keptIds } from '../../../src/outbox/kept-ids.ts'

const COLUMN_BYTES = 65_535

function bytesOf(parts: unknown): number {
  return Buffer.byteLength(JSON.stringify(parts))
}

describe('ids of a message, as the store keeps them', () => {
  it('are those of the channel, wherever a channel is sane', () => {
    const parts = Array.from({ length: 160 }, (_, index) => [`wamid.${'x'.repeat(60)}${index}`])
    assert.deepEqual(keptIds(parts), parts)
    assert.deepEqual(keptIds([[], ['1', '2'], []]), [[], ['1', '2'], []])
  })

  it('fit into the column, however many and however long they are', () => {
    for (const parts of [
      [Array.from({ length: 100_000 }, (_, index) => String(index))],
      Array.from({ length: 10_000 }, () => ['x'.repeat(1000)]),
      [['\u0000'.repeat(255)], ['😀'.repeat(127)], ['"'.repeat(255)]],
      Array.from({ length: 400 }, () => ['\u0001'.repeat(255)]),
      [['x'.repeat(10_000_000)]],
    ]) {
      const kept = keptIds(parts)
      assert.equal(kept.length, parts.length)
      assert.ok(bytesOf(kept) <= COLUMN_BYTES, `${bytesOf(kept)} bytes`)
    }
  })

  it('stay apart when they are too long', () => {
    const [one, two] = keptIds([[`${'x'.repeat(300)}1`], [`${'x'.repeat(300)}2`]])
    assert.notDeepEqual(one, two)
    assert.match(one?.[0] ?? '', /^sha256:/)
  })
})
