import { given } from '../../../src/core/given.ts'
import type { Button } from '../../../src/core/message.ts'
import type { ConnectorCall } from '../../fakes/botframework.ts'
import {
  type Json,
  listAt,
  objectAt,
  type SentFile,
  type SentView,
  unescapeMarkup,
  viewOf,
} from '../view.ts'

/** What a call of the Bot Connector shows. `chatIdOf` gives the hub's name of a conversation. */
export function readBotFramework(
  { method, path, body }: ConnectorCall,
  chatIdOf: (conversationId: string) => string,
): SentView | undefined {
  const [, conversation = '', about] =
    /\/v3\/conversations\/([^/]+)\/activities(?:\/([^/]+))?$/.exec(path) ?? []
  if (conversation === '') return undefined
  const chat = chatIdOf(decodeURIComponent(conversation))
  const id = about === undefined ? undefined : decodeURIComponent(about)
  if (method === 'DELETE') return viewOf('delete', chat, { messageId: id })
  const activity = body as Json
  if (activity['type'] === 'typing') return viewOf('typing', chat)
  const shown = { texts: [readText(activity)], buttons: readButtons(activity) }
  if (method === 'PUT') return viewOf('edit', chat, { ...shown, messageId: id })
  return viewOf('message', chat, { ...shown, files: readFiles(activity), replyTo: id })
}

/** In the activity, or in the messenger's own call that stands in `channelData`. */
function readText(activity: Json): string | undefined {
  const data = objectAt(activity, 'channelData')
  const html = objectAt(data, 'parameters')['text']
  if (typeof html === 'string') return unescapeMarkup(html.replace(/<[^>]*>/g, ''))
  const mrkdwn = data['text']
  if (typeof mrkdwn === 'string') return unescapeMarkup(mrkdwn)
  return activity['text'] as string | undefined
}

function readButtons(activity: Json): Button[] {
  const cards = listAt(activity, 'attachments').flatMap((attachment) =>
    listAt(objectAt(attachment, 'content'), 'buttons'),
  )
  return [...cards, ...listAt(objectAt(activity, 'suggestedActions'), 'actions')].map(
    ({ type, title, value }) => {
      const text = String(title)
      if (type === 'openUrl') return { text, url: String(value) }
      const payload = typeof value === 'string' ? value : (value as Json)['payload']
      return { text, payload: String(payload) }
    },
  )
}

function readFiles(activity: Json): SentFile[] {
  return listAt(activity, 'attachments').flatMap(({ contentType, contentUrl, name }) => {
    if (contentUrl === undefined) return []
    const [main] = String(contentType).split('/')
    const kind = main === 'image' || main === 'video' || main === 'audio' ? main : 'file'
    return [{ kind, url: String(contentUrl), ...given({ name: name as string | undefined }) }]
  })
}
