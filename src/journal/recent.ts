import type { Store } from '../db/engine/store.ts'
import type { DatedStep } from '../db/journal/codec.ts'
import { type NamedLine, placeKey, readPlaces } from '../db/journal/read.ts'
import { slotAt } from '../db/journal/slots.ts'
import { type JournalItem, type Target, toItem } from './item.ts'

/** About half a minute: each is a look into the table. */
const SLOTS = 32
const MAX_ITEMS = 50

/**
 * What became of a line's events and messages that came in the last half minute, the latest first. Read from the journal alone,
 * so that watching a line costs little.
 */
export async function readRecent(
  store: Store,
  line: NamedLine,
  now: number,
): Promise<JournalItem[]> {
  const last = slotAt(now)
  const places = Array.from({ length: SLOTS }, (_, back) => {
    return { lineId: line.lineId, slot: last - back }
  })
  const steps = await readPlaces(store, places)
  const items = places.flatMap((place) => itemsAt(line, steps.get(placeKey(place)) ?? []))
  return items.slice(0, MAX_ITEMS)
}

function itemsAt(line: NamedLine, steps: readonly DatedStep[]): JournalItem[] {
  const found = new Map<string, { readonly target: Target; readonly steps: DatedStep[] }>()
  for (const step of steps) {
    for (const target of targetsOf(step, line.lineId)) {
      const key = `${target.direction}:${target.seq}`
      const known = found.get(key)
      if (known) known.steps.push(step)
      else found.set(key, { target, steps: [step] })
    }
  }
  return [...found.values()].reverse().map((one) => toItem(line, one.target, one.steps))
}

function targetsOf(step: DatedStep, lineId: number): Target[] {
  const incoming = (seq: number): Target => ({ lineId, direction: 'in', seq })
  if ('seq' in step) return [incoming(step.seq)]
  if ('seqs' in step) return step.seqs.map(incoming)
  return 'out' in step ? [{ lineId, direction: 'out', seq: step.out }] : []
}
