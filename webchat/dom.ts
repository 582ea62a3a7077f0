import type { RichNode } from './types.ts'

type Attributes = Readonly<Record<string, string | boolean | undefined>>

/** An element with its attributes and children; texts become text, never markup. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue
    made.setAttribute(name, value === true ? '' : value)
  }
  made.append(...children)
  return made
}

const SVG = 'http://www.w3.org/2000/svg'

/** A picture of one line. */
export function icon(path: string): SVGElement {
  const svg = document.createElementNS(SVG, 'svg')
  for (const [name, value] of Object.entries({
    viewBox: '0 0 24 24',
    fill: 'none',
    stroke: 'currentColor',
    'stroke-width': '1.8',
    'stroke-linecap': 'round',
    'stroke-linejoin': 'round',
    'aria-hidden': 'true',
  })) {
    svg.setAttribute(name, value)
  }
  const line = document.createElementNS(SVG, 'path')
  line.setAttribute('d', path)
  svg.append(line)
  return svg
}

const TAGS = {
  bold: 'strong',
  italic: 'em',
  underline: 'u',
  strike: 's',
  quote: 'blockquote',
  code: 'code',
  pre: 'pre',
} as const

/** Formatted text as elements. */
export function richText(nodes: readonly RichNode[]): Node[] {
  return nodes.map((node) => {
    const inner = node.children ? richText(node.children) : [node.value ?? '']
    const tag = TAGS[node.type as keyof typeof TAGS]
    if (tag) return element(tag, {}, ...inner)
    if (node.type === 'link' && isSafe(node.href)) return link(node.href, ...inner)
    if (node.type === 'spoiler') {
      const spoiler = element('span', { class: 'spoiler', tabindex: '0' }, ...inner)
      return spoiler
    }
    return node.children ? element('span', {}, ...inner) : document.createTextNode(node.value ?? '')
  })
}

/** Plain text, in which addresses can be opened. */
export function plainText(text: string): Node[] {
  return text.split(/(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]])/).map((piece, index) => {
    return index % 2 === 1 ? link(piece, piece) : document.createTextNode(piece)
  })
}

export function link(href: string, ...children: (Node | string)[]): HTMLElement {
  return element('a', { href, target: '_blank', rel: 'noopener noreferrer' }, ...children)
}

export function isSafe(href: string | undefined): href is string {
  return href !== undefined && /^(?:https?:|mailto:|tel:)/i.test(href)
}
