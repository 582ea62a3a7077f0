import { createHash } from 'node:crypto'
import type { Chat, InboundEvent, Person } from '#core/event.ts'
import { given } from '#core/given.ts'
import { isRecord } from '#core/json.ts'
import type { BotFrameworkSettings } from './settings.ts'
import type { Activity } from './types.ts'

/** What every event of an activity shares. */
export interface Scene {
  readonly activity: Activity
  readonly at: number
  readonly chat: Chat
  readonly user?: Person
  readonly settings: BotFrameworkSettings
}

export function inChat({ at, user, chat }: Scene): { at: number; chat: Chat; user?: Person } {
  return { at, ...given({ user }), chat }
}

/** `kind` is the activity's type, or what of the activity couldn't be passed on. */
export function unsupported(scene: Scene, kind = scene.activity.type): InboundEvent {
  const { id, type } = scene.activity
  // Other activities have ids of their own, which name no message.
  const isMessage = type === 'message' || type === 'messageUpdate'
  return {
    type: 'unsupported',
    ...inChat(scene),
    kind,
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

export function readInstant(timestamp: string | null | undefined): number | undefined {
  const at = Date.parse(timestamp ?? '')
  return Number.isNaN(at) ? undefined : at
}

export function hash(value: string): string {
  return createHash('sha256').update(value).digest('hex')
}
