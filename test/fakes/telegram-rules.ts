import { type ApiAnswer, type BotState, badRequest } from './telegram-bot.ts'

type Params = Readonly<Record<string, unknown>>

/** A topic must exist, the general one must not be named, and in a channel's direct messages one must be given. */
export function checkTopic(bot: BotState, params: Params, chatId: number): ApiAnswer | undefined {
  const thread = params['message_thread_id']
  const direct = params['direct_messages_topic_id']
  if (bot.directMessages.has(chatId) && direct === undefined) {
    return badRequest('message must be sent to a direct messages topic')
  }
  const isGone = bot.deletedTopics.has(`${chatId}:${String(thread)}`)
  if (thread === 1 || isGone) return badRequest('message thread not found')
  return undefined
}

/** TDLib takes no web address whose host has no dot, in a link or on a button. */
export function checkLinks(params: Params): ApiAnswer | undefined {
  const markup = params['reply_markup'] as { inline_keyboard?: { url?: string }[][] } | undefined
  for (const { url } of (markup?.inline_keyboard ?? []).flat()) {
    if (url !== undefined && !hasDot(url)) {
      return badRequest(`inline keyboard button URL '${url}' is invalid: Wrong HTTP URL`)
    }
  }
  const entities = (params['entities'] ?? params['caption_entities'] ?? []) as { url?: string }[]
  for (const { url } of entities) {
    if (url !== undefined && !hasDot(url)) {
      return badRequest(`entity URL '${url}' is invalid: Wrong HTTP URL`)
    }
  }
  return undefined
}

function hasDot(url: string): boolean {
  const [, host = '.'] = /^https?:\/\/([^/?#:]*)/i.exec(url) ?? []
  return host.includes('.') || host.startsWith('[')
}

/** An edit without a keyboard takes the old one away. */
export function setKeyboard(message: Record<string, unknown>, params: Params): void {
  if (params['reply_markup'] === undefined) delete message['reply_markup']
  else message['reply_markup'] = params['reply_markup']
}
