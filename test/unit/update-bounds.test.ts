import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { boundUpdate, CUT_MARK, cutText, MAX_TEXT_LENGTH } from '../../src/core/update-bounds.ts'

/** Values in an update, and characters of its texts. */
function sizeOf(value: unknown): { values: number; text: number } {
  if (typeof value === 'string') return { values: 1, text: value.length }
  if (typeof value !== 'object' || value === null) return { values: 1, text: 0 }
  return Object.values(value)
    .map(sizeOf)
    .reduce((sum, { values, text }) => ({ values: sum.values + values, text: sum.text + text }), {
      values: 1,
      text: 0,
    })
}

function nested(depth: number): unknown {
  let value: unknown = 'x'
  for (let level = 0; level < depth; level += 1) value = { inside: [value] }
  return value
}

const HOSTILE: Readonly<Record<string, unknown>> = {
  'one long text': { text: 'x'.repeat(1_000_000) },
  'many long texts': { texts: Array.from({ length: 15 }, () => 'x'.repeat(65_000)) },
  'many short texts': { texts: Array.from({ length: 900 }, () => 'x'.repeat(1000)) },
  'a long list': { list: Array.from({ length: 300_000 }, () => 1) },
  'lists of lists': {
    list: Array.from({ length: 900 }, () => Array.from({ length: 900 }, () => ({}))),
  },
  'many fields': Object.fromEntries(
    Array.from({ length: 80_000 }, (_, index) => [`k${index}`, {}]),
  ),
  'deep lists': nested(200),
}

describe('the bounds of an update', () => {
  it('leave what channels send as it is', () => {
    const message = { text: 'x'.repeat(4096), from: { id: 1 }, entities: [{ offset: 0 }] }
    const forwards = Array.from({ length: 100 }, (_, id) => ({
      id,
      text: 'x'.repeat(2000),
      sizes: Array.from({ length: 10 }, () => ({ url: 'https://a.example', width: 1, height: 1 })),
    }))
    for (const update of [message, { ...message, forwards }, null, 7, 'x', []]) {
      const bound = boundUpdate(update)
      assert.equal(bound.update, update)
      assert.equal(bound.cut, undefined)
    }
  })

  for (const [what, update] of Object.entries(HOSTILE)) {
    it(`hold for ${what}, and say so`, () => {
      const { update: bound, cut } = boundUpdate(update)
      assert.ok(cut)
      const { values, text } = sizeOf(bound)
      assert.ok(values <= 10_000, `${values} values`)
      assert.ok(text <= 4 * MAX_TEXT_LENGTH, `${text} characters`)
      assert.equal(boundUpdate(bound).cut, undefined)
    })
  }

  it('cost no more for names that stand in one object only', () => {
    let listed = 0
    const watched = (fields: object): object =>
      new Proxy(fields, {
        ownKeys(target) {
          const keys = Reflect.ownKeys(target)
          listed += keys.length
          return keys
        },
      })
    const rows = Array.from({ length: 90 }, (_, row) => {
      const names = Array.from({ length: 1000 }, (__, index) => [row * 100_000 + index * 31, 1])
      return watched(Object.fromEntries(names))
    })
    assert.ok(boundUpdate({ rows }).cut)
    assert.ok(listed < 220_000, `${listed} names were listed`)
  })

  it('mark where a text was cut, and cut no character', () => {
    const { update } = boundUpdate({ text: '😀'.repeat(100) }, 101)
    const { text } = update as { text: string }
    assert.ok(text.endsWith(CUT_MARK) && text.isWellFormed() && text.length <= 101)
    for (let max = 10; max < 20; max += 1) assert.ok(cutText('😀'.repeat(20), max).isWellFormed())
    assert.equal(cutText('12345', 5), '12345')
  })

  it('keep the beginning of lists, and what stands beside them', () => {
    const long = { list: Array.from({ length: 5000 }, (_, index) => index), after: 'x' }
    const { update, cut } = boundUpdate(long)
    const { list, after } = update as typeof long
    assert.deepEqual([list.length, list[999], after], [1000, 999, 'x'])
    assert.equal(cut?.longestList, 5000)
  })
})
