import type { GeoPoint } from '#core/event.ts'
import type { OutboundMessage } from '#core/message.ts'
import { plainText, type RichText } from '#core/rich-text.ts'

/** A place and a contact as lines of text, for where Meta's APIs have neither. */
export function describe({ location, contact }: OutboundMessage): RichText[] {
  const card = [contact?.name, contact?.phone].filter(Boolean).join(', ')
  return [...(location ? describePlace(location) : []), card].map(plainText)
}

function describePlace({ latitude, longitude, title, address }: GeoPoint): string[] {
  const map = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}`
  return [title ?? '', address ?? '', `${latitude}, ${longitude}`, map]
}

/** Without those that hold nothing. */
export function joinLines(lines: readonly RichText[]): RichText {
  return lines
    .filter((line) => line.length > 0)
    .flatMap((line, index) => (index === 0 ? line : [...plainText('\n'), ...line]))
}
