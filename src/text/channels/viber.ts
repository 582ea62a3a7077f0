import type { RichText, TextNode } from '../../core/rich-text.ts'
import { unifyNewlines } from '../newlines.ts'
import { renderPlain } from '../plain.ts'
import { readSmileys, type SmileyTable, smileyTable } from '../smileys.ts'
import { guardViberCodes, readViberEmoticons } from './viber-emoticons.ts'

/**
 * Further spellings of Viber's emoticons in the Android client's own table. Left out are `3:)` and the mirrored ones (`(:`,
 * `):`, `O-:`), which occur as brackets.
 */
export const VIBER_SMILEYS: SmileyTable = smileyTable({
  '🙂': ':) :-)',
  '🙁': ':( :-(',
  '😉': ';) ;-)',
  '😠': ':@',
  '😋': ':P :-P',
  '😮': ':-O',
  '😘': ':* :-*',
  '😢': ":'( :'-(",
  '😁': ':D :-D',
  '😇': '0:-)',
  '❤️': '<3',
})

/**
 * A person's text. Viber sends its own emoticons as codes, `(smiley)`, and draws a few typed smileys, `:-)`; both become
 * emoji. Viber's clients send no markup.
 */
export function readViberText(text: string): RichText {
  return readViberEmoticons(unifyNewlines(text)).flatMap(
    (node): RichText => (node.type === 'text' ? readSmileys(node.value, VIBER_SMILEYS) : [node]),
  )
}

/**
 * Text for a person. Viber's bots have no markup that all clients draw, so there is none; a typed code, `(cool)`, is
 * guarded, or Viber would draw a picture for it. Emoji go as Unicode, which every client draws.
 */
export function writeViberText(text: RichText): string {
  return guardViberCodes(renderPlain(text.map(nameMention), false)).toWellFormed()
}

/** `@Name`: Viber's bots can't name people. */
function nameMention(node: TextNode): TextNode {
  if (node.type === 'mention') {
    const name = renderPlain(node.children, false).replace(/^@/, '') || node.id
    return { type: 'text', value: `@${name}` }
  }
  return 'children' in node ? { ...node, children: node.children.map(nameMention) } : node
}
