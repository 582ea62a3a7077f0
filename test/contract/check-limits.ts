import assert from 'node:assert/strict'
import type { Capabilities } from '../../src/core/connector.ts'
import { plainText } from '../../src/core/rich-text.ts'
import { type Bench, type Check, deliver, openBench, type Subject } from './bench.ts'
import { textsOf } from './view.ts'

/**
 * One, two and three bytes of UTF-8; and four, which are two units of UTF-16 and one code point. No emoji: some channels
 * have them as words of their own.
 */
const SIGNS = ['a', 'я', '漢', '𐍈']

/** The text limit, in the unit that it is given in. */
export function limitChecks(subject: Subject): Check[] {
  return [
    {
      name: 'sends a text as long as its limit in one message, and one unit more in two',
      run: () => keepsLimit(subject),
    },
    {
      name: 'splits a long text between words and loses none',
      run: () => splitsLongText(subject),
    },
  ]
}

export function lengthOf(text: string, unit: Capabilities['textUnit']): number {
  if (unit === 'utf8') return Buffer.byteLength(text)
  return unit === 'utf16' ? text.length : [...text].length
}

/** A text of exactly `length` units that is as far as possible made of `sign`. */
function textOf(sign: string, length: number, unit: Capabilities['textUnit']): string {
  const count = Math.floor(length / lengthOf(sign, unit))
  const text = sign.repeat(count)
  return text + 'a'.repeat(length - lengthOf(text, unit))
}

async function textsFor(bench: Bench, text: string): Promise<string[]> {
  const { views } = await deliver(bench, { text: plainText(text) })
  const texts = textsOf(views)
  assert.equal(texts.length, views.length, 'a message has more or less than one text')
  return texts
}

async function keepsLimit(subject: Subject): Promise<void> {
  const { textLimit, textUnit } = subject.descriptor.capabilities
  await using bench = await openBench(subject)
  for (const sign of SIGNS) {
    const exact = textOf(sign, textLimit, textUnit)
    const one = await textsFor(bench, exact)
    assert.equal(one.length, 1, `${textLimit} units of ${sign} in ${one.length} messages`)
    assert.equal(one[0], exact)
    const more = `${exact}b`
    const two = await textsFor(bench, more)
    assert.equal(two.length, 2, `${textLimit} + 1 units of ${sign} in ${two.length} messages`)
    assert.equal(two.join(''), more)
  }
}

async function splitsLongText(subject: Subject): Promise<void> {
  const { textLimit, textUnit } = subject.descriptor.capabilities
  await using bench = await openBench(subject)
  const words = Array.from({ length: textLimit / 3 }, (_, index) => `слово${index}`)
  const texts = await textsFor(bench, words.join(' '))
  assert.equal(texts.join(' '), words.join(' '))
  for (const text of texts) assert.ok(lengthOf(text, textUnit) <= textLimit)
}
