import { given } from '../../../src/core/given.ts'
import type { Button } from '../../../src/core/message.ts'
import type { ViberCall } from '../../fakes/viber.ts'
import {
  type Json,
  listAt,
  objectAt,
  type SentFile,
  type SentView,
  unescapeMarkup,
  viewOf,
} from '../view.ts'

const KIND_OF: Readonly<Record<string, SentFile['kind']>> = {
  picture: 'image',
  video: 'video',
  file: 'file',
}

/** What a call of Viber's REST API shows; undefined for calls that show nothing. */
export function readViber({ method, body }: ViberCall): SentView | undefined {
  if (method !== 'send_message') return undefined
  const { type, text, media, file_name: name } = body
  const kind = KIND_OF[String(type)]
  return viewOf('message', body['receiver'], {
    texts: [text],
    files: kind
      ? [{ kind, url: String(media), ...given({ name: name as string | undefined }) }]
      : [],
    buttons: listAt(objectAt(body, 'keyboard'), 'Buttons').map(readButton),
    location: readPlace(objectAt(body, 'location')),
    contact: readContact(objectAt(body, 'contact')),
  })
}

function readButton({ Text: text, ActionType: action, ActionBody: body }: Json): Button {
  const shown = { text: unescapeMarkup(String(text)) }
  return action === 'open-url'
    ? { ...shown, url: String(body) }
    : { ...shown, payload: String(body) }
}

function readPlace({ lat, lon }: Json): SentView['location'] {
  return typeof lat === 'number' && typeof lon === 'number'
    ? { latitude: lat, longitude: lon }
    : undefined
}

function readContact({ name, phone_number: phone }: Json): SentView['contact'] {
  return typeof phone === 'string' ? { name: String(name), phone } : undefined
}
