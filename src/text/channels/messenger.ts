import type { RichText } from '../../core/rich-text.ts'
import { renderPlain } from '../plain.ts'
import { readSmileys, type SmileyTable, smileyTable } from '../smileys.ts'

/**
 * Typed smileys that Messenger's clients draw: github.com/Crissov/unicode-proposals issue 254. Left out are those that
 * occur as something else between spaces (`8)` and `B)` number a list, `3:)` follows an hour, `8|`, `:v`, `:3`, `:\`).
 */
export const MESSENGER_SMILEYS: SmileyTable = smileyTable({
  '🙂': ':) :-) :] =)',
  '🙁': ':( :-( :[ =(',
  '😉': ';) ;-)',
  '😃': ':D :-D =D',
  '😛': ':P :-P :p :-p =P',
  '😮': ':O :-O :o :-o',
  '😢': ":'(",
  '😘': ':* :-*',
  '😠': '>:( >:-(',
  '😇': 'O:) O:-)',
  '😎': '8-) B-)',
  '😕': ':/ :-/',
  '😑': '-_-',
  '😊': '^_^',
  '❤️': '<3',
  '👍': '(y)',
})

/** A person's text: it has no markup, but Messenger's clients draw smileys that the API gives as they were typed. */
export function readMessengerText(text: string): RichText {
  return readSmileys(text, MESSENGER_SMILEYS)
}

/** Text for a person, on Messenger and on Instagram: neither has markup for it. */
export function writeMessengerText(text: RichText): string {
  return renderPlain(text, false)
}

/** Meta sends the heart of a reaction without the variation selector that makes it the emoji. */
export function withSelector<T extends string | null | undefined>(emoji: T): T | '\u2764\ufe0f' {
  return emoji === '\u2764' ? '\u2764\ufe0f' : emoji
}
