import type { Button } from '#core/message.ts'
import { isWebAddress } from '#kit/web-address.ts'

/** https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-reply-buttons-messages */
const MAX_REPLIES = 3
const MAX_REPLY_TITLE = 20
const MAX_REPLY_ID = 256
/** https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-list-messages */
const MAX_ROWS = 10
const MAX_ROW_TITLE = 24
const MAX_ROW_ID = 200
/** What opens a list. WhatsApp wants a word for it, and no portal gives one. */
const LIST_BUTTON = '☰'
/** https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-cta-url-messages */
const MAX_LINK_TITLE = 20
/**
 * Of the text that an interactive message has:
 * https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages
 */
export const BODY_LIMIT = 1024

/** `interactive` of a call without its `body`; undefined if WhatsApp can't show these buttons. */
export function planButtons(
  buttons: readonly Button[],
): Readonly<Record<string, unknown>> | undefined {
  const [first] = buttons
  if (!first) return undefined
  if (buttons.length === 1 && first.url !== undefined) return toLinkButton(first)
  if (buttons.some(({ url }) => url !== undefined)) return undefined
  const replies = buttons.map(({ text, payload }) => ({ id: payload ?? text, title: text.trim() }))
  // WhatsApp refuses a message in which two are the same.
  const ids = new Set(replies.map(({ id }) => id))
  const titles = new Set(replies.map(({ title }) => title))
  if (ids.size < replies.length || titles.size < replies.length) return undefined
  if (replies.length <= MAX_REPLIES && fit(replies, MAX_REPLY_ID, MAX_REPLY_TITLE)) {
    return {
      type: 'button',
      action: { buttons: replies.map((reply) => ({ type: 'reply', reply })) },
    }
  }
  if (replies.length > MAX_ROWS || !fit(replies, MAX_ROW_ID, MAX_ROW_TITLE)) return undefined
  return { type: 'list', action: { button: LIST_BUTTON, sections: [{ rows: replies }] } }
}

function fit(
  replies: readonly { readonly id: string; readonly title: string }[],
  maxId: number,
  maxTitle: number,
): boolean {
  return replies.every(({ id, title }) => {
    // An id comes back without the spaces around it, and so would be another.
    const isKept = id !== '' && id === id.trim() && id.length <= maxId
    return isKept && title.length <= maxTitle
  })
}

function toLinkButton({ text, url }: Button): Readonly<Record<string, unknown>> | undefined {
  const title = text.trim()
  if (title.length > MAX_LINK_TITLE || !isWebAddress(url)) return undefined
  return { type: 'cta_url', action: { name: 'cta_url', parameters: { display_text: title, url } } }
}
