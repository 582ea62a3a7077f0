import { type Clock, sleep } from '../core/clock.ts'
import type { Store } from '../db/engine/store.ts'
import { isSendingTo } from '../db/outbox/own-echoes.ts'

/** Channels give their webhooks up after some 5 to 20 s; sends usually end within one. */
const PATIENCE_MS = 3000
const LOOK_EVERY_MS = 50

/**
 * Waits until no message to these chats is on its way to the channel, at most three seconds: what an echo or a status
 * says of a message can be recognised only when the channel's answer to it, with its id, is in the store.
 */
export async function sendsEnded(
  store: Store,
  clock: Clock,
  lineId: number,
  chatIds: readonly string[],
): Promise<void> {
  const until = clock.now() + PATIENCE_MS
  while ((await isSendingTo(store, lineId, chatIds)) && clock.now() < until) {
    await sleep(clock, LOOK_EVERY_MS)
  }
}
