import { given } from '../core/given.ts'
import { plainText, type RichText, visibleText } from '../core/rich-text.ts'
import type { HtmlDialect, HtmlElement, HtmlRule } from './html-rule.ts'
import { isLinkHref, labelOr } from './links.ts'

type Style = 'bold' | 'italic' | 'underline' | 'strike' | 'quote' | 'spoiler'

const TRANSPARENT: HtmlRule = {}
const DROPPED: HtmlRule = { content: 'dropped' }
const LINE: HtmlRule = { display: 'line' }
const SPOILER = style('spoiler')

const RULES: ReadonlyMap<string, HtmlRule> = new Map([
  ...rules('b strong', style('bold')),
  ...rules('i em cite dfn var', style('italic')),
  ...rules('u ins', style('underline')),
  ...rules('s strike del', style('strike')),
  ...rules('h1 h2 h3 h4 h5 h6', { ...style('bold'), display: 'paragraph' }),
  ...rules('blockquote', { ...style('quote'), display: 'node' }),
  ...rules('tg-spoiler', SPOILER),
  ...rules('kbd samp tt', { content: 'verbatim', finish: (children) => code(children, undefined) }),
  ...rules('q', { before: '“', after: '”' }),
  ...rules('br', { before: '\n' }),
  ...rules('hr', { display: 'line', before: '———' }),
  ...rules('p', { display: 'paragraph' }),
  ...rules(
    'address article aside body center dd details dialog div dl dt fieldset figcaption',
    LINE,
  ),
  ...rules('figure footer form header hgroup html main nav section summary table', LINE),
  ...rules('head iframe script style svg template title', DROPPED),
])

/**
 * The elements of HTML that editors and Markdown converters write; others show their content. Lists have their items'
 * numbers, tables bars between cells, pictures their description or else their address. `<a name@host>` and
 * `<https://…>` are no elements but what people type, and stay. Links that could run as code become label and address.
 *
 * For one text only: it keeps count of list items.
 */
export function portalHtml(hasNames: boolean, hasNewlines: boolean): HtmlDialect {
  const counters = new Counters()
  return {
    hasNames,
    hasNewlines,
    rule: (element) => RULES.get(element.name) ?? counters.rule(element) ?? ruleOf(element),
  }
}

function rules(names: string, rule: HtmlRule): [name: string, rule: HtmlRule][] {
  return names.split(' ').map((name) => [name, rule])
}

function style(type: Style): HtmlRule {
  return { finish: (children) => (children.length > 0 ? [{ type, children }] : []) }
}

function ruleOf({ name, attributes }: HtmlElement): HtmlRule {
  switch (name) {
    case 'a':
      return linkRule(attributes['href'] ?? '')
    case 'span':
      return spanRule(attributes['class'] ?? '', attributes['data-user'] ?? '')
    case 'code':
      return {
        content: 'verbatim',
        finish: (children) => code(children, languageOf(attributes['class'])),
      }
    case 'pre':
      return {
        content: 'verbatim',
        display: 'node',
        finish: (children) => pre(children, languageOf(attributes['class'])),
      }
    case 'img':
      return { finish: () => plainText(picture(attributes)) }
    default:
      return /^[\w:-]*[\w-]$/.test(name) ? TRANSPARENT : { content: 'source' }
  }
}

function linkRule(attribute: string): HtmlRule {
  const href = attribute.trim()
  if (href === '') return TRANSPARENT
  if (!isLinkHref(href)) return { after: ` (${href})` }
  return { finish: (children) => [{ type: 'link', href, children: labelOr(href, children) }] }
}

function spanRule(classes: string, id: string): HtmlRule {
  if (id !== '') {
    return { finish: (children) => [{ type: 'mention', id, children: labelOr(id, children) }] }
  }
  return /(?:^|\s)(?:tg-)?spoiler(?:\s|$)/.test(classes) ? SPOILER : TRANSPARENT
}

function languageOf(classes = ''): string | undefined {
  return /(?:^|\s)lang(?:uage)?-(\S+)/.exec(classes)?.[1]
}

/** Code with a language is a block even where its `<pre>` is missing. */
function code(children: RichText, language: string | undefined): RichText {
  const value = visibleText(children)
  if (value === '') return []
  return [language === undefined ? { type: 'code', value } : { type: 'pre', value, language }]
}

/** Around one block of code with a language, `<pre>` adds nothing. */
function pre(children: RichText, language: string | undefined): RichText {
  const value = visibleText(children)
  if (value === '') return []
  const [only] = children
  if (children.length === 1 && only?.type === 'pre') return children
  return [{ type: 'pre', value, ...given({ language }) }]
}

function picture({ alt = '', src = '' }: HtmlElement['attributes']): string {
  if (alt !== '') return alt
  return isLinkHref(src) ? src : ''
}

/** Numbers the items of lists and the cells of rows. */
class Counters {
  /** For each open list the number of its next item; undefined where there are none. */
  readonly #lists: (number | undefined)[] = []
  #cells = 0

  rule({ name, attributes }: HtmlElement): HtmlRule | undefined {
    switch (name) {
      case 'ul':
      case 'menu':
        return this.#list(undefined)
      case 'ol':
        return this.#list(Number.parseInt(attributes['start'] ?? '1', 10) || 1)
      case 'li':
        return { display: 'line', before: this.#item() }
      case 'tr':
        this.#cells = 0
        return LINE
      case 'td':
      case 'th':
        this.#cells += 1
        return this.#cells > 1 ? { before: ' | ' } : TRANSPARENT
      default:
        return undefined
    }
  }

  #list(first: number | undefined): HtmlRule {
    this.#lists.push(first)
    return { display: 'line', end: () => this.#lists.pop() }
  }

  #item(): string {
    const number = this.#lists.at(-1)
    if (number === undefined) return '- '
    this.#lists[this.#lists.length - 1] = number + 1
    return `${number}. `
  }
}
