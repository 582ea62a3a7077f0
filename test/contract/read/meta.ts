import type { Button } from '../../../src/core/message.ts'
import type { GraphRecord } from '../../fakes/graph-model.ts'
import { type Json, listAt, objectAt, type SentFile, type SentView, viewOf } from '../view.ts'

const KIND_OF: Readonly<Record<string, SentFile['kind']>> = {
  image: 'image',
  video: 'video',
  audio: 'audio',
  file: 'file',
}

/** What a call of the Send API shows; undefined for calls that show nothing. */
export function readMeta({ path, json }: GraphRecord): SentView | undefined {
  if (!path.endsWith('/messages')) return undefined
  const chat = objectAt(json, 'recipient')['id']
  const action = json['sender_action']
  if (action === 'typing_on') return viewOf('typing', chat)
  if (action === 'mark_seen') return viewOf('read', chat)
  const message = objectAt(json, 'message')
  const attachment = objectAt(message, 'attachment')
  const payload = objectAt(attachment, 'payload')
  const kind = KIND_OF[String(attachment['type'])]
  return viewOf('message', chat, {
    texts: [message['text'], payload['text']],
    files: kind ? [{ kind, url: String(payload['url']) }] : [],
    buttons: [...listAt(message, 'quick_replies'), ...listAt(payload, 'buttons')].map(readButton),
    replyTo: objectAt(json, 'reply_to')['mid'],
  })
}

function readButton({ title, payload, url }: Json): Button {
  const text = String(title)
  return url === undefined ? { text, payload: String(payload) } : { text, url: String(url) }
}
