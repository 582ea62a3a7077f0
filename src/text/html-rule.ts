import type { RichText } from '../core/rich-text.ts'

/** An opening tag. Names are in lower case, values have their character references read; the first of a name counts. */
export interface HtmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
}

/** What an element means. `{}` shows its content as if its tags weren't there. */
export interface HtmlRule {
  /**
   * `shown` if absent. `verbatim`: code; spaces and newlines are kept, short names not read, `text` not asked. `dropped`:
   * not shown (but as written when nothing closes the element). `source`: the content is shown, and the tags as written.
   */
  readonly content?: 'shown' | 'verbatim' | 'dropped' | 'source'
  /**
   * `inline` if absent. `line`: begins and ends a line. `paragraph`: has an empty line before and after it. `node`: becomes
   * a node that is a block by itself (quote, pre), so that no newlines are needed.
   */
  readonly display?: 'inline' | 'line' | 'paragraph' | 'node'
  /** Shown at the beginning: `\n` makes a line break of an empty element, `- ` begins a list item. */
  readonly before?: string
  /** Shown at the end. */
  readonly after?: string
  /**
   * Asked once with what is inside, when the element ends; what it gives stands in the element's place. Not asked for an
   * element beyond the depth limit, whose content is shown as if it had no tags. Handing a long list of children on as it
   * is takes time at each element that does so: without `finish` it takes none.
   */
  readonly finish?: (children: RichText) => RichText
  /** Told when the element ends. */
  readonly end?: () => void
}

/** How a channel or portal writes markup. Made anew for each text where it keeps state (numbers of a list). */
export interface HtmlDialect {
  /** Asked at each opening tag, and with no attributes at a closing tag that closes nothing. Must not throw. */
  rule(element: HtmlElement): HtmlRule
  /** Reads the text between two tags, character references already read: emoticons of a channel. */
  text?(value: string): RichText
  /** Short names are read, but not where a character reference stands for one of their characters. */
  readonly hasNames?: boolean
  /** Newlines of the source are line breaks, as in XML dialects of channels. In HTML they are spaces. */
  readonly hasNewlines?: boolean
}
