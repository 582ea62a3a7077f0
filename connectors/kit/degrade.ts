import type { ContactCard, GeoPoint } from '#core/event.ts'
import type { Button, OutboundFile } from '#core/message.ts'
import { plainText, type RichText } from '#core/rich-text.ts'

/** Buttons with something to press. */
export function visibleButtons(rows: readonly (readonly Button[])[] | undefined): Button[] {
  return (rows ?? []).flat().filter(({ text }) => text.trim() !== '')
}

/** What stands above buttons that come without a text, where a channel shows none by themselves: `Yes / No`. */
export function labelsOf(buttons: readonly (readonly Button[])[] | undefined): RichText {
  return plainText(
    visibleButtons(buttons)
      .map(({ text }) => text.trim())
      .join(' / '),
  )
}

/** Buttons as lines of a numbered list: `1. Yes`, `2. Shop – https://shop.example`. */
export function listButtons(buttons: readonly Button[]): string[] {
  return buttons.map(({ text, url }, index) => `${index + 1}. ${text}${url ? ` – ${url}` : ''}`)
}

/** A file as its address: `name: address`. */
export function linkToFile({ name, url }: OutboundFile): string {
  return name ? `${name}: ${url}` : url
}

/** A place's own words, a line each: its title and its street. */
export function placeWords(place: GeoPoint | undefined): string[] {
  return [place?.title, place?.address].flatMap((words) => (words ? [words] : []))
}

/** A place as lines of text: its words, `latitude, longitude`, and the address of a map. None without a place. */
export function describePlace(place: GeoPoint | undefined): string[] {
  if (!place) return []
  const { latitude, longitude } = place
  const map = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}`
  return [...placeWords(place), `${latitude}, ${longitude}`, map]
}

/** A contact as one line, `name, phone`; none if it has neither. */
export function describeContact(contact: ContactCard | undefined): string[] {
  const words = [contact?.name, contact?.phone].filter(Boolean).join(', ')
  return words === '' ? [] : [words]
}

/** One text, each piece on a line of its own; empty pieces are left out. */
export function joinLines(pieces: readonly (RichText | string)[]): RichText {
  return pieces
    .map((piece) => (typeof piece === 'string' ? plainText(piece) : piece))
    .filter((piece) => piece.length > 0)
    .flatMap((piece, index) => (index === 0 ? piece : [...plainText('\n'), ...piece]))
}
