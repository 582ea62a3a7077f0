import { given } from '../../core/given.ts'
import { type LineStatus, takesUpdates } from '../../core/line.ts'
import type { NewEvent } from '../../core/stored-event.ts'
import type { Finish, StatementRunner } from '../engine/short-transaction.ts'
import { forUpdate } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'
import { prepareAppend } from '../inbox/append.ts'

export interface Pause {
  readonly lineId: number
  /** Of the settings that were refused: newer ones are not to blame. */
  readonly epoch?: number
  readonly reason: string
  /** Goes to the portal if the line was connected until now. */
  readonly notice: NewEvent
}

/**
 * Stops a line's sending until a person has acted (a successful testConnect lifts it), makes the line `failing` and puts
 * the notice into its inbox, all or nothing. Gives whether there was a notice to put. Repeating it does no harm.
 */
export async function pauseOutbox(store: Store, pause: Pause, now: number): Promise<boolean> {
  return await store.shortTransaction((runner) => preparePause(runner, pause, now), {
    isRepeatable: true,
  })
}

async function preparePause(
  runner: StatementRunner,
  { lineId, epoch, reason, notice }: Pause,
  now: number,
): Promise<Finish<boolean>> {
  const [queue, found] = await runner.batch([
    {
      sql: `SELECT paused_at FROM outbox_line WHERE line_id = ?${forUpdate(runner)}`,
      bindings: [lineId],
    },
    { sql: 'SELECT status FROM line WHERE id = ?', bindings: [lineId] },
  ])
  const row = queue?.rows[0] as { paused_at: number | null } | undefined
  if (row?.paused_at !== null) return { statements: [], value: false }
  const line = found?.rows[0] as { status: LineStatus } | undefined
  // A check may have found it before the send did.
  const wasConnected = line !== undefined && takesUpdates(line.status)
  const update = {
    lineId,
    events: wasConnected ? [notice] : [],
    ...given({ epoch }),
  }
  const append = await prepareAppend(runner, [update], undefined, now)
  if (append.value[0]?.kind === 'stale') return { statements: [], value: false }
  return {
    statements: [
      {
        sql: 'UPDATE outbox_line SET paused_at = ?, pause_reason = ?, due_at = NULL WHERE line_id = ?',
        bindings: [now, reason.slice(0, 500), lineId],
      },
      {
        sql: "UPDATE line SET status = 'failing', updated_at = ? WHERE id = ? AND status = 'connected'",
        bindings: [now, lineId],
      },
      ...append.statements,
    ],
    value: wasConnected,
  }
}
