import type { Clock } from './core/clock.ts'
import type { Neighbours } from './core/neighbours.ts'
import type { Signals } from './lines/signals.ts'

/** What comes within this time goes in one hint. */
const GATHER_MS = 5
/** In one hint; the holders of further lines find what is new for them with their next look. */
const MOST_LINES = 1000

/**
 * The part of the composition root by which processes of one machine needn't wait for their next look into the store: a message
 * that comes to one process, is sent by another and read at a third would wait for three of them, 0.7 s in the worst case.
 */
export function shareSignals(
  signals: Pick<Signals, 'outboxDue' | 'outboxDueElsewhere' | 'letterPut' | 'letterPutElsewhere'>,
  neighbours: Neighbours,
  clock: Clock,
): void {
  let lines = new Set<number>()
  let hasLetters = false
  let isGathering = false
  const send = (): void => {
    isGathering = false
    neighbours.tell({ outbox: [...lines], hasLetters })
    lines = new Set()
    hasLetters = false
  }
  const schedule = (): void => {
    if (!isGathering) clock.after(GATHER_MS, send)
    isGathering = true
  }
  signals.outboxDue.on((lineIds) => {
    for (const lineId of lineIds ?? []) if (lines.size < MOST_LINES) lines.add(lineId)
    if (lines.size > 0) schedule()
  })
  signals.letterPut.on(() => {
    hasLetters = true
    schedule()
  })
  neighbours.onTold((hint) => {
    if (hint.outbox.length > 0) signals.outboxDueElsewhere.raise(hint.outbox)
    if (hint.hasLetters) signals.letterPutElsewhere.raise()
  })
}
