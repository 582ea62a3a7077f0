import { ok } from './graph-edges.ts'
import type { GraphAnswer } from './meta-server.ts'
import { refuse } from './whatsapp-errors.ts'
import type { FakeNumber, WhatsAppState } from './whatsapp-model.ts'

type Json = Readonly<Record<string, unknown>>

const WINDOW_MS = 24 * 3600 * 1000
const MEDIA = new Set(['image', 'video', 'audio', 'document', 'sticker'])
const CAPTIONED = new Set(['image', 'video', 'document'])

/** `POST /messages`: a message, or a read mark with or without a typing sign. */
export function takeMessage(fake: WhatsAppState, number: FakeNumber, json: Json): GraphAnswer {
  if (json['messaging_product'] !== 'whatsapp') return refuse(100, 'messaging_product is required')
  if (json['status'] !== undefined) return markRead(number, json)
  const to = json['to'] ?? json['recipient']
  if (typeof to !== 'string' || to === '') return refuse(131_008, 'to or recipient is required')
  if (json['recipient_type'] === 'group') return accept(fake, to)
  const person = number.people.get(to)
  if (!person) return refuse(131_026, 'not a WhatsApp user')
  const type = String(json['type'])
  const isOpen = person.wroteAt !== undefined && fake.now() - person.wroteAt <= WINDOW_MS
  if (type !== 'template' && !isOpen) {
    return refuse(131_047, 'more than 24 hours have passed since the person last wrote')
  }
  const tag = json['biz_opaque_callback_data']
  if (tag !== undefined && Buffer.byteLength(String(tag)) > 512) return refuse(131_009)
  const content = json[type] as Json | undefined
  const fault = content === undefined ? `${type} is missing` : findFault(type, content)
  if (fault === 'media') return refuse(131_053, 'the file could not be fetched')
  return fault === undefined ? accept(fake, to) : refuse(131_009, fault)
}

function accept(fake: WhatsAppState, to: string): GraphAnswer {
  const messages = [{ id: fake.nextMessageId(), message_status: 'accepted' }]
  return ok({
    messaging_product: 'whatsapp',
    contacts: [{ input: to, wa_id: to }],
    messages,
  })
}

function markRead(number: FakeNumber, json: Json): GraphAnswer {
  const id = json['message_id']
  if (typeof id !== 'string' || !number.received.has(id)) return refuse(131_009, 'no such message')
  return ok({ success: true })
}

function findFault(type: string, content: Json): string | undefined {
  if (type === 'text') return checkLength(content['body'], 4096)
  if (MEDIA.has(type)) return checkMedia(type, content)
  if (type === 'interactive') return checkInteractive(content)
  if (type === 'template') return checkTemplate(content)
  if (type === 'location') {
    return typeof content['latitude'] === 'number' ? undefined : 'a latitude is a number'
  }
  if (type === 'contacts') return Array.isArray(content) ? undefined : 'contacts is a list'
  return `no messages of type ${type}`
}

function checkLength(value: unknown, limit: number): string | undefined {
  if (typeof value !== 'string' || value.trim() === '') return 'a text is required'
  return value.length > limit ? `a text has at most ${limit} characters` : undefined
}

/** Addresses with `unreachable` in them are those that Meta can't fetch. */
function checkMedia(type: string, { link, caption }: Json): string | undefined {
  if (typeof link !== 'string' || !URL.canParse(link)) return 'link is an address'
  if (caption !== undefined && !CAPTIONED.has(type)) return `${type} has no caption`
  if (link.includes('unreachable')) return 'media'
  return caption === undefined ? undefined : checkLength(caption, 1024)
}

function checkInteractive({ type, body, action }: Json): string | undefined {
  const text = (body as Json | undefined)?.['text']
  const fault = checkLength(text, 1024)
  if (fault !== undefined) return fault
  const { buttons, sections, button } = (action ?? {}) as Record<string, unknown>
  if (type === 'cta_url') {
    const { url } = ((action as Json)['parameters'] ?? {}) as Json
    return /^https?:\/\/[^/]*\./i.test(String(url)) ? undefined : 'url is an address'
  }
  if (type === 'button') {
    const replies = (buttons as { reply: Reply }[]).map(({ reply }) => reply)
    return replies.length > 3 ? 'three buttons at most' : checkReplies(replies, 20, 256)
  }
  if (typeof button !== 'string' || button === '' || button.length > 20)
    return 'a list has a button'
  const rows = (sections as { rows: Reply[] }[]).flatMap((section) => section.rows)
  return rows.length > 10 ? 'ten rows at most' : checkReplies(rows, 24, 200)
}

interface Reply {
  readonly id: string
  readonly title: string
}

function checkReplies(
  replies: readonly Reply[],
  maxTitle: number,
  maxId: number,
): string | undefined {
  if (new Set(replies.map(({ id }) => id)).size < replies.length) return 'ids are unique'
  if (new Set(replies.map(({ title }) => title)).size < replies.length) return 'titles are unique'
  const isFit = replies.every(
    ({ id, title }) => id !== '' && title !== '' && title.length <= maxTitle && id.length <= maxId,
  )
  return isFit ? undefined : 'an id or a title does not fit'
}

function checkTemplate({ name, language, components }: Json): string | undefined {
  const code = (language as Json | undefined)?.['code']
  if (typeof name !== 'string' || typeof code !== 'string') return 'name and language'
  if (components === undefined) return undefined
  if (!Array.isArray(components) || components.length === 0) return 'components is a list'
  const types = (components as Json[]).map(({ type }) => type)
  const isTwice = types.some((type, at) => type !== 'button' && types.indexOf(type) !== at)
  if (isTwice) return 'a component is there twice'
  return (components as Json[]).map(checkComponent).find((fault) => fault !== undefined)
}

function checkComponent({ type, sub_type, index, parameters }: Json): string | undefined {
  if (!['header', 'body', 'button'].includes(String(type))) return 'no such component'
  if (!Array.isArray(parameters)) return 'parameters is a list'
  if (type !== 'body' && parameters.length > 1) return `a ${type} has one parameter`
  if (type === 'button' && (sub_type === undefined || index === undefined)) return 'which button?'
  return (parameters as Json[]).map(checkParameter).find((fault) => fault !== undefined)
}

function checkParameter(parameter: Json): string | undefined {
  const type = String(parameter['type'])
  if (MEDIA.has(type)) return checkMedia(type, (parameter[type] ?? {}) as Json)
  const { text } = parameter
  if (type !== 'text') return undefined
  if (typeof text !== 'string' || text === '') return 'a text is required'
  return /[\n\r\t]| {5}/.test(text) ? 'parameter format does not match' : undefined
}
