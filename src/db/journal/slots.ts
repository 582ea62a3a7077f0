import { hash } from 'node:crypto'
import { parsePacketId } from '../../core/ids.ts'

/**
 * Where the journal keeps what. An event's number follows the clock (core/ids.ts), so a part of it names the second in which
 * the event came: everything about it, however late, stands under that second and its line, and is found without an index.
 */

/** 1 024 numbers a millisecond: a slot is 1 024 ms. */
const SEQ_PER_SLOT = 2 ** 20
const MS_PER_SLOT = 1024
/**
 * About a minute. Hashes are random, and every page of the tree that one falls on is written anew: within so short a stretch
 * a batch of keys fills its pages, over hours each would dirty a page of its own (on SQLite 60 µs for each event). A week is
 * 9 200 of them, which are looked into in some 20 ms.
 */
const SLOTS_PER_STRETCH = 64
/** Of a hash. With the stretch before it, it fits a safe integer until the year 2106; of a minute's ids hardly two meet. */
const HASH_VALUES = 2 ** 26

export function slotOf(seq: number): number {
  return Math.floor(seq / SEQ_PER_SLOT)
}

export function slotAt(at: number): number {
  return Math.floor(at / MS_PER_SLOT)
}

/** The beginning of a slot: instants and numbers in it are written as what is beyond. */
export function slotStart(slot: number): { readonly at: number; readonly seq: number } {
  return { at: slot * MS_PER_SLOT, seq: slot * SEQ_PER_SLOT }
}

/** Under which number a channel's message id, a portal's key or a packet's id stands that belongs to a slot. */
export function lookupOf(id: string, slot: number): number {
  return Math.floor(slot / SLOTS_PER_STRETCH) * HASH_VALUES + hashOf(id)
}

/** Every number under which it may stand for slots from `first` to `last`, the latest first. */
export function lookupsOf(id: string, first: number, last: number): number[] {
  const digest = hashOf(id)
  const lookups: number[] = []
  const earliest = Math.floor(first / SLOTS_PER_STRETCH)
  for (let stretch = Math.floor(last / SLOTS_PER_STRETCH); stretch >= earliest; stretch--) {
    lookups.push(stretch * HASH_VALUES + digest)
  }
  return lookups
}

/** The lowest number of the stretch that a slot is in: whatever is below belongs to earlier slots. */
export function firstLookup(slot: number): number {
  return Math.floor(slot / SLOTS_PER_STRETCH) * HASH_VALUES
}

/** SHA-256, because channels' ids come from outside: nobody finds many of the same number to hide one behind them. */
function hashOf(id: string): number {
  return hash('sha256', id, 'buffer').readUInt32BE(0) % HASH_VALUES
}

/** Slots before an instant that are looked into for a packet that was made then: most events wait for milliseconds. */
const NEAR_SLOTS = 3

/** Is a packet's id enough to find what stands in this slot? */
export function isNear(slot: number, packet: string): boolean {
  const parsed = parsePacketId(packet)
  const behind = parsed ? slotAt(parsed.at) - slot : -1
  return behind >= 0 && behind < NEAR_SLOTS
}

/** The slots that are near an instant. */
export function slotsNear(at: number): number[] {
  return Array.from({ length: NEAR_SLOTS }, (_, index) => slotAt(at) - index)
}
