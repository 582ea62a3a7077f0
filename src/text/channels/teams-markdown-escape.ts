const SPECIAL = /[\\*_~[\]()#>|`<]|&(?=#?\w+;)/g
const ADDRESS = /https?:\/\/[^\s<>]*[^\s<>.,;:!?'"()*_~`[\]\\|]/gi
/** What an address may hold without being read as markup: an underscore only between letters. */
const SAFE_ADDRESS = /^(?:[^\\*~[\]|`<>_&]|(?<=[\p{L}\p{N}])_(?=[\p{L}\p{N}])|&(?!#?\w+;))*$/u

/**
 * Typed text, so written that Markdown shows it. An address without anything to escape stays as typed, since an escape
 * would break the link that the channel makes of it; others are written as links.
 */
export function escapeMarkdown(value: string): string {
  if (!value.includes('://')) return escapeSigns(value)
  let out = ''
  let from = 0
  for (const match of value.matchAll(ADDRESS)) {
    const end = match.index + match[0].length
    const address = writeAddress(match[0], value.charAt(end))
    const before = escapeSigns(value.slice(from, match.index))
    // It would make a picture of a link.
    const isPicture = address.startsWith('[') && before.endsWith('!')
    out += (isPicture ? `${before.slice(0, -1)}\\!` : before) + address
    from = end
  }
  return out + escapeSigns(value.slice(from))
}

/** Typed text as a link's label, in which addresses are no links. */
export function escapeSigns(value: string): string {
  return value.replace(SPECIAL, '\\$&')
}

/** `next`: a semicolon behind the address could complete a character reference. */
function writeAddress(address: string, next: string): string {
  if (SAFE_ADDRESS.test(address + (next === ';' ? next : ''))) return address
  const href = address
    .replace(/[\\[\]|`]/g, encodeURIComponent)
    .replace(/[()]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`)
    .replace(/&(?=#?\w+;)/g, '&amp;')
  return `[${escapeSigns(address)}](${href})`
}

/**
 * The beginning of a line, where `- `, `1. `, `===` and indentation would begin a block. `value` is already escaped.
 * Indenting spaces become no-break ones: they'd be left out otherwise.
 */
export function escapeLineStart(value: string): string {
  const indent = /^[ \t]+/.exec(value)?.[0] ?? ''
  if (indent !== '') return '\u00a0'.repeat(indent.length) + value.slice(indent.length)
  return value
    .replace(/^(?=[-+](?:[\s-]|$)|=+\s*$)/, '\\')
    .replace(/^(\d{1,9})([.)])(?=\s|$)/, '$1\\$2')
}
