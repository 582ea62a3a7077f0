import { setTimeout as sleep } from 'node:timers/promises'
import { createConnection } from 'mysql2/promise'
import type { Random } from './random.ts'
import type { Stage } from './stage.ts'

const LOCKED_MS = 3000

/**
 * Somebody locks the row of one line, as a transaction does that is never ended. Every other line must get updates taken
 * meanwhile; if only the locked one does without, what comes for it waits and is asked for again.
 */
export async function lockRow(stage: Stage, random: Random): Promise<void> {
  const { ledger, store, targets } = stage
  const rows = await stage.rows<{ line_id: number }>('SELECT line_id FROM inbox_line')
  const { line_id: lineId } = random.pick(rows)
  const session = await createConnection(store.url(0))
  try {
    await session.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED')
    await session.query('BEGIN')
    await session.query('SELECT * FROM inbox_line WHERE line_id = ? FOR UPDATE', [lineId])
    const before = targets.map((_, line) => ledger.answeredOf(line))
    await sleep(LOCKED_MS)
    const stuck = targets.flatMap((_, line) =>
      ledger.answeredOf(line) === before[line] && stage.lineOf(lineId) !== line ? [line] : [],
    )
    if (stuck.length > 0) {
      ledger.violation(
        `with the row of one line locked, lines ${stuck.join(', ')} took nothing for ${LOCKED_MS} ms`,
      )
    }
    await session.query('ROLLBACK').catch((error: unknown) => {
      // Galera has broken it off meanwhile, for a commit on another node: that is what its lock is worth there.
      if ((error as { code?: string }).code !== 'ER_LOCK_DEADLOCK') throw error
    })
  } finally {
    session.destroy()
  }
}
