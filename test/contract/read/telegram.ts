import { given } from '../../../src/core/given.ts'
import type { Button } from '../../../src/core/message.ts'
import type { RecordedCall } from '../../fakes/telegram.ts'
import { type Json, listAt, objectAt, type SentFile, type SentView, viewOf } from '../view.ts'

const KIND_OF: Readonly<Record<string, SentFile['kind']>> = {
  photo: 'image',
  sticker: 'image',
  video: 'video',
  audio: 'audio',
  voice: 'audio',
  document: 'file',
}

/** What a call of the Bot API shows; undefined for calls that show nothing. */
export function readTelegram({ method, params }: RecordedCall): SentView | undefined {
  const chat = params['chat_id']
  const messageId = params['message_id']
  if (method === 'deleteMessage') return viewOf('delete', chat, { messageId })
  if (method === 'sendChatAction') return viewOf('typing', chat)
  const shown = {
    texts: [
      params['text'],
      params['caption'],
      ...listAt(params, 'media').map((one) => one['caption']),
    ],
    buttons: readKeyboard(params),
  }
  if (method.startsWith('edit')) return viewOf('edit', chat, { messageId, ...shown })
  if (!method.startsWith('send')) return undefined
  return viewOf('message', chat, {
    ...shown,
    files: readFiles(method, params),
    replyTo: objectAt(params, 'reply_parameters')['message_id'],
    location: readPlace(params),
    contact: readContact(params),
  })
}

function readKeyboard(params: Json): Button[] {
  return listAt<Json[]>(objectAt(params, 'reply_markup'), 'inline_keyboard')
    .flat()
    .map(({ text, url, callback_data: payload }) => ({
      text: String(text),
      ...given({ url: url as string | undefined, payload: payload as string | undefined }),
    }))
}

function readFiles(method: string, params: Json): SentFile[] {
  if (method === 'sendMediaGroup') {
    return listAt(params, 'media').map(({ type, media }) => toFile(String(type), media))
  }
  const field = method.replace('send', '').toLowerCase()
  return field in KIND_OF ? [toFile(field, params[field])] : []
}

function toFile(field: string, url: unknown): SentFile {
  return { kind: KIND_OF[field] ?? 'file', url: String(url) }
}

function readPlace({ latitude, longitude, title, address }: Json): SentView['location'] {
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return undefined
  const words = { title: title as string | undefined, address: address as string | undefined }
  return { latitude, longitude, ...given(words) }
}

function readContact({ phone_number: phone, first_name: name }: Json): SentView['contact'] {
  if (typeof phone !== 'string') return undefined
  return { phone, ...given({ name: name as string | undefined }) }
}
