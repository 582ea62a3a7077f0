import type { PoolOptions } from './shared-pool.ts'

/**
 * How much of everything bounded one process has for all portals together. One that takes all it can get ends up with a
 * fifth; one line of it, where a line may hold several, with a twentieth.
 */
export const POOL_SIZES = {
  /** Packets under way at once; a portal with many lines is not to be overrun. */
  packets: { name: 'packets', capacity: 1024, perTenant: 64 },
  /** Lines with events in hand: up to two packets' worth of each are in memory. A portal alone may have 2 000. */
  inboxLines: { name: 'inbox-lines', capacity: 10_000 },
  /** Calls to channels under way: a socket each. A portal alone may have 256 of them, a line alone about 60. */
  sends: { name: 'sends', capacity: 1280 },
  /** Lines with messages in hand; each is asked twice a second for new ones. A portal alone may have 400. */
  outboxLines: { name: 'outbox-lines', capacity: 2000 },
  /** Lines whose communications are in hand. A portal alone may have 400. */
  commLines: { name: 'comm-lines', capacity: 2000 },
  /** Lines that are polled at once: a socket each that hardly ever says anything. A portal alone may have 409. */
  polls: { name: 'polls', capacity: 2048 },
  /** Files on their way to readers, under 0.8 MB of memory each where nobody reads. A portal alone may have 102, a line 24. */
  transfers: { name: 'transfers', capacity: 512 },
  /** Questions of who a person is that are under way at channels; an update waits three seconds at most for each. */
  profiles: { name: 'profiles', capacity: 512 },
  /** Remote methods that wait for a channel. A portal alone may have 102 of them under way, for one line 24. */
  channelCalls: { name: 'channel-calls', capacity: 512 },
  /**
   * Checks of lines at the usual rate, ten seconds each at most; a higher rate has more. Here channels are the tenants: one
   * that hangs has 204 of them, as many as there can be of it at that rate.
   */
  checks: { name: 'checks', capacity: 1024 },
  /**
   * What waits for the store while more does than one commit holds: updates, messages, calls. A portal alone may have 4 000
   * of each, a line 950; beyond that its channel is to come again.
   */
  updatesWaiting: { name: 'updates-waiting', capacity: 20_000 },
  messagesWaiting: { name: 'messages-waiting', capacity: 20_000 },
  callsWaiting: { name: 'calls-waiting', capacity: 20_000 },
  notificationsWaiting: { name: 'notifications-waiting', capacity: 20_000 },
} as const satisfies Readonly<Record<string, PoolOptions>>
