import type { Clock } from '../core/clock.ts'
import type { MessageStatusEvent } from '../core/event.ts'
import { given } from '../core/given.ts'
import { outId } from '../core/ids.ts'
import type { NewEvent } from '../core/stored-event.ts'
import type { Store } from '../db/engine/store.ts'
import { expireMessage, findExpired } from '../db/outbox/expiry.ts'
import type { ActiveLine } from '../lines/directory.ts'
import { GIVE_UP_AFTER_MS } from './verdict.ts'

export interface ExpiryDeps {
  readonly store: Store
  readonly clock: Clock
  findLine(lineId: number): Promise<ActiveLine | undefined>
  render(event: MessageStatusEvent, active: ActiveLine): NewEvent
}

const ERROR = { code: 'HUB_EXPIRED', message: 'it could not be sent within 24 h' }

/**
 * Ends messages that have been queued for 24 h on lines that nobody sends for, as those whose sending is paused (PROTOCOL
 * §7: each message ends after at most 24 h). `present`: from when the 24 h are counted back, epoch ms. Gives how many.
 */
export async function expireOutbox(
  { store, clock, findLine, render }: ExpiryDeps,
  present: number,
): Promise<number> {
  const now = clock.now()
  let expired = 0
  for (const message of await findExpired(store, present - GIVE_UP_AFTER_MS)) {
    const { lineId, seq, chatId, key, isUncertain, parts } = message
    const active = await findLine(lineId)
    const event: MessageStatusEvent = {
      type: 'message.status',
      at: now,
      chat: { id: chatId },
      status: 'failed',
      messageIds: parts.flat(),
      out: outId(lineId, seq),
      ...given({ key, uncertain: isUncertain }),
      error: ERROR,
    }
    const status = active && render(event, active)
    if (await expireMessage(store, message, { error: ERROR, ...given({ status }) }, now)) {
      expired += 1
    }
  }
  return expired
}
