import type { RichText, TextNode } from '#core/rich-text.ts'
import { renderPlain } from '#text/plain.ts'
import { readSmileys, VIBER_SMILEYS } from '#text/smileys.ts'
import { guardViberCodes, readViberEmoticons } from '#text/viber-emoticons.ts'

/**
 * A person's text. Viber sends its own emoticons as codes, `(smiley)`, and draws a few typed smileys, `:-)`; both become
 * emoji. Markup is nobody's: Viber's clients send none.
 */
export function readViberText(text: string): RichText {
  return readViberEmoticons(text.replace(/\r\n?/g, '\n')).flatMap(
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
