import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ParsedUpdate } from '../../src/core/connector.ts'
import { plainText, type RichText, type TextNode, visibleText } from '../../src/core/rich-text.ts'
import { boundUpdate } from '../../src/core/update-bounds.ts'
import { splitRichText } from '../../src/text/splitter.ts'
import { nameOf, type Path, pathsIn, readGoldenUpdates, valueAt } from './golden.ts'

/**
 * Steps and not time: what a reader makes is counted, and what a splitter asks. The time that each step takes is measured in
 * `bench/` (`--only stalls`).
 */
const SMALL = 4000
const LARGE = 4 * SMALL
/** Linear work grows fourfold; a part more or less at the end is allowed for. */
const MAX_GROWTH = 4.5
const GOLDEN = readGoldenUpdates()
const UNITS = [
  'a ',
  '[',
  '*a* ',
  '_*',
  '`a`',
  '> a\n',
  '[id1|a] ',
  '<b>a</b>',
  '<@U1> ',
  '(y) ',
  ':joy:',
]

function replace(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by
  if (Array.isArray(value)) {
    return value.map((entry, index) => (index === key ? replace(entry, rest, by) : entry))
  }
  const fields = value as Record<string, unknown>
  return { ...fields, [key]: replace(fields[key], rest, by) }
}

/** Values in it, each text besides by its length. */
function weigh(value: unknown): number {
  if (typeof value === 'string') return 1 + value.length
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce<number>((sum, inner) => sum + weigh(inner), 1)
}

function weightOf({ events, conversations = [], unreadable = [] }: ParsedUpdate): number {
  return weigh(events) + weigh(conversations) + weigh(unreadable)
}

interface Place {
  readonly what: string
  readonly value: unknown
  /** What is made of the update with another value there. */
  weigh(by: unknown): number
}

/** Every field of the connector's golden updates, once: the same field of another update is read by the same code. */
function placesOf(connector: string): Place[] {
  const seen = new Set<string>()
  return GOLDEN.filter(({ real }) => real === connector).flatMap(({ name, update, parse }) =>
    pathsIn(update).flatMap((path): Place[] => {
      const field = nameOf(path)
      if (seen.has(field)) return []
      seen.add(field)
      return [
        {
          what: `${name}: ${field}`,
          value: valueAt(update, path),
          weigh: (by) => tryToWeigh(parse, boundUpdate(replace(update, path, by)).update),
        },
      ]
    }),
  )
}

function assertTextGrowth({ what, weigh }: Place, unit: string): void {
  const [small, large] = [SMALL, LARGE].map((size) => weigh(unit.repeat(size / unit.length)))
  const steps = `${what} ${JSON.stringify(unit)}: ${small} → ${large}`
  assert.ok((large ?? 0) <= Math.max(small ?? 0, SMALL) * MAX_GROWTH, steps)
}

function assertListGrowth({ what, weigh }: Place, entry: unknown): void {
  const [small = 0, large = 0, huge = 0] = [100, 400, 100_000].map((length) =>
    weigh(Array(length).fill(entry)),
  )
  const steps = `${what} ${JSON.stringify(entry)}: ${small} → ${large} → ${huge}`
  assert.ok(large <= Math.max(small, 100) * MAX_GROWTH, steps)
  // However long it is, no more than 1 000 entries are read.
  assert.ok(huge <= Math.max(small, 100) * 10 * MAX_GROWTH, steps)
}

describe('what is made of an update grows no faster than it', () => {
  for (const connector of new Set(GOLDEN.map(({ real }) => real))) {
    it(`by ${connector}, text by text`, () => {
      const texts = placesOf(connector).filter(({ value }) => typeof value === 'string')
      assert.ok(texts.length > 0)
      for (const place of texts) for (const unit of UNITS) assertTextGrowth(place, unit)
    })

    it(`by ${connector}, list by list, and ends where an update does`, () => {
      for (const place of placesOf(connector)) {
        if (!Array.isArray(place.value) || place.value.length === 0) continue
        for (const entry of [place.value[0], 1, {}, null]) assertListGrowth(place, entry)
      }
    })
  }
})

function tryToWeigh(parse: (update: unknown) => ParsedUpdate, update: unknown): number {
  try {
    return weightOf(parse(update))
  } catch {
    return 0
  }
}

describe('what cutting a text asks about grows no faster than the text', () => {
  const styled = (index: number): TextNode => ({
    type: index % 2 === 0 ? 'bold' : 'italic',
    children: plainText('ab c '),
  })
  const link = (): TextNode => ({ type: 'link', href: 'https://a.b/c', children: plainText('ab ') })
  const texts: Readonly<Record<string, (size: number) => RichText>> = {
    words: (size) => plainText('ab '.repeat(size)),
    'one word': (size) => plainText('a'.repeat(size)),
    'texts side by side': (size) => Array.from({ length: size }, () => plainText('a b')).flat(),
    styles: (size) => Array.from({ length: size }, (_, index) => styled(index)),
    links: (size) => Array.from({ length: size }, link),
    'one style around all': (size) => [{ type: 'bold', children: plainText('ab '.repeat(size)) }],
  }
  for (const [name, make] of Object.entries(texts)) {
    it(`of ${name}`, () => {
      const stepsOf = (size: number): number => {
        let steps = 0
        splitRichText(make(size), 1000, (part) => {
          const { length } = visibleText(part)
          steps += 1 + length
          return length
        })
        return steps
      }
      const [small, large] = [stepsOf(4000), stepsOf(16_000)]
      assert.ok(large <= small * MAX_GROWTH, `${small} → ${large}`)
      assert.ok(large <= 8 * visibleText(make(16_000)).length, `${large} steps`)
    })
  }
})
