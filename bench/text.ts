import { TEXT_FORMATS, type TextFormat } from '../src/core/portal.ts'
import { plainText, type RichText, visibleText } from '../src/core/rich-text.ts'
import { parseBbcode } from '../src/text/bbcode-reader.ts'
import { parseText, renderText } from '../src/text/format.ts'
import { splitRichText } from '../src/text/splitter.ts'

/**
 * What texts cost: `node bench/text.ts`. Microseconds for a usual message (80 characters, two emoji), both ways, in each
 * format a portal may choose, and milliseconds for a mebibyte of what could make a parser slow. The least of several
 * rounds: what else the machine does only adds to it.
 */
const MESSAGE =
  'Hello Ann, your order [b]1234[/b] left us 😀 see [url=https://a.b/t?x=1]here[/url] 👍🏽, it will be there by 10:30'
const MEBIBYTE = 1024 * 1024
const UNITS = [
  ...[
    'a',
    '[',
    ':',
    '<',
    '*',
    '>',
    '[b]',
    '> ',
    '>\n',
    '[quote]',
    '<blockquote>',
    '😀\u200d',
    '\n',
  ],
  ...['&', '`', '[a](b)', '<b>x</b>', '**a** ', 'a*'],
]
const GOAL_US = 15
const GOAL_MS = 50

const EMOJI = ['shortname', 'unicode'] as const

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

function leastMs(work: () => unknown, rounds: number): number {
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round += 1) {
    const startedAt = performance.now()
    work()
    least = Math.min(least, performance.now() - startedAt)
  }
  return least
}

/** Of one call, after enough of them that it runs as fast as it will. */
function microseconds(work: () => unknown): number {
  const calls = 20_000
  const all = (): void => {
    for (let call = 0; call < calls; call += 1) work()
  }
  return (leastMs(all, 8) / calls) * 1000
}

function cell(value: number, goal: number): string {
  const text = value.toFixed(value < 10 ? 1 : 0)
  return `${text}${value < goal ? ' ' : '!'}`.padStart(10)
}

function writeMessageTable(): void {
  const tree = parseBbcode(MESSAGE, true)
  say(
    `A message of ${visibleText(tree).length} characters with two emoji, µs (goal: below ${GOAL_US}; ! above)`,
  )
  say(`${''.padEnd(22)}${'to portal'.padStart(10)}${'from it'.padStart(10)}`)
  for (const text of TEXT_FORMATS) {
    for (const emoji of EMOJI) {
      const format: TextFormat = { text, emoji }
      const written = renderText(tree, format)
      const there = microseconds(() => renderText(tree, format))
      const back = microseconds(() => parseText(written, format))
      say(`${text.padEnd(10)}${emoji.padEnd(12)}${cell(there, GOAL_US)}${cell(back, GOAL_US)}`)
    }
  }
}

function writePathologicalTable(): void {
  const formats = TEXT_FORMATS.map((text): TextFormat => ({ text, emoji: 'shortname' }))
  const measure = (text: RichText): number => visibleText(text).length
  say(
    `\n1 MiB of one thing, ms (goal: below ${GOAL_MS} in each parser; ! above): read, written, split at 4096`,
  )
  const names = formats.map(({ text }) => text.padStart(10)).join('')
  say(`${''.padEnd(16)}${names}${names}${'split'.padStart(10)}`)
  for (const unit of UNITS) {
    const source = unit.repeat(Math.ceil(MEBIBYTE / unit.length))
    const text = plainText(source)
    const read = formats.map((format) => leastMs(() => parseText(source, format), 5))
    const written = formats.map((format) => leastMs(() => renderText(text, format), 5))
    const split = leastMs(() => splitRichText(text, 4096, measure), 3)
    const cells = [...read, ...written, split].map((value) => cell(value, GOAL_MS)).join('')
    say(`${JSON.stringify(unit).padEnd(16)}${cells}`)
  }
}

writeMessageTable()
writePathologicalTable()
