import { z } from 'zod'
import type { ConnectorMethod } from '#core/connector.ts'
import { given } from '#core/given.ts'
import { isRecord } from '#core/json.ts'
import { parseParams } from '#core/params.ts'
import { textFields } from '#kit/json-answer.ts'
import { readChatId } from './chat-id.ts'
import { callApi, type Outside } from './client.ts'
import { toChatId } from './outbound.ts'
import { toChatKind } from './people.ts'
import type { TelegramSettings } from './settings.ts'

const getChatParams = z.strictObject({
  chat: z.strictObject({ id: z.string().min(1).max(128) }),
})

const said = z.string().min(1).exactOptional()

const api = {
  summary: 'what Telegram tells about a chat',
  params: getChatParams,
  result: z.strictObject({
    id: z.string(),
    kind: z.enum(['private', 'group', 'channel']).exactOptional(),
    name: said,
    username: said,
    url: said,
    description: said,
  }),
}

/** `getChat {chat:{id}}` → `{id, kind?, name?, username?, url?, description?}`: what Telegram tells about a chat. */
export function getChatMethod(outside: Outside): ConnectorMethod<TelegramSettings> {
  return {
    name: 'getChat',
    api,
    async run(params, line, { signal }) {
      const { chat } = parseParams(getChatParams, params)
      const call = { method: 'getChat', params: { chat_id: toChatId(readChatId(chat.id).chatId) } }
      const result = await callApi(outside, line.settings, call, { signal })
      return describeChat(isRecord(result) ? result : {}, chat.id)
    },
  }
}

/** Field by field: Telegram's answer also has file ids and invite links, which a portal has no use for. */
function describeChat(chat: Record<string, unknown>, askedFor: string): object {
  const text = textFields(chat)
  const person = [text('first_name'), text('last_name')].filter(Boolean).join(' ')
  const username = text('username')
  return {
    id: Number.isSafeInteger(chat['id']) ? String(chat['id']) : askedFor,
    ...given({
      kind: toChatKind(text('type')),
      name: text('title') || person,
      username,
      url: username && `https://t.me/${username}`,
      description: text('description') || text('bio'),
    }),
  }
}
