import { plainText, type RichText } from '../core/rich-text.ts'

/**
 * Schemes whose address is code or a document of its own. Anything else with a scheme opens another program or page at
 * most (`tg:`, `viber:`, `geo:`, `ftp:`).
 */
const UNSAFE_SCHEMES = new Set([
  ...['javascript', 'vbscript', 'livescript', 'mocha', 'data', 'file', 'filesystem', 'blob'],
  ...['about', 'view-source', 'jar', 'res', 'ms-its', 'mhtml', 'mk'],
])
const SCHEME = /^([a-z][a-z0-9+.-]*):/i
/** Browsers leave some of these out before they look at the scheme (`java\tscript:`). */
const CONTROL_OR_SPACE = /[\0-\x20\x7f-\xa0\u1680\u2000-\u200f\u2028-\u202f\u3000\ufeff]/g
const WEB_SCHEMES = new Set(['http:', 'https:', 'tel:', 'mailto:'])
/** Addresses of these schemes that a browser takes as they are. */
const PLAIN_WEB = /^(?:https?:\/\/[\p{L}\p{N}[]|tel:|mailto:)[!#-;=?-[\]_a-z|~\p{L}\p{N}]*$/iu

/** May this address stand in a link at all? Not if it could run as code in a reader's page, however it is disguised. */
export function isLinkHref(href: string): boolean {
  const compact = href.replace(CONTROL_OR_SPACE, '')
  const scheme = SCHEME.exec(compact)?.[1]
  if (scheme !== undefined) return !UNSAFE_SCHEMES.has(scheme.toLowerCase())
  // Without a scheme (`example.com/a`): not what a page could decode to one. BBCode writes brackets as %5B and %5D.
  const start = /^[^/?#]*/.exec(compact)?.[0] ?? ''
  return compact !== '' && !/[:&\\%]/.test(start.replace(/%5[bd]/gi, ''))
}

/**
 * An address that a page may link to (http, https, tel, mailto), in a form without characters to trip over; undefined if
 * it is none.
 */
export function webHref(href: string): string | undefined {
  if (PLAIN_WEB.test(href)) return href
  const url = URL.parse(href)
  return url && WEB_SCHEMES.has(url.protocol) ? url.href : undefined
}

/** What a link or mention shows: its label, or its address or id if there is nothing in that. */
export function labelOr(name: string, label: RichText): RichText {
  return hasText(label) ? label : plainText(name)
}

function hasText(text: RichText): boolean {
  return text.some((node) => {
    if (!('children' in node)) return node.value !== ''
    const name = node.type === 'link' ? node.href : node.type === 'mention' ? node.id : ''
    return name !== '' || hasText(node.children)
  })
}

/** ` (address)` for where a link can't be one, so that its address isn't lost; '' if the label says it. */
export function addressBehind(label: string, href: string): string {
  if (href === '') return ''
  const shown = href.replace(/^(?:mailto|tel):/i, '')
  return isSaid(label, bare(href)) ? '' : ` (${shown})`
}

function bare(href: string): string {
  return href.replace(/^(?:mailto:|tel:|https?:\/\/)/i, '').replace(/\/$/, '')
}

/** Does the label hold the address, not only the beginning of a longer one? */
function isSaid(label: string, address: string): boolean {
  if (address === '') return true
  const at = label.indexOf(address)
  if (at < 0) return false
  const before = label.slice(0, at)
  const after = label.slice(at + address.length)
  return !/[\p{L}\p{N}@._-]$/u.test(before) && !/^[\p{L}\p{N}@_?#&=%-]|^[/.:][^\s]/u.test(after)
}
