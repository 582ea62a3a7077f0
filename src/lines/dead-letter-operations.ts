import type { z } from 'zod'
import type { Clock } from '../core/clock.ts'
import { badCursor } from '../core/cursor.ts'
import { eventId, parseNumberedId } from '../core/ids.ts'
import type { Journal } from '../core/journal.ts'
import type { Frozen } from '../core/shapes/basic.ts'
import type { deadLetterShape } from '../core/shapes/journal.ts'
import { readStored } from '../core/stored-event.ts'
import type { Store } from '../db/engine/store.ts'
import {
  type DeadLetter,
  deleteDeadLetters,
  listDeadLetters,
  replayDeadLetters,
} from '../db/inbox/dead-letters.ts'
import type { LineRecord } from '../db/lines/lines.ts'
import type { Signals } from './signals.ts'

/** A dead letter as it is shown (PROTOCOL §4, `listDeadLetters`). */
export type DeadLetterItem = Frozen<z.infer<typeof deadLetterShape>>

export interface DeadLetterOperationsDeps {
  readonly store: Store
  readonly clock: Clock
  readonly journal: Journal
  readonly signals: Pick<Signals, 'inboxDue'>
}

/** A page is parsed and written again in one go, so that it must not grow with what the letters hold. */
const MAX_PAGE_BYTES = 512 * 1024

/** What can be done with the dead letters of a line, whoever asks for it. Throws StoreUnavailableError. */
export class DeadLetterOperations {
  readonly #deps: DeadLetterOperationsDeps

  constructor(deps: DeadLetterOperationsDeps) {
    this.#deps = deps
  }

  /** The oldest first, no more than fit into an answer; `cursor` is what the page before gave. */
  async list(
    { id }: LineRecord,
    { limit, cursor }: { readonly limit: number; readonly cursor?: string },
  ): Promise<{ items: DeadLetterItem[]; cursor?: string }> {
    const after = cursor === undefined ? 0 : seqOfCursor(cursor, id)
    const page = { after, limit, maxBytes: MAX_PAGE_BYTES }
    const { letters, isMore } = await listDeadLetters(this.#deps.store, id, page)
    const last = letters.at(-1)
    return {
      items: letters.map((letter) => toItem(letter, id)),
      ...(isMore && last ? { cursor: eventId(id, last.seq) } : {}),
    }
  }

  /** Puts all of them back into the queue, or those named; gives how many. */
  async replay(
    { id, portalId }: LineRecord,
    events: readonly string[] | undefined,
  ): Promise<number> {
    const { store, clock, signals, journal } = this.#deps
    const named = events && seqsOf(events, id)
    const replayed = await replayDeadLetters(store, id, named, clock.now(), (seqs) => {
      if (seqs.length > 0) journal.note({ lineId: id, portalId }, { kind: 'replayed', seqs })
    })
    signals.inboxDue.raise()
    return replayed
  }

  /** All of them, or those named; gives how many. */
  async delete({ id }: LineRecord, events: readonly string[] | undefined): Promise<number> {
    return await deleteDeadLetters(this.#deps.store, id, events && seqsOf(events, id))
  }
}

/** The numbers of those ids that are of this line; others, of nobody or of other lines, are passed over. */
export function seqsOf(ids: readonly string[], lineId: number): number[] {
  return ids.flatMap((id) => {
    const parsed = parseNumberedId('evt_', id)
    return parsed?.lineId === lineId ? [parsed.seq] : []
  })
}

function seqOfCursor(cursor: string, lineId: number): number {
  const [seq] = seqsOf([cursor], lineId)
  if (seq === undefined) throw badCursor()
  return seq
}

function toItem({ seq, reason, deadAt, ...stored }: DeadLetter, lineId: number): DeadLetterItem {
  return {
    event: { id: eventId(lineId, seq), ...readStored(stored) },
    reason,
    deadAt: new Date(deadAt).toISOString(),
  }
}
