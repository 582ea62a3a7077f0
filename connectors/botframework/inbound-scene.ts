import { createHash } from 'node:crypto'
import type { Chat, InboundEvent, Person } from '#core/event.ts'
import { given } from '#core/given.ts'
import { isRecord } from '#core/json.ts'
import type { BotFrameworkSettings } from './settings.ts'
import type { Activity } from './types.ts'

/** What every event of an activity shares. */
export interface Scene {
  readonly activity: Activity
  /** The activity as it came. */
  readonly raw: Readonly<Record<string, unknown>>
  readonly at: number
  readonly chat: Chat
  readonly user?: Person
  readonly settings: BotFrameworkSettings
}

export function inChat({ at, user, chat }: Scene): { at: number; chat: Chat; user?: Person } {
  return { at, ...given({ user }), chat }
}

const MAX_KIND = 128

/** The activity's type, and which of that type it is where the type alone hides it: `invoke:fileConsent/invoke`. */
export function nameActivity(activity: Activity): string {
  const { type, name, action, channelData } = activity
  const told = isRecord(channelData) ? channelData['eventType'] : undefined
  const changes = ['membersAdded', 'membersRemoved', 'topicName', 'historyDisclosed']
  const change = changes.find((field) => isThere(activity[field]))
  const said = [name, action, activity['code'], told].find((one) => one && typeof one === 'string')
  const which = said ?? change
  return which ? `${type}:${which}` : type
}

function isThere(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value)
}

/** `kind` is the activity's, or what of the activity couldn't be passed on. */
export function unsupported(scene: Scene, kind = nameActivity(scene.activity)): InboundEvent {
  const { id, type } = scene.activity
  // Other activities have ids of their own, which name no message.
  const isMessage = type === 'message' || type === 'messageUpdate'
  return {
    type: 'unsupported',
    ...inChat(scene),
    kind: kind.slice(0, MAX_KIND),
    ...(id && isMessage ? { message: { id } } : {}),
  }
}

/** The hub's own buttons come back as `{payload}` where the channel takes objects only; foreign values as JSON. */
export function toPayload(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value === 'string') return value
  if (isRecord(value) && typeof value['payload'] === 'string' && Object.keys(value).length === 1) {
    return value['payload']
  }
  return JSON.stringify(value)
}

export function hash(value: string): string {
  return createHash('sha256').update(value).digest('hex')
}
