import { Tokenizer, type TokenizerCallbacks } from 'htmlparser2'

/** What a character reference at some place of a source stands for, and where it ends. */
export interface Reference {
  readonly value: string
  readonly end: number
}

const REFERENCE = /&(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|([a-zA-Z][a-zA-Z\d]{1,31}));/y
const COMMON: ReadonlyMap<string, string> = new Map([
  ...([
    ['amp', '&'],
    ['lt', '<'],
    ['gt', '>'],
    ['quot', '"'],
    ['apos', "'"],
  ] as const),
  ['nbsp', '\u00a0'],
])

/**
 * The character reference (`&amp;`, `&#38;`, `&#x26;`) that begins at `at`, as Markdown reads it: with its semicolon, by
 * HTML's table of names. Numbers that stand for no character give U+FFFD.
 */
export function readReference(source: string, at: number): Reference | undefined {
  REFERENCE.lastIndex = at
  const match = REFERENCE.exec(source)
  if (!match) return undefined
  const [whole, decimal, hex, name = ''] = match
  const value = decimal || hex ? fromNumber(decimal, hex) : (COMMON.get(name) ?? fromName(whole))
  return value === undefined ? undefined : { value, end: at + whole.length }
}

function fromNumber(decimal: string | undefined, hex: string | undefined): string {
  const point = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)
  const isCharacter = point > 0 && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff)
  return isCharacter ? String.fromCodePoint(point) : '\ufffd'
}

/** htmlparser2 has the table of the 2231 names. */
function fromName(reference: string): string | undefined {
  const reader = new ReferenceReader()
  const tokenizer = new Tokenizer({}, reader)
  tokenizer.write(reference)
  tokenizer.end()
  return reader.hasText ? undefined : reader.value
}

class ReferenceReader implements TokenizerCallbacks {
  value = ''
  /** Of `&notit;` only `&not` is a reference, by HTML's rules but not by Markdown's. */
  hasText = false

  ontextentity(point: number): void {
    this.value += String.fromCodePoint(point)
  }

  ontext(): void {
    this.hasText = true
  }

  onattribdata = ignore
  onattribend = ignore
  onattribentity = ignore
  onattribname = ignore
  oncdata = ignore
  onclosetag = ignore
  oncomment = ignore
  ondeclaration = ignore
  onend = ignore
  onopentagend = ignore
  onopentagname = ignore
  onprocessinginstruction = ignore
  onselfclosingtag = ignore
}

/** A reference alone holds no markup. */
function ignore(): undefined {
  return undefined
}
