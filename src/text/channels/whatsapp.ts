import { plainText, type RichText, type TextNode, visibleText } from '../../core/rich-text.ts'
import type { ChatMarkRules } from '../chat-marks.ts'
import { type ChatPiece, readChatMarks } from '../chat-marks-reader.ts'
import { type ChatWriting, renderChatMarks } from '../chat-marks-writer.ts'
import { addressBehind } from '../links.ts'
import { unifyNewlines } from '../newlines.ts'

/** Unseen, and neither letter nor space to WhatsApp: a mark between two of it finds no word to begin or end at. */
const UNSEEN = '\u200b'

/** Looks like a backtick. Between two backticks anything is code, so nothing unseen keeps a typed one from being read. */
const GRAVE = '\u02cb'

/** https://faq.whatsapp.com/539178204879377. WhatsApp has no escape character. */
const MARKS: ChatMarkRules = {
  marks: new Map([
    ['*', 'bold'],
    ['_', 'italic'],
    ['~', 'strike'],
  ]),
  boundary: UNSEEN,
  guardMark: (mark) => (mark === '`' ? GRAVE : UNSEEN + mark + UNSEEN),
  quoteGuard: UNSEEN,
}

/** Up to what can't end an address in a sentence, or closes formatting around it. No address has a backtick in it. */
const ADDRESS = /https?:\/\/[^\s<>`]*[^\s<>*_~`.,;:!?'")\]]/gi

/** A sign that quotes nothing, as no space follows it. */
const NO_QUOTE = /^>(?! )/gm

/** A person's text: `*bold*`, `_italic_`, `~strike~`, code, `> quote`. Lists are typed signs both ways. */
export function readWhatsAppText(text: string): RichText {
  return readChatMarks(toPieces(unifyNewlines(text)), MARKS)
}

/** WhatsApp reads no marks in addresses; they, and signs that quote nothing, are pieces by themselves. */
function toPieces(text: string): ChatPiece[] {
  const pieces: ChatPiece[] = []
  let from = 0
  for (const match of text.matchAll(new RegExp(`${ADDRESS.source}|${NO_QUOTE.source}`, 'gim'))) {
    pieces.push(text.slice(from, match.index), { type: 'text', value: match[0] })
    from = match.index + match[0].length
  }
  pieces.push(text.slice(from))
  return pieces
}

/** Text for a person. Underline and spoilers have no form there and show their content; a link is `label: address`. */
export function writeWhatsAppText(text: RichText): string {
  return renderChatMarks(text.map(spellLink), WRITING).toWellFormed()
}

const WRITING: ChatWriting = {
  rules: MARKS,
  text: (typed) => typed,
  code: (typed) => typed,
  // Called for addresses: they are written as they stand, without guards that would break them.
  link: (href, label) => (label.length === 0 ? href : undefined),
  mention: () => undefined,
  address: ADDRESS,
}

function spellLink(node: TextNode): TextNode {
  if (!('children' in node)) return node
  const children = node.children.map(spellLink)
  if (node.type !== 'link') return { ...node, children }
  const label = visibleText(children)
  const address = addressBehind(label, node.href)
  if (label === '') return { type: 'link', href: node.href, children: [] }
  if (address === '') return { type: 'spoiler', children }
  const shown = address.slice(2, -1)
  return { type: 'spoiler', children: [...children, ...plainText(`: ${shown}`)] }
}
