import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseJson } from '../../src/core/json.ts'

describe('JSON with numbers of 64 bits', () => {
  it('keeps every digit of an integer beyond 2^53, as text', () => {
    const text = '{"a":5741311803571721087,"b":[-9223372036854775808,1],"c": 18446744073709551615}'
    assert.deepEqual(parseJson(text), {
      a: '5741311803571721087',
      b: ['-9223372036854775808', 1],
      c: '18446744073709551615',
    })
  })

  it('leaves other numbers, and digits in strings, as they are', () => {
    const text =
      '{"a":9007199254740991,"b":"5741311803571721087","c":0.12345678901234567,"d":1e300}'
    assert.deepEqual(parseJson(text), JSON.parse(text))
    const mixed = '[1234567890123456, 1.5e20, 12345678901234567890.5, 3]'
    assert.deepEqual(parseJson(mixed), JSON.parse(mixed))
  })

  it('is as strict as JSON', () => {
    for (const text of ['', '{', '[5741311803571721087', 'undefined']) {
      assert.throws(() => parseJson(text), SyntaxError)
    }
  })

  it('takes long digits again and again in linear time', () => {
    const text = `[${Array.from({ length: 50_000 }, () => '5741311803571721087').join(', ')}]`
    const startedAt = performance.now()
    parseJson(text)
    assert.ok(performance.now() - startedAt < 2000)
  })
})
