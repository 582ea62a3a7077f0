import { forUpdate } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'
import { stirLines } from '../inbox/followed.ts'
import { turnLines } from './lines.ts'
import { findRun, type Run, type RunState } from './runs.ts'

export interface RunControl {
  readonly run: Run
  readonly move: 'pause' | 'resume' | 'cancel'
}

/** Which states a run can be moved from. */
const FROM: Readonly<Record<RunControl['move'], readonly RunState[]>> = {
  pause: ['scheduled', 'running'],
  resume: ['paused'],
  cancel: ['scheduled', 'running', 'paused'],
}

/** Moves a run if its state allows that; gives the state that it has now. A holder's commit comes before this or is planned anew. */
export async function moveRunByHand(
  store: Store,
  { run, move }: RunControl,
  now: number,
): Promise<RunState> {
  const { id, lineId } = run
  return await store.transaction(async (trx) => {
    await trx.rows(`SELECT line_id FROM comm_line WHERE line_id = ?${forUpdate(trx)}`, [lineId])
    const current = await findRun(trx, lineId, id)
    if (!current || !FROM[move].includes(current.state)) return current?.state ?? 'cancelled'
    const state = stateAfter(move, current)
    // One that has not begun keeps the time that was set for it, unless its end is to be told.
    const keepsTime = state !== 'cancelled' && current.startedAt === undefined
    const runAt = keepsTime ? 'COALESCE(run_at, ?)' : '?'
    await trx.run(`UPDATE broadcast_run SET state = ?, run_at = ${runAt} WHERE id = ?`, [
      state,
      move === 'pause' && current.startedAt !== undefined ? null : now,
      id,
    ])
    const stirs = [turnLines([lineId]), ...stirLines([lineId], now)]
    for (const { sql, bindings } of stirs) await trx.run(sql, bindings)
    return state
  })
}

/** A run that was paused before it began begins at once when it is resumed. */
function stateAfter(move: RunControl['move'], { startedAt }: Run): RunState {
  if (move === 'pause') return 'paused'
  if (move === 'cancel') return 'cancelled'
  return startedAt === undefined ? 'scheduled' : 'running'
}
