import { plainText, type RichText, type TextNode, visibleText } from '../../core/rich-text.ts'
import type { HtmlElement, HtmlRule } from '../html-rule.ts'
import { toLink } from '../safe-link.ts'

type Wrapping = Extract<TextNode, { children: RichText }>['type']

const WRAPPING: ReadonlyMap<string, Exclude<Wrapping, 'link' | 'mention'>> = new Map([
  ['b', 'bold'],
  ['strong', 'bold'],
  ['i', 'italic'],
  ['em', 'italic'],
  ['u', 'underline'],
  ['ins', 'underline'],
  ['s', 'strike'],
  ['strike', 'strike'],
  ['del', 'strike'],
])
const LINES = new Set([
  'p',
  'div',
  'section',
  'article',
  'table',
  'tbody',
  'thead',
  'dl',
  'dt',
  'dd',
])
const DROPPED = new Set(['script', 'style', 'head', 'title', 'template', 'attachment'])

export function wrapIn(type: Exclude<Wrapping, 'link' | 'mention'>): HtmlRule {
  return { finish: (children) => (children.length > 0 ? [{ type, children }] : []) }
}

export const PRE_RULE: HtmlRule = {
  content: 'verbatim',
  display: 'node',
  finish: (children) => {
    const value = withoutLastBreak(visibleText(children))
    return value === '' ? [] : [{ type: 'pre', value }]
  },
}

const CODE_RULE: HtmlRule = {
  content: 'verbatim',
  finish: (children) => {
    const value = visibleText(children)
    return value === '' ? [] : [{ type: 'code', value }]
  },
}

function withoutLastBreak(value: string): string {
  return value.endsWith('\n') ? value.slice(0, -1) : value
}

/** An address that was typed and linked by the channel is text, as in channels that link nothing by themselves. */
export function readAnchor(href: string, label: RichText): RichText {
  const shown = visibleText(label)
  const isTyped = [href, href.replace(/\/$/, ''), href.replace(/^(?:mailto|tel):/i, '')].includes(
    shown,
  )
  return isTyped ? label : toLink(href, label)
}

/**
 * The HTML that the Bot Framework's channels write, without what is a channel's own. Undefined for an element it doesn't
 * know. Keeps the numbers of lists and the cells of rows: made anew for each text.
 */
export function createHtmlRules(): (element: HtmlElement) => HtmlRule | undefined {
  const lists: { next: number | undefined }[] = []
  let cells = 0
  const listRule = (next: number | undefined): HtmlRule => {
    lists.push({ next })
    return {
      display: 'line',
      finish: (children) => {
        lists.pop()
        return children
      },
    }
  }
  const itemRule = (): HtmlRule => {
    const list = lists.at(-1)
    const indent = '  '.repeat(Math.max(0, lists.length - 1))
    const sign = list?.next === undefined ? '-' : `${list.next++}.`
    return { display: 'line', before: `${indent}${sign} ` }
  }
  return ({ name, attributes }) => {
    if (name === 'ul') return listRule(undefined)
    if (name === 'ol') return listRule(startOf(attributes['start']))
    if (name === 'li') return itemRule()
    if (name === 'tr') cells = 0
    if (name === 'td' || name === 'th') return cells++ === 0 ? {} : { before: ' | ' }
    return ruleOf({ name, attributes })
  }
}

function startOf(start: string | undefined): number {
  return /^-?\d{1,9}$/.test(start ?? '') ? Number(start) : 1
}

function ruleOf({ name, attributes }: HtmlElement): HtmlRule | undefined {
  const type = WRAPPING.get(name)
  if (type) return wrapIn(type)
  if (/^h[1-6]$/.test(name)) return { ...wrapIn('bold'), display: 'line' }
  if (LINES.has(name) || name === 'tr') return { display: 'line' }
  if (DROPPED.has(name)) return { content: 'dropped' }
  switch (name) {
    case 'a':
      return { finish: (children) => readAnchor(attributes['href'] ?? '', children) }
    case 'blockquote':
      return { ...wrapIn('quote'), display: 'node' }
    case 'br':
      return { before: '\n' }
    case 'code':
      return CODE_RULE
    case 'hr':
      return { display: 'line', before: '---' }
    case 'pre':
      return PRE_RULE
    default:
      return undefined
  }
}

/** Spaces and empty lines at the text's beginning and end, which editors leave behind, are left out. */
export function trimText(text: RichText): RichText {
  return trimEnd(trimStart(text))
}

export function trimStart(text: RichText): RichText {
  const [first, ...rest] = text
  if (first?.type !== 'text') return text
  const value = first.value.trimStart()
  return value === '' ? trimStart(rest) : [...plainText(value), ...rest]
}

function trimEnd(text: RichText): RichText {
  const last = text.at(-1)
  if (last?.type !== 'text') return text
  const value = last.value.trimEnd()
  return value === '' ? trimEnd(text.slice(0, -1)) : [...text.slice(0, -1), ...plainText(value)]
}
