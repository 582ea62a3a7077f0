/**
 * Our ids of Telegram's chats. Where the conversation is a thread of a chat, the id names both: `-1001234/77` is a topic of
 * a forum or of a person's chat with the bot, `-1009999/dm55` one customer's topic in a channel's direct messages. A slash
 * stands in no id of Telegram's, which are numbers or `@names`.
 */
export interface ChatAddress {
  /** Telegram's chat. */
  readonly chatId: string
  /** `message_thread_id` of what is sent there. */
  readonly topicId?: number
  /** `direct_messages_topic_id` of what is sent there. */
  readonly directTopicId?: number
}

export function writeChatId({ chatId, topicId, directTopicId }: ChatAddress): string {
  if (directTopicId !== undefined) return `${chatId}/dm${directTopicId}`
  return topicId === undefined ? chatId : `${chatId}/${topicId}`
}

/** Takes any text: what is no id of ours is left for Telegram to refuse. */
export function readChatId(id: string): ChatAddress {
  const [, chatId = '', direct, digits] = /^([^/]+)\/(dm)?(\d{1,16})$/.exec(id) ?? []
  const topic = Number(digits)
  if (chatId === '' || !Number.isSafeInteger(topic)) return { chatId: id }
  return direct ? { chatId, directTopicId: topic } : { chatId, topicId: topic }
}
