import type { SendContext } from './connector.ts'
import { DeliveryError } from './errors.ts'
import type { PartReference } from './event.ts'
import type { Receipt } from './message.ts'

/** Instead of ids: the channel has surely taken the part and says itself that it can't name it yet. */
export const UNNAMED = Symbol('unnamed')
/** The channel's ids of one part. */
export type PartIds = readonly string[] | typeof UNNAMED

/**
 * Sends a message part by part: those that earlier attempts have sent are passed over, and each further one waits until
 * the channel's rates allow it. `send` gets the part's number, from 1, and gives the channel's ids of what it has sent.
 * Throws what `send` and `requireIds` throw; what was sent until then is known to the hub.
 */
export async function sendParts<Part>(
  parts: readonly Part[],
  call: SendContext,
  send: (part: Part, number: number) => Promise<PartIds>,
): Promise<Receipt> {
  const sent: (readonly string[])[] = [...call.done]
  for (const part of parts.slice(call.done.length)) {
    if (sent.length > call.done.length) await call.partSent(sent.at(-1) ?? [])
    const ids = await send(part, sent.length + 1)
    sent.push(ids === UNNAMED ? [] : requireIds(ids))
  }
  return { messageIds: sent.flat() }
}

/**
 * The ids of a message that the channel says it has taken. Without an id nobody can be sure: the message then counts as
 * failed, not as sent, and isn't repeated, since it may have arrived. Throws DeliveryError.
 */
export function requireIds(ids: readonly string[]): readonly string[] {
  if (ids.length > 0) return ids
  throw new DeliveryError('the channel answered without naming the message', {
    disposition: 'reject',
    outcome: 'unknown',
    channelCode: 'HUB_NO_RECEIPT',
  })
}

/** At most 64 characters, for channels that give back with a message's statuses what was put to the message. */
export function writeReference({ out, part }: PartReference): string {
  return `${out}/${part}`
}

/** Undefined for what `writeReference` has not written. */
export function readReference(text: string): PartReference | undefined {
  const [, out, part] = /^(out_[0-9a-z]{1,40})\/([1-9]\d{0,3})$/.exec(text) ?? []
  return out === undefined ? undefined : { out, part: Number(part) }
}
