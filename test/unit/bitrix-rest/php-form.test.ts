import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  fieldsAt,
  listAt,
  parsePhpForm,
  textAt,
} from '../../../src/portal/dialects/bitrix-rest/php-form.ts'

describe("a form of PHP's", () => {
  it('holds nested names, lists in order, and what counts on', () => {
    const form = parsePhpForm(
      'event=X&data%5BMESSAGES%5D%5B0%5D%5Bim%5D%5Bchat_id%5D=1&data[MESSAGES][1][im][chat_id]=2&list[]=a&list[]=b+c',
    )
    const items = listAt(form, 'data', 'MESSAGES')
    assert.deepEqual(
      items.map((item) => textAt(item, 'im', 'chat_id')),
      ['1', '2'],
    )
    assert.deepEqual(listAt(form, 'list'), ['a', 'b c'])
    assert.equal(textAt(form, 'event'), 'X')
    assert.equal(textAt(form, 'data'), '')
    assert.deepEqual({ ...fieldsAt(form, 'nothing', 'here') }, {})
  })

  it('reads text of every script, and what is no UTF-8 without falling over', () => {
    const text = 'Привет 👋 & = [x]'
    const form = parsePhpForm(`a=${encodeURIComponent(text)}&b=%ff%zz&c=50%`)
    assert.equal(textAt(form, 'a'), text)
    assert.equal(textAt(form, 'b'), '\ufffd%zz')
    assert.equal(textAt(form, 'c'), '50%')
  })

  it('gives names no meaning beyond themselves', () => {
    const form = parsePhpForm(
      '__proto__[polluted]=1&constructor[prototype][polluted]=1&a[__proto__][x]=1',
    )
    assert.equal(({} as { polluted?: unknown }).polluted, undefined)
    assert.equal(textAt(form, '__proto__', 'polluted'), '1')
    assert.equal(textAt(form, 'a', '__proto__', 'x'), '1')
    assert.equal(textAt(form, 'toString'), '')
  })

  it('takes broken brackets for what they are, and the last of two values', () => {
    const form = parsePhpForm('a[b=1&=2&[c]=3&x=1&x=2&y=1&y[z]=2')
    assert.equal(textAt(form, 'a[b'), '1')
    assert.equal(textAt(form, 'x'), '2')
    assert.equal(textAt(form, 'y', 'z'), '2')
  })

  it('refuses what nobody means, fast', () => {
    const startedAt = performance.now()
    assert.equal(parsePhpForm(`a${'[x]'.repeat(17)}=1`), undefined)
    assert.equal(parsePhpForm('a[]=&'.repeat(200_000)), undefined)
    assert.ok(parsePhpForm(`a=${'%41'.repeat(300_000)}`))
    assert.ok(parsePhpForm(`${'['.repeat(1_000_000)}=1`))
    assert.ok(performance.now() - startedAt < 1000)
  })
})
