import { given } from '../../../src/core/given.ts'
import type { Button } from '../../../src/core/message.ts'
import type { WhatsAppRecord } from '../../fakes/whatsapp-model.ts'
import { type Json, listAt, objectAt, type SentFile, type SentView, viewOf } from '../view.ts'

const KIND_OF: Readonly<Record<string, SentFile['kind']>> = {
  image: 'image',
  sticker: 'image',
  video: 'video',
  audio: 'audio',
  document: 'file',
}

/** What a call shows; undefined for calls that show nothing. A read mark names no chat, only the message in `chatId`. */
export function readWhatsApp({ path, json }: WhatsAppRecord, chatId: string): SentView | undefined {
  if (!path.endsWith('messages')) return undefined
  if (json['status'] === 'read') {
    const isTyping = json['typing_indicator'] !== undefined
    return viewOf(isTyping ? 'typing' : 'read', chatId, { messageId: json['message_id'] })
  }
  const type = String(json['type'])
  const content = objectAt(json, type)
  return viewOf('message', json['to'] ?? json['recipient'], {
    texts: [
      ...(type === 'text' ? [content['body']] : []),
      content['caption'],
      objectAt(content, 'body')['text'],
      ...templateTexts(content),
    ],
    files: readFiles(type, content),
    buttons: readButtons(objectAt(content, 'action')),
    replyTo: objectAt(json, 'context')['message_id'],
    location: type === 'location' ? readPlace(content) : undefined,
    contact: readCard(listAt(json, 'contacts')[0]),
  })
}

/** What fills a template's gaps. */
function templateTexts(content: Json): unknown[] {
  const components = listAt(content, 'components')
  return components.flatMap((one) => listAt(one, 'parameters').map(({ text }) => text))
}

function readFiles(type: string, { link, filename }: Json): SentFile[] {
  const kind = KIND_OF[type]
  if (!kind) return []
  return [{ kind, url: String(link), ...given({ name: filename as string | undefined }) }]
}

/** Of reply buttons, of a list, or the one that opens an address. */
function readButtons(action: Json): Button[] {
  const replies = listAt(action, 'buttons').map((button) => objectAt(button, 'reply'))
  const rows = listAt(action, 'sections').flatMap((section) => listAt(section, 'rows'))
  const { display_text: text, url } = objectAt(action, 'parameters')
  return [
    ...[...replies, ...rows].map(({ id, title }) => ({ text: String(title), payload: String(id) })),
    ...(url === undefined ? [] : [{ text: String(text), url: String(url) }]),
  ]
}

function readPlace({ latitude, longitude, name, address }: Json): SentView['location'] {
  return {
    latitude: Number(latitude),
    longitude: Number(longitude),
    ...given({ title: name as string | undefined, address: address as string | undefined }),
  }
}

function readCard(card: Json | undefined): SentView['contact'] {
  if (!card) return undefined
  const phone = listAt(card, 'phones')[0]?.['phone']
  return { name: String(objectAt(card, 'name')['formatted_name']), phone: String(phone) }
}
