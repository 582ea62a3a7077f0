/**
 * Rich text: the one form in which text crosses the hub. Connectors parse their channel's markup into it and render it
 * back; `src/text/` does the same for the formats a portal may choose. A newline inside a text value is a line break.
 */
export type RichText = readonly TextNode[]

export type TextNode =
  | { readonly type: 'text'; readonly value: string }
  /** An emoji the channel marked as one. `value` is its Unicode form. */
  | { readonly type: 'emoji'; readonly value: string }
  | {
      readonly type: 'bold' | 'italic' | 'underline' | 'strike' | 'quote' | 'spoiler'
      readonly children: RichText
    }
  | { readonly type: 'code'; readonly value: string }
  | { readonly type: 'pre'; readonly value: string; readonly language?: string }
  | { readonly type: 'link'; readonly href: string; readonly children: RichText }
  /** A person named in the text; `id` is the channel's own id of that person. */
  | { readonly type: 'mention'; readonly id: string; readonly children: RichText }

/** Text without any markup. The empty string gives the empty tree. */
export function plainText(value: string): RichText {
  return value === '' ? [] : [{ type: 'text', value }]
}

/** What a reader sees, without markup: the concatenated text of all nodes. Recursion is bounded by the parsers' depth limit. */
export function visibleText(text: RichText): string {
  let out = ''
  for (const node of text) {
    out += 'children' in node ? visibleText(node.children) : node.value
  }
  return out
}
