/**
 * Our ids of messages. VK counts the messages of each conversation (`conversation_message_id`, cmid), and only that
 * number stands in every event; with the conversation before it, it is unique within the line: `55_12`. A number alone is
 * VK's own `message_id`, for the rare answers that tell no cmid.
 */
export function toMessageId(peerId: string | number, cmid: number): string {
  return `${peerId}_${cmid}`
}

/** The fields by which VK's methods take a message; undefined for what is no id of ours. */
export function readMessageId(
  id: string,
): { readonly cmid: number } | { readonly messageId: number } | undefined {
  const [, , digits = '', own = ''] = /^(?:(-?\d{1,16})_(\d{1,15})|(\d{1,15}))$/.exec(id) ?? []
  if (digits !== '') return { cmid: Number(digits) }
  return own === '' ? undefined : { messageId: Number(own) }
}
