import type {
  InboundEvent,
  InboundFile,
  InboundMessage,
  MessageStatusEvent,
} from '../core/event.ts'
import { cutName, FIELD_LIMITS, fitChat, fitId, fitPerson, fitUrl } from '../core/field-limits.ts'
import { given } from '../core/given.ts'
import { plainText, type RichText, visibleText } from '../core/rich-text.ts'
import { CUT_MARK, cutText } from '../core/update-bounds.ts'
import { RichSlices } from '../text/rich-slices.ts'

/**
 * An event with each field within its limit (src/core/field-limits.ts), whichever connector has read it and whoever has
 * looked the person up: the one place that all events pass.
 */
export function fitEvent(event: InboundEvent): InboundEvent {
  if (event.type === 'message.status') return fitStatus(event)
  const user = event.user && fitPerson(event.user)
  const chat = event.chat && fitChat(event.chat)
  // A chat stays where there was one: only `unsupported` may have none.
  return { ...fitContent(event), ...(user && { user }), ...(chat && { chat }) } as InboundEvent
}

function fitContent(event: Exclude<InboundEvent, MessageStatusEvent>): InboundEvent {
  switch (event.type) {
    case 'message.new':
    case 'message.updated':
      return { ...event, message: fitMessage(event.message) }
    case 'message.deleted':
      return { ...event, message: fitNamed(event.message) }
    case 'reaction':
      return {
        ...event,
        message: fitNamed(event.message),
        added: event.added.map(fitReaction),
        removed: event.removed.map(fitReaction),
      }
    case 'button':
      return {
        ...event,
        payload: cutText(event.payload, FIELD_LIMITS.payload),
        ...given({ text: cutName(event.text, FIELD_LIMITS.label) }),
        ...(event.message && { message: fitNamed(event.message) }),
      }
    case 'chat.started':
    case 'chat.blocked':
    case 'chat.unblocked':
      return { ...event, ...given({ ref: cutName(event.ref, FIELD_LIMITS.ref) }) }
    case 'unsupported':
      return {
        ...event,
        kind: cutName(event.kind, FIELD_LIMITS.kind),
        ...(event.message && { message: fitNamed(event.message) }),
      }
    default:
      return event
  }
}

function fitStatus(event: MessageStatusEvent): MessageStatusEvent {
  const { chat, messageIds, error } = event
  return {
    ...event,
    chat: fitChat(chat),
    messageIds: messageIds.map((id) => fitId(id, FIELD_LIMITS.messageId)),
    ...(error && {
      error: {
        code: cutName(error.code, FIELD_LIMITS.word),
        message: cutName(error.message, FIELD_LIMITS.errorMessage),
      },
    }),
  }
}

function fitMessage(message: InboundMessage): InboundMessage {
  const { id, text, files, replyTo, location, contact, ...rest } = message
  return {
    ...rest,
    id: fitId(id, FIELD_LIMITS.messageId),
    ...(text && { text: fitText(text, FIELD_LIMITS.text) }),
    ...(files && { files: files.flatMap(fitFile) }),
    ...(replyTo && {
      replyTo: {
        id: fitId(replyTo.id, FIELD_LIMITS.messageId),
        ...(replyTo.text && { text: fitText(replyTo.text, FIELD_LIMITS.quote) }),
      },
    }),
    ...(location && {
      location: {
        ...location,
        ...given({
          title: cutName(location.title, FIELD_LIMITS.name),
          address: cutName(location.address, FIELD_LIMITS.address),
        }),
      },
    }),
    ...(contact && {
      contact: given({
        name: cutName(contact.name, FIELD_LIMITS.name),
        phone: cutName(contact.phone, FIELD_LIMITS.name),
      }),
    }),
  }
}

function fitNamed({ id }: { readonly id: string }): { readonly id: string } {
  return { id: fitId(id, FIELD_LIMITS.messageId) }
}

function fitReaction(name: string): string {
  return cutName(name, FIELD_LIMITS.reaction)
}

function fitFile(file: InboundFile): InboundFile[] {
  const { source, name, mime, ...rest } = file
  const address = 'url' in source ? source.url : source.ref
  if (fitUrl(address, FIELD_LIMITS.fileUrl) === undefined) return []
  return [
    {
      source,
      ...rest,
      ...given({
        name: cutName(name, FIELD_LIMITS.name),
        mime: cutName(mime, FIELD_LIMITS.mime),
      }),
    },
  ]
}

/** What a reader sees is cut, with all markup around it closed, and the mark stands behind it. */
export function fitText(text: RichText, max: number): RichText {
  const [only] = text
  if (text.length === 1 && only?.type === 'text' && only.value.length <= max) return text
  if (visibleText(text).length <= max) return text
  const slices = new RichSlices(text)
  const end = max - CUT_MARK.length
  const isInPair = (slices.visible.charCodeAt(end) & 0xfc00) === 0xdc00
  return [...slices.slice(0, isInPair ? end - 1 : end), ...plainText(CUT_MARK)]
}
