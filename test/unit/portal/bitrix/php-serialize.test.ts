import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { serialize } from '../../../../src/portal/dialects/bitrix/wire/php-serialize.ts'
import {
  MAX_DEPTH,
  MAX_VALUES,
  PhpFormatError,
  unserialize,
} from '../../../../src/portal/dialects/bitrix/wire/php-unserialize.ts'
import {
  deepMemberOf,
  entriesOf,
  isTruthy,
  memberOf,
  PhpFloat,
  type PhpInput,
  textOf,
  valuesOf,
} from '../../../../src/portal/dialects/bitrix/wire/php-value.ts'

const read = (text: string) => unserialize(Buffer.from(text))
const rejects = (bytes: string | Buffer) =>
  assert.throws(() => unserialize(Buffer.from(bytes)), PhpFormatError, String(bytes).slice(0, 80))

describe('serialize', () => {
  const cases: readonly (readonly [PhpInput, string])[] = [
    [null, 'N;'],
    [true, 'b:1;'],
    [false, 'b:0;'],
    [0, 'i:0;'],
    [-7, 'i:-7;'],
    [2 ** 53 - 1, 'i:9007199254740991;'],
    [2n ** 63n - 1n, 'i:9223372036854775807;'],
    [1.5, 'd:1.5;'],
    [new PhpFloat(1), 'd:1;'],
    [new PhpFloat(1e20), 'd:1.0E+20;'],
    [1e20, 'd:1.0E+20;'],
    [0.0001, 'd:0.0001;'],
    [-0.00001, 'd:-1.0E-5;'],
    [new PhpFloat(1e16), 'd:10000000000000000;'],
    [new PhpFloat(-0), 'd:-0;'],
    [Number.NaN, 'd:NAN;'],
    [Number.NEGATIVE_INFINITY, 'd:-INF;'],
    ['', 's:0:"";'],
    ['Привет 👋', 's:17:"Привет 👋";'],
    ['"; quotes', 's:9:""; quotes";'],
    [[], 'a:0:{}'],
    [['a', 'b'], 'a:2:{i:0;s:1:"a";i:1;s:1:"b";}'],
    [{ b: 1, 7: 'x', left: undefined }, 'a:2:{i:7;s:1:"x";s:1:"b";i:1;}'],
    [
      new Map<string | number, PhpInput>([
        ['z', 1],
        [5, 2],
        [-3, 3],
        ['07', 4],
      ]),
      'a:4:{s:1:"z";i:1;i:5;i:2;i:-3;i:3;s:2:"07";i:4;}',
    ],
  ]
  for (const [value, text] of cases) {
    it(`writes ${text}`, () => assert.equal(serialize(value), text))
  }

  it('writes half a surrogate pair as what the bytes will hold', () =>
    assert.equal(serialize('a\ud83d'), 's:4:"a\ufffd";'))

  it('refuses integers of more than 64 bits', () =>
    assert.throws(() => serialize(2n ** 63n), RangeError))
})

describe('unserialize', () => {
  it('reads back what was written, byte for byte', () => {
    const text =
      'a:8:{i:0;N;s:1:"b";b:1;i:-5;i:42;s:1:"f";d:1;s:2:"ff";d:1.0E+20;s:3:"big";i:9007199254740993;s:1:"l";a:2:{i:0;s:0:"";i:1;a:0:{}}s:1:"s";a:2:{i:3;i:1;i:1;i:2;}}'
    assert.equal(serialize(read(text)), text)
  })

  it('gives lists for the keys 0, 1, 2 …, and maps with their order for others', () => {
    assert.deepEqual(read('a:2:{i:0;i:5;i:1;i:6;}'), [5, 6])
    const sparse = read('a:2:{i:9;i:5;i:1;i:6;}')
    assert.deepEqual(entriesOf(sparse), [
      ['9', 5],
      ['1', 6],
    ])
    assert.deepEqual(valuesOf(sparse), [5, 6])
  })

  it('counts bytes, and reads what is no UTF-8 without losing its place', () => {
    const bytes = Buffer.concat([
      Buffer.from('a:2:{i:0;s:3:"'),
      Buffer.from([0xff, 0xd0, 0x41]),
      Buffer.from('";i:1;s:2:"я";}'),
    ])
    assert.deepEqual(unserialize(bytes), ['\ufffd\ufffdA', 'я'])
  })

  it('puts in the place of a text what it stands for, keys excepted', () => {
    const bytes = Buffer.from('a:2:{s:1:"x";s:1:"x";i:0;a:1:{i:0;s:1:"x";}}')
    const value = unserialize(bytes, (text) => (text === 'x' ? [] : text))
    assert.deepEqual(memberOf(value, 'x'), [])
    assert.deepEqual(memberOf(value, 0), [[]])
  })

  it('gives names of ours no meaning', () => {
    const value = read('a:2:{s:9:"__proto__";a:1:{s:5:"admin";b:1;}s:11:"constructor";i:1;}')
    assert.equal(deepMemberOf(value, '__proto__', 'admin'), true)
    assert.equal(({} as Record<string, unknown>)['admin'], undefined)
    assert.equal(memberOf(value, 'toString'), undefined)
  })

  it('takes digits for an integer key, the later of two alike, as PHP does', () => {
    const value = read('a:2:{s:1:"7";s:1:"a";i:7;s:1:"b";}')
    assert.equal(memberOf(value, '7'), 'b')
    assert.equal(memberOf(value, 7), 'b')
  })

  const broken: Readonly<Record<string, string>> = {
    nothing: '',
    'bytes behind the value': 'i:1;i:2;',
    'an object': 'O:8:"stdClass":0:{}',
    'an object in an array': 'a:1:{i:0;O:8:"stdClass":0:{}}',
    'a class that reads itself': 'C:1:"A":2:{xx}',
    'an enum': 'E:3:"A:B";',
    'a reference': 'a:2:{i:0;i:1;i:1;R:2;}',
    'a reference to an object': 'a:2:{i:0;i:1;i:1;r:2;}',
    'a length beyond the text': 's:9:"abc";',
    'a huge length': 's:99999999999999999999:"abc";',
    'a negative length': 's:-1:"";',
    'a length with a sign': 's:+3:"abc";',
    'a length with a zero before it': 's:03:"abc";',
    'a length in hex': 's:0x3:"abc";',
    'a length short of the text': 's:2:"abc";',
    'a negative count': 'a:-1:{}',
    'a count beyond the members': 'a:3:{i:0;i:1;}',
    'a count short of the members': 'a:1:{i:0;i:1;i:1;i:2;}',
    'a count of a billion': 'a:1000000000:{i:0;i:1;}',
    'a key that is an array': 'a:1:{a:0:{}i:1;}',
    'a key that is null': 'a:1:{N;i:1;}',
    'a boolean that is none': 'b:2;',
    'an integer that is none': 'i:1a;',
    'an integer of 65 bits': 'i:18446744073709551616;',
    'an integer without an end': `i:${'1'.repeat(40)}`,
    'a float that is none': 'd:1,5;',
    'a string without an end': 's:3:"abc"',
    'an array without an end': 'a:1:{i:0;i:1;',
    words: 'hello',
  }
  for (const [name, text] of Object.entries(broken)) {
    it(`does not take ${name}`, () => rejects(text))
  }

  it('takes no text that was cut, wherever', () => {
    const text = 'a:2:{s:1:"b";b:1;i:5;a:2:{i:0;d:1.5;i:1;N;}}'
    for (let end = 0; end < text.length; end++) rejects(text.slice(0, end))
  })

  it('goes no deeper than it says', () => {
    const nest = (depth: number) => `${'a:1:{i:0;'.repeat(depth)}N;${'}'.repeat(depth)}`
    assert.doesNotThrow(() => read(nest(MAX_DEPTH)))
    rejects(nest(MAX_DEPTH + 1))
    rejects('a:1:{i:0;'.repeat(100_000))
  })

  it('reads no more values than it says', () => {
    const list = (count: number) => `a:${count}:{${'i:0;N;'.repeat(count)}}`
    assert.doesNotThrow(() => read(list(MAX_VALUES - 1)))
    rejects(list(MAX_VALUES))
  })

  it('says where, and nothing of what stands there', () => {
    assert.throws(
      () => read('a:1:{i:0;s:6:"secret"x}'),
      (error: Error) => !error.message.includes('secret') && /byte \d+/.test(error.message),
    )
  })
})

describe('values of PHP', () => {
  it('gives scalars as PHP prints them', () => {
    assert.equal(textOf(5), '5')
    assert.equal(textOf(9007199254740993n), '9007199254740993')
    assert.equal(textOf(new PhpFloat(1.5)), '1.5')
    assert.equal(textOf(true), '1')
    assert.equal(textOf(''), '')
    for (const none of [null, false, [], undefined]) assert.equal(textOf(none), undefined)
  })

  it('takes conditions as PHP does', () => {
    for (const value of ['', '0', 0, null, false, [], undefined])
      assert.equal(isTruthy(value), false)
    for (const value of ['00', ' ', 1, true, [null], new PhpFloat(0.1)]) {
      assert.equal(isTruthy(value), true)
    }
  })
})
