import type { Person } from '#core/event.ts'
import { given } from '#core/given.ts'
import type { JsonObject } from '#core/json.ts'
import type { Account, Activity } from './types.ts'

export function toUser(activity: Activity): Person | undefined {
  const account = findPerson(activity)
  const id = account?.id
  if (!id) return undefined
  const language = /^[A-Za-z]{2,3}(?=-|$)/.exec(activity.locale ?? '')?.[0].toLowerCase()
  return {
    id,
    ...given({ name: account.name }),
    ...(activity.channelId === 'email' && id.includes('@') ? { email: id } : {}),
    ...(activity.channelId === 'sms' && /^\+?\d{5,15}$/.test(id) ? { phone: id } : {}),
    ...given({ language }),
  }
}

/** Some channels send a conversationUpdate in the bot's own name; then the person is the other one who was added. */
function findPerson({ from, recipient, membersAdded }: Activity): Account | undefined {
  if (from?.id && from.id !== recipient?.id) return from
  return membersAdded?.find((member) => member.id && member.id !== recipient?.id)
}

/** What is remembered of a chat for sending to it; see `chatContextSchema`. */
export function toChatContext(activity: Activity, conversationId: string): JsonObject | undefined {
  const { serviceUrl, channelId, conversation } = activity
  if (!serviceUrl || !channelId) return undefined
  const bot = toParty(activity.recipient)
  const user = toParty(findPerson(activity))
  return {
    serviceUrl,
    channelId,
    conversationId,
    ...given({ bot, user, tenantId: conversation?.tenantId }),
    ...(typeof conversation?.isGroup === 'boolean' ? { isGroup: conversation.isGroup } : {}),
  }
}

function toParty(account: Account | null | undefined): JsonObject | undefined {
  if (!account?.id) return undefined
  return { id: account.id, ...given({ name: account.name }) }
}
