import { toMessageId } from '../../../connectors/vk/message-id.ts'
import { given } from '../../../src/core/given.ts'
import type { Button } from '../../../src/core/message.ts'
import type { FakeVk, VkRecordedCall } from '../../fakes/vk.ts'
import { type Json, listAt, type SentFile, type SentView, viewOf } from '../view.ts'

type Params = VkRecordedCall['params']

/** What a method of VK shows; undefined for methods that show nothing. */
export function readVk(fake: FakeVk, { method, params }: VkRecordedCall): SentView | undefined {
  const chat = params['peer_ids'] ?? params['peer_id'] ?? ''
  const shown = { texts: [params['message']], buttons: readKeyboard(params) }
  switch (method) {
    case 'messages.send':
      return viewOf('message', chat, {
        ...shown,
        files: readFiles(fake, params),
        replyTo: readReply(params),
        location: readPlace(params),
      })
    case 'messages.edit':
      return viewOf('edit', chat, { ...shown, messageId: idOf(chat, params['cmid']) })
    case 'messages.delete':
      return viewOf('delete', chat, { messageId: idOf(chat, params['cmids']) })
    case 'messages.setActivity':
      return viewOf('typing', chat)
    case 'messages.markAsRead':
      return viewOf('read', chat, { messageId: idOf(chat, params['up_to_cmid']) })
    default:
      return undefined
  }
}

function idOf(chat: string, cmid: string | undefined): string | undefined {
  return cmid === undefined ? undefined : toMessageId(chat, Number(cmid))
}

function readJson(text: string | undefined): Json {
  return text === undefined ? {} : (JSON.parse(text) as Json)
}

function readKeyboard({ keyboard }: Params): Button[] {
  return listAt<{ readonly action: Readonly<Record<string, string>> }[]>(
    readJson(keyboard),
    'buttons',
  )
    .flat()
    .map(({ action: { label = '', link, payload } }) => {
      const data = readJson(payload)['hub'] as string | undefined
      return { text: label, ...given({ url: link, payload: data }) }
    })
}

/** The contract's files hold their own address. */
function readFiles(fake: FakeVk, { attachment = '' }: Params): SentFile[] {
  return attachment
    .split(',')
    .filter(Boolean)
    .map((one) => {
      const { kind = '', body = '' } = fake.uploadOf(one) ?? {}
      const name = /filename="([^"]*)"/.exec(body)?.[1]
      const url = /\r\n\r\n(https?:\S+)\r\n/.exec(body)?.[1] ?? `unknown: ${one}`
      const shown = kind === 'photo' ? 'image' : kind === 'audio_message' ? 'audio' : 'file'
      return { kind: shown, url, ...given({ name }) }
    })
}

function readReply({ forward, reply_to: messageId }: Params): string | undefined {
  if (forward === undefined) return messageId
  const { peer_id: peerId, conversation_message_ids: ids, is_reply: isReply } = readJson(forward)
  const [cmid] = ids as readonly number[]
  return isReply === 1 && cmid ? toMessageId(String(peerId), cmid) : undefined
}

function readPlace({ lat, long }: Params): SentView['location'] {
  if (lat === undefined || long === undefined) return undefined
  return { latitude: Number(lat), longitude: Number(long) }
}
