import type { z } from 'zod'
import { given } from '../core/given.ts'
import { eventId, outId } from '../core/ids.ts'
import type { lineErrorShape } from '../core/shapes/admin.ts'
import type { Frozen } from '../core/shapes/basic.ts'
import { findFirstWaiting, findLastDead } from '../db/console/line-past.ts'
import { type FailedMessage, findFailedMessages } from '../db/outbox/failed.ts'
import type { AdminDesk, LineFailure } from './desk.ts'
import type { LineItemObject } from './line-items.ts'

type LineError = Frozen<z.infer<typeof lineErrorShape>>

const MAX_ERRORS = 10
/** The line's last failure is also in the journal, written some milliseconds later. */
const SAME_MS = 2000

/** What has failed of a line's last: attempts at its portal, dead letters, attempts at the channel, sends. The latest first. */
export async function lastErrors(
  item: LineItemObject,
  { store, readFailures }: AdminDesk,
): Promise<LineError[]> {
  const { id, lastFailure } = item
  const failed = await findFailedMessages(store, id, MAX_ERRORS)
  const dead = await findLastDead(store, id, MAX_ERRORS)
  const waiting = await findFirstWaiting(store, id)
  const seqs = [waiting, ...dead.map(({ seq }) => seq), ...failed.map(({ seq }) => seq)]
  const tried = await readFailures(
    id,
    seqs.filter((seq) => seq !== undefined),
  )
  const finished = new Set(failed.map(({ seq }) => seq))
  const errors = [
    ...failed.map((one) => ofMessage(id, one)),
    ...dead.map(({ seq, reason: message, at }) => ofPortal({ at, message, seq }, id)),
    // A message that is given up has its last attempt's words already.
    ...tried
      .filter(({ out }) => out === undefined || !finished.has(out))
      .map((one) => (one.out === undefined ? ofPortal(one, id) : ofChannel(one, id, one.out))),
  ]
  if (lastFailure && !tried.some((one) => isSame(one, lastFailure.at))) {
    errors.push({
      at: lastFailure.at,
      direction: 'in',
      message: lastFailure.error || 'failed',
    })
  }
  return errors.sort((a, b) => b.at.localeCompare(a.at)).slice(0, MAX_ERRORS)
}

function isSame({ at, out }: LineFailure, failedAt: string): boolean {
  return out === undefined && Math.abs(at - Date.parse(failedAt)) < SAME_MS
}

function ofMessage(lineId: number, { seq, code, message, at }: FailedMessage): LineError {
  return {
    at: new Date(at).toISOString(),
    direction: 'out',
    message: message || code || 'failed',
    ...given({ code }),
    out: outId(lineId, seq),
  }
}

function ofPortal({ at, message, seq }: LineFailure, lineId: number): LineError {
  const evt = seq === undefined ? undefined : eventId(lineId, seq)
  return { at: new Date(at).toISOString(), direction: 'in', message, ...given({ evt }) }
}

function ofChannel({ at, message, code }: LineFailure, lineId: number, out: number): LineError {
  return {
    at: new Date(at).toISOString(),
    direction: 'out',
    message,
    ...given({ code }),
    out: outId(lineId, out),
  }
}
