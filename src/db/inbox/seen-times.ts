import type { Ring } from '../engine/slot-tables.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 3600 * 1000

/** The longest time that a channel may ask for beyond HUB_DEDUPE_HOURS (`repeatsForMs`). */
export const LONGEST_REPEATS_MS = 7 * DAY_MS

/** Slots are closed by the clocks of processes and emptied by the store's. */
const CLOCKS_APART_MS = 5 * MINUTE_MS
/**
 * So many closed slots hold all that is remembered, and up to three more are open, about to be emptied, or kept until their next one
 * is closed: fewer than a ring has tables. More of them would be smaller, and each costs every update a look.
 */
const SLOTS = { day: 12, week: 6 } as const
const SHORTEST_SLOT_MS = 15 * MINUTE_MS

/** How long a ring remembers, from when an update came. */
function memoryMs(ring: Ring, dedupeMs: number): number {
  return ring === 'week' ? dedupeMs + LONGEST_REPEATS_MS : dedupeMs
}

/** How long a slot is filled. */
export function slotMs(ring: Ring, dedupeMs: number): number {
  return Math.max(SHORTEST_SLOT_MS, memoryMs(ring, dedupeMs) / SLOTS[ring])
}

/** How long a slot is kept after its next one was closed. */
export function keptMs(ring: Ring, dedupeMs: number): number {
  return memoryMs(ring, dedupeMs) + CLOCKS_APART_MS
}
