import type { ContactCard, FileKind, GeoPoint, InboundFile, InboundMessage } from '#core/event.ts'
import { given } from '#core/given.ts'
import { plainText, type RichText } from '#core/rich-text.ts'
import { lookUp } from '#kit/look-up.ts'
import { readWhatsAppText } from '#text/channels/whatsapp.ts'
import {
  type Card,
  captionSchema,
  cardsSchema,
  locationSchema,
  mediaSchema,
  orderSchema,
  textSchema,
} from './types.ts'

type Content = Pick<InboundMessage, 'text' | 'files' | 'location' | 'contact'>

const KIND_OF: Readonly<Record<string, FileKind>> = {
  image: 'image',
  video: 'video',
  audio: 'audio',
  voice: 'voice',
  document: 'document',
  sticker: 'sticker',
}

/** What is said by a message of this type; undefined if it is of another kind, or lacks what it should have. */
export function readContent(type: string, value: unknown): Content | undefined {
  const kind = lookUp(KIND_OF, type)
  if (kind) return readMedia(kind, value)
  switch (type) {
    case 'text': {
      const text = textSchema.safeParse(value).data
      return text && withText(readWhatsAppText(text.body))
    }
    case 'location':
      return readLocation(value)
    case 'contacts':
      return readCards(value)
    case 'order':
      return readOrder(value)
    default:
      return undefined
  }
}

function withText(text: RichText): Pick<Content, 'text'> | undefined {
  return text.length > 0 ? { text } : undefined
}

/** A file is known by its id for 7 days, and needs the credentials: portals get a link of the hub. */
function readMedia(kind: FileKind, value: unknown): Content | undefined {
  const media = mediaSchema.safeParse(value).data
  if (!media) return undefined
  const { filename: name, mime_type: type, caption } = media
  // `audio/ogg; codecs=opus`
  const mime = type?.split(';')[0]?.trim()
  const file: InboundFile = {
    source: { ref: media.id },
    kind: kind === 'audio' && media.voice ? 'voice' : kind,
    ...given({ name, mime }),
  }
  return { ...(caption ? withText(readWhatsAppText(caption)) : {}), files: [file] }
}

/** The caption alone, where Meta could not give the file. */
export function readCaption(value: unknown): Content | undefined {
  const { caption } = captionSchema.safeParse(value).data ?? {}
  return caption ? withText(readWhatsAppText(caption)) : undefined
}

function readLocation(value: unknown): Content | undefined {
  const place = locationSchema.safeParse(value).data
  if (!place) return undefined
  const { latitude, longitude, name, address } = place
  const location: GeoPoint = {
    latitude,
    longitude,
    ...given({ title: name, address }),
  }
  return { location }
}

/** An event has room for one name and number: what goes beyond that is in the text. */
function readCards(value: unknown): Content | undefined {
  const cards = cardsSchema.safeParse(value).data
  const [first, ...others] = cards ?? []
  if (!first) return undefined
  const [phone, ...more] = phonesOf(first)
  const name = nameOf(first)
  const contact: ContactCard = { ...given({ name, phone }) }
  const lines = [
    ...[...more, ...restOf(first)].map((one) => [name, one].filter(Boolean).join(': ')),
    ...others.map((card) =>
      [nameOf(card), [...phonesOf(card), ...restOf(card)].join(', ')].filter(Boolean).join(': '),
    ),
  ].filter((line) => line !== '')
  const isEmpty = !name && !phone && lines.length === 0
  if (isEmpty) return undefined
  return {
    ...(lines.length > 0 ? { text: plainText(lines.join('\n')) } : {}),
    ...(name || phone ? { contact } : {}),
  }
}

function nameOf({ name }: Card): string {
  const whole = [name?.first_name, name?.last_name].filter(Boolean).join(' ')
  return name?.formatted_name || whole
}

function phonesOf({ phones }: Card): string[] {
  return (phones ?? [])
    .map(({ phone, wa_id: waId }) => phone || (waId && `+${waId}`))
    .filter((number) => number !== '')
}

/** What is on a card besides names and numbers. */
function restOf({ emails, urls, org, addresses, birthday }: Card): string[] {
  return [
    ...(emails ?? []).map(({ email }) => email),
    ...(urls ?? []).map(({ url }) => url),
    joinWords([org?.company, org?.department, org?.title]),
    ...(addresses ?? []).map(({ street, zip, city, state, country }) =>
      joinWords([street, joinWords([zip, city], ' '), state, country]),
    ),
    birthday ?? '',
  ].filter((one) => one !== '')
}

function joinWords(words: readonly (string | undefined)[], between = ', '): string {
  return words.filter(Boolean).join(between)
}

/** What was put into the basket, line by line: no event of the hub's is an order. */
function readOrder(value: unknown): Content | undefined {
  const order = orderSchema.safeParse(value).data
  if (!order) return undefined
  const lines = (order.product_items ?? []).map((item) => {
    const price = [item.item_price ?? '', item.currency ?? ''].join(' ').trim()
    const what = `${item.quantity || 1} × ${item.product_retailer_id || '?'}`
    return price === '' ? what : `${what}, ${price}`
  })
  const words = [...(order.text ? [order.text] : []), ...lines].join('\n')
  return withText(plainText(words))
}
