import type { RichText } from '../core/rich-text.ts'
import { parseBbcode } from './bbcode-reader.ts'

/** `[b]`, `[/url]`, `[img size=small]`. No bracket within: of a thousand that never close each would be looked at to the end. */
const TAG = /\[(\/?)([a-z]{1,12})(=[^[\]\r\n]{0,2048}|\s[^[\]\r\n]{0,2048})?\]/gi
/** Where the module puts the beginning and the end of a quote. */
const RULE = /^-{6,}$/
/** The four bytes of a character beyond U+FFFF, as Bitrix24 stores it. */
const STORED_EMOJI = /:([0-9a-f]{8}):/gi
const ENTITY = /&(?=(?:amp|#91|#58);)/g

/** Tags that both sides have. */
const KEPT: ReadonlySet<string> = new Set(['b', 'i', 'u', 's', 'url', 'code'])
/** Tags that are left out, while what stands between them stays. */
const UNWRAPPED: ReadonlySet<string> = new Set([
  'user',
  'chat',
  'context',
  'size',
  'color',
  'put',
  'send',
  'call',
  'img',
  'timestamp',
  'disk',
  'icon',
])

/** What an operator has written in Bitrix24 → rich text. Any string is taken: what isn't markup is text. Linear. */
export function parseBitrix(source: string): RichText {
  return parseBbcode(withQuotes(source.replace(STORED_EMOJI, toCharacter)), false)
}

/** Quotes stand between two lines of dashes, or on lines that begin with `>>`. */
function withQuotes(source: string): string {
  const lines = source.replace(/\[br\]/gi, '\n').split('\n')
  const ends = endsOfQuotes(lines)
  const out: string[] = []
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    const end = ends.get(at)
    if (end !== undefined) {
      out.push(`[quote]${translate(lines.slice(at + 1, end).join('\n'))}[/quote]`)
      at = end
    } else if (line.startsWith('>>')) {
      const from = at
      while (lines[at + 1]?.startsWith('>>')) at += 1
      const quoted = lines.slice(from, at + 1).map((one) => one.slice(2))
      out.push(`[quote]${translate(quoted.join('\n'))}[/quote]`)
    } else out.push(translate(line))
  }
  return out.join('\n')
}

/** The line that ends a quote, by the line that begins it. */
function endsOfQuotes(lines: readonly string[]): ReadonlyMap<number, number> {
  const rules = lines.flatMap((line, at) => (RULE.test(line.trimEnd()) ? [at] : []))
  const ends = new Map<number, number>()
  for (let index = 0; index + 1 < rules.length; index += 2) {
    ends.set(rules[index] ?? 0, rules[index + 1] ?? 0)
  }
  return ends
}

/** Our own BBCode for Bitrix24's. Tag by tag, so it doesn't matter whether a pair of them stands in one piece. */
function translate(source: string): string {
  let out = ''
  let rest = 0
  for (const match of source.matchAll(TAG)) {
    const [written, slash = '', name = '', value = ''] = match
    out += escapeText(source.slice(rest, match.index))
    out += toTag(written, slash, name.toLowerCase(), value)
    rest = match.index + written.length
  }
  return out + escapeText(source.slice(rest))
}

function toTag(written: string, slash: string, name: string, value: string): string {
  if (KEPT.has(name)) return `[${slash}${name}${name === 'url' ? value.trim() : ''}]`
  // An icon is a picture whose title stands for it.
  if (name === 'icon') return escapeText(/\btitle=([^\s]{1,100})/.exec(value)?.[1] ?? '')
  return UNWRAPPED.has(name) ? '' : written
}

/** Bitrix24 has no escapes: what reads like one of ours was typed. */
function escapeText(text: string): string {
  return text.replace(ENTITY, '&amp;')
}

function toCharacter(code: string, hex: string): string {
  const bytes = Buffer.from(hex, 'hex')
  const text = bytes.toString('utf8')
  return Buffer.from(text, 'utf8').equals(bytes) && [...text].length === 1 ? text : code
}
