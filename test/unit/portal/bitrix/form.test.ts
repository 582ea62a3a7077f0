import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  readArguments,
  readCommand,
  writePost,
} from '../../../../src/portal/dialects/bitrix/wire/command.ts'
import { FormError, readForm, writeForm } from '../../../../src/portal/dialects/bitrix/wire/form.ts'
import { PhpFormatError } from '../../../../src/portal/dialects/bitrix/wire/php-unserialize.ts'
import { isSigned, signFields } from '../../../../src/portal/dialects/bitrix/wire/signature.ts'

const KEY_HASH = 'a'.repeat(32)
const form = (text: string) => readForm(Buffer.from(text, 'latin1'))
const texts = (text: string) => [...form(text)].map(([name, value]) => [name, String(value)])

describe('forms', () => {
  it('keep the order of their fields, and odd writings', () => {
    assert.deepEqual(texts('b=1&a=x+y%21&&c&d='), [
      ['b', '1'],
      ['a', 'x y!'],
      ['c', ''],
      ['d', ''],
    ])
    assert.deepEqual(texts('a=100%&b=%4&c=%zz&d=%e2%82%AC'), [
      ['a', '100%'],
      ['b', '%4'],
      ['c', '%zz'],
      ['d', '€'],
    ])
  })

  it('keep the bytes of what is no UTF-8, for the signature', () => {
    assert.deepEqual(form('a=%ff%FE').get('a'), Buffer.from([0xff, 0xfe]))
  })

  it('give every byte that was meant, text or not', () => {
    const cases: readonly (readonly [string, string])[] = [
      ['%c0%80', 'c080'],
      ['%ed%a0%80', 'eda080'],
      ['%f4%90%80%80', 'f4908080'],
      ['%ef%bb%bf%ef%bf%bd', 'efbbbfefbfbd'],
      ['%f0%9f%98%80+%00', 'f09f98802000'],
      ['\u00e9%41%2B+', 'e9412b20'],
      ['%c3\u00a9', 'c3a9'],
      ['%41%', '4125'],
    ]
    for (const [written, hex] of cases) {
      assert.equal(form(`a=${written}`).get('a')?.toString('hex'), hex, written)
    }
  })

  it('are written as PHP writes them', () => {
    const fields = new Map([["a'", "1 +~*()!'-_."]])
    assert.equal(writeForm(fields), 'a%27=1+%2B%7E%2A%28%29%21%27-_.')
  })

  it('have each name once, and not too many of them', () => {
    assert.throws(() => form('a=1&a=2'), FormError)
    assert.throws(() => form('a=1&%61=2'), FormError)
    assert.throws(() => form('&'.repeat(1000)), FormError)
    assert.throws(() => form(`${'x'.repeat(100)}=1`), FormError)
    const many = Array.from({ length: 41 }, (_, index) => `f${index}=1`)
    assert.throws(() => form(many.join('&')), FormError)
    assert.doesNotThrow(() => form(many.slice(1).join('&')))
  })
})

describe('signatures', () => {
  const post = writePost({ command: 'x', connector: 'viber', line: '7', data: [] }, KEY_HASH)

  it('hold for every value, in its order', () => {
    assert.equal(isSigned(form(post), KEY_HASH), true)
    assert.equal(isSigned(form(post), 'b'.repeat(32)), false)
    assert.equal(isSigned(form(post.replace('LINE=7', 'LINE=8')), KEY_HASH), false)
    assert.equal(isSigned(form(`${post}&MORE=1`), KEY_HASH), false)
    const [first, second, ...rest] = post.split('&')
    assert.equal(isSigned(form([second, first, ...rest].join('&')), KEY_HASH), false)
  })

  it('are read in small letters alone', () => {
    const upper = post.replace(
      /BX_HASH=(\w+)/,
      (_, hash: string) => `BX_HASH=${hash.toUpperCase()}`,
    )
    assert.equal(isSigned(form(upper), KEY_HASH), false)
    assert.equal(isSigned(form(post.replace(/BX_HASH=\w+/, 'BX_HASH=')), KEY_HASH), false)
    assert.equal(isSigned(form(post.replace(/&BX_HASH=\w+/, '')), KEY_HASH), false)
  })

  it('can not be moved to other fields', () => {
    const hash = signFields(['x|7', 'y'], KEY_HASH)
    assert.throws(() => readCommand(Buffer.from(`A=x&B=7%7Cy&BX_HASH=${hash}`)), FormError)
  })
})

describe('commands', () => {
  const read = (text: string) => readCommand(Buffer.from(text))
  const data = (serialized: string) =>
    readArguments(read(`DATA=${encodeURIComponent(Buffer.from(serialized).toString('base64'))}`))

  it('have their stubs taken out, at the top too', () => {
    const command = read('BX_COMMAND=x&LINE=%23EMPTY%23&BX_REGION=%23EMPTY_ARRAY%23&CONNECTOR=all')
    assert.equal(command.line, '')
    assert.equal(command.region, undefined)
    assert.deepEqual(data('a:2:{i:0;s:7:"#EMPTY#";i:1;a:1:{i:0;s:13:"#EMPTY_ARRAY#";}}'), [
      '',
      [[]],
    ])
  })

  it('have no arguments where their data are no array', () => {
    assert.deepEqual(readArguments(read('A=1')), [])
    for (const one of ['s:7:"#EMPTY#";', 'i:5;', 'N;']) assert.deepEqual(data(one), [])
  })

  it('are refused where their data can not be read', () => {
    for (const one of ['a:1:{i:0;O:1:"A":0:{}}', 'a:1:{', 'xyz']) {
      assert.throws(() => data(one), PhpFormatError)
    }
    assert.throws(() => readArguments(read('DATA=%2A%2A%2A')), PhpFormatError)
  })

  it('have no fields but the data that are longer than an address', () => {
    assert.throws(() => read(`BX_DOMAIN=${'x'.repeat(3000)}`), FormError)
    assert.doesNotThrow(() => read(`DATA=${'x'.repeat(3000)}`))
  })
})
