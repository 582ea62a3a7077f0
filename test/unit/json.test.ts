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

describe('JSON that holds more than anybody sends', () => {
  const refused: Readonly<Record<string, string>> = {
    'too many values': `[${'1,'.repeat(500_000)}1]`,
    'too many fields': `{${Array.from({ length: 101_000 }, (_, index) => `"${index}":1`).join(',')}}`,
    'too many fields of one object': `[{},{${Array.from({ length: 2001 }, (_, index) => `"${index * 7919}":1`).join(',')}}]`,
    'too many levels': `${'['.repeat(5000)}${']'.repeat(5000)}`,
  }
  for (const [what, text] of Object.entries(refused)) {
    it(`is refused for ${what}, before it is parsed`, () => {
      assert.doesNotThrow(() => void JSON.parse(text))
      assert.throws(() => parseJson(text), SyntaxError)
    })
  }

  it('is what one object holds, not all of them together', () => {
    const row = Object.fromEntries(Array.from({ length: 1990 }, (_, index) => [`k:${index}`, {}]))
    const rows = [row, { ...row, inside: { row } }, row]
    assert.deepEqual(parseJson(JSON.stringify(rows)), rows)
  })

  it('is no matter of what its texts look like', () => {
    const signs = [',', '[', '{', '"', '\\', '\\"', '1234567890123456789,', '[[[[']
    for (const sign of signs) {
      const value = { text: sign.repeat(200_000), id: 1 }
      assert.deepEqual(parseJson(JSON.stringify(value)), value)
    }
    const mixed = `{"text":${JSON.stringify('",12345678901234567'.repeat(1000))},"id":12345678901234567}`
    assert.equal((parseJson(mixed) as { id: string }).id, '12345678901234567')
  })

  it('keeps what JSON.parse refuses refused', () => {
    for (const text of [
      '{12345678901234567:1}',
      '[0012345678901234567]',
      '[12345678901234567 8]',
    ]) {
      assert.throws(() => parseJson(text), SyntaxError)
    }
  })
})
