import { hash } from 'node:crypto'
import { given } from '../../../core/given.ts'
import type { RenderedChat, RenderedEvent, RenderedPerson } from '../../../core/stored-event.ts'

/** A contact as Chatwoot's API takes it, but for its identifier. */
export interface ContactData {
  readonly name: string
  readonly email?: string
  readonly phone_number?: string
  readonly avatar_url?: string
  readonly custom_attributes?: Readonly<Record<string, string>>
}

export interface Who {
  readonly data: ContactData
  /** Of the data; absent where the event says nothing of the person that a contact should be changed for. */
  readonly version?: string
}

const MAX_NAME = 255
const MAX_ID = 200

/** The contact of a chat: the person it is with, or the group itself. */
export function whoIs(event: RenderedEvent, chat: RenderedChat): Who {
  const isGroup = chat.kind === 'group' || chat.kind === 'channel'
  const user = 'user' in event ? event.user : undefined
  // Who writes for the company isn't who the chat is with.
  const isOther = 'message' in event && 'outgoing' in event.message && event.message.outgoing
  const data = { name: (chat.name ?? chat.id).slice(0, MAX_NAME) }
  if (isGroup && chat.name !== undefined) return { data, version: versionOf(data) }
  if (isGroup || !user || isOther) return { data }
  return { data: contactOf(user), version: user.version ?? versionOf(contactOf(user)) }
}

export function nameOf({ name, lastName, username, id }: RenderedPerson): string {
  return [name, lastName].filter(Boolean).join(' ') || username || id
}

function contactOf(user: RenderedPerson): ContactData {
  const { username, url, language, email, phone, picture } = user
  const custom_attributes = given({ username, profile_url: url, language })
  const number = phone?.replace(/[\s().-]/g, '').replace(/^00/, '+')
  return {
    name: nameOf(user).slice(0, MAX_NAME),
    ...given({
      email: email && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email) ? email : undefined,
      // Chatwoot takes E.164 only.
      phone_number: number && /^\+?[1-9]\d{6,14}$/.test(number) ? withPlus(number) : undefined,
      avatar_url: picture?.url,
    }),
    ...(Object.keys(custom_attributes).length > 0 ? { custom_attributes } : {}),
  }
}

function withPlus(number: string): string {
  return number.startsWith('+') ? number : `+${number}`
}

/** As the hub's own of a person. */
function versionOf(data: ContactData): string {
  return hash('sha256', JSON.stringify(data), 'hex').slice(0, 12)
}

/** Chatwoot's columns hold 255 characters, channels' ids may have more. */
export function shortId(id: string): string {
  return id.length <= MAX_ID ? id : `sha256-${hash('sha256', id, 'hex')}`
}
