import { given } from '../../core/given.ts'
import { isWellFormed } from '../../core/id-text.ts'
import { isRecord, type JsonObject } from '../../core/json.ts'
import { MAX_CHAT_ID_LENGTH } from '../../core/line.ts'

const PHONE = /^\+?(\d{10,18})$/

/** The id and hash of a slot's address, `<id>::<hash>`; of what is none a slot that can't be. */
export function readAddress(text = ''): { readonly id: number; readonly hash: string } {
  const [, id, hash = ''] = /^(\d{1,15})::([0-9a-f]{32})$/.exec(text) ?? []
  return { id: Number(id ?? 0), hash }
}

/**
 * The chat that a request is for; undefined if it names none. `chatOfPhone`: of a channel that knows people by their phone
 * numbers. Elsewhere an id may be written as a number, as some channels have them.
 */
export function readChat(
  body: unknown,
  chatOfPhone: ((digits: string) => string) | undefined,
): Addressed | undefined {
  if (!isRecord(body)) return undefined
  const phone = chatOfPhone && readPhone(body)
  const chatId = chatOfPhone ? phone && chatOfPhone(phone) : readId(body)
  return chatId === undefined
    ? undefined
    : { chatId, body: body as JsonObject, ...given({ phone }) }
}

export interface Addressed {
  readonly chatId: string
  /** The digits, where the person was named by their number. */
  readonly phone?: string
  readonly body: JsonObject
}

function readPhone(body: Record<string, unknown>): string | undefined {
  const phone = own(body, 'phone_number')
  return typeof phone === 'string' ? PHONE.exec(phone)?.[1] : undefined
}

function readId(body: Record<string, unknown>): string | undefined {
  const id = own(body, 'chat_id')
  if (Number.isSafeInteger(id)) return String(id)
  if (typeof id !== 'string' || id.length > MAX_CHAT_ID_LENGTH) return undefined
  return id.trim() !== '' && isWellFormed(id) ? id : undefined
}

/** Undefined: it is neither true nor false. */
export function readUrgent(body: JsonObject): boolean | undefined {
  const value = own(body, 'is_urgent') ?? false
  return typeof value === 'boolean' ? value : undefined
}

function own(body: Record<string, unknown> | JsonObject, name: string): unknown {
  return Object.hasOwn(body, name) ? body[name] : undefined
}
