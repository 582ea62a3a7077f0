import { z } from 'zod'
import { eventId, parseNumberedId } from '../../core/ids.ts'
import { isRecord } from '../../core/json.ts'
import {
  type DeadLetter,
  deleteDeadLetters as deleteLetters,
  listDeadLetters as listLetters,
  replayDeadLetters as replayLetters,
} from '../../db/inbox/dead-letters.ts'
import { confirmEvents, makeDueNow } from '../../db/inbox/status.ts'
import { statusObject } from '../../lines/status-object.ts'
import { findLine, lineMethod, lineParams } from './method.ts'

const MAX_IDS = 1000
const DEFAULT_PAGE = 50
const MAX_PAGE = 200

const eventIds = z.array(z.string().max(64)).max(MAX_IDS)

/** The numbers of those ids that are of this line; others, of nobody or of other lines, are passed over. */
function toSeqs(ids: readonly string[], lineId: number): number[] {
  return ids.flatMap((id) => {
    const parsed = parseNumberedId('evt_', id)
    return parsed?.lineId === lineId ? [parsed.seq] : []
  })
}

/** The late acknowledgement of PROTOCOL §5. */
export const confirmDelivery = lineMethod(
  'confirmDelivery',
  z.strictObject({ ...lineParams, events: eventIds.min(1) }),
  async ({ events }, line, call) => {
    const seqs = toSeqs(events, line.id)
    if (seqs.length === 0) return { accepted: 0 }
    const accepted = await confirmEvents(call.store, line.id, seqs, call.clock.now())
    call.wakeInbox()
    return { accepted }
  },
)

export const retryNow = lineMethod(
  'retryNow',
  z.strictObject(lineParams),
  async (params, line, call) => {
    await makeDueNow(call.store, line.id, call.clock.now())
    const status = await statusObject(call, await findLine(call, params))
    call.wakeInbox()
    return status
  },
)

const pageSchema = z.strictObject({
  ...lineParams,
  limit: z.int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE),
  cursor: z.string().max(64).optional(),
})

export const listDeadLetters = lineMethod(
  'listDeadLetters',
  pageSchema,
  async ({ limit, cursor }, line, call) => {
    const after = cursor === undefined ? 0 : (toSeqs([cursor], line.id)[0] ?? 0)
    const letters = await listLetters(call.store, line.id, { after, limit: limit + 1 })
    const page = letters.slice(0, limit)
    const last = page.at(-1)
    return {
      items: page.map((letter) => toItem(letter, line.id)),
      ...(letters.length > limit && last ? { cursor: eventId(line.id, last.seq) } : {}),
    }
  },
)

function toItem({ seq, payload, reason, deadAt, type }: DeadLetter, lineId: number): object {
  const event: unknown = JSON.parse(payload)
  return {
    event: { id: eventId(lineId, seq), type, ...(isRecord(event) ? event : {}) },
    reason,
    deadAt: new Date(deadAt).toISOString(),
  }
}

const someSchema = z.strictObject({ ...lineParams, events: eventIds.optional() })

/** Puts back all dead letters of the line, or those named. */
export const replayDeadLetters = lineMethod(
  'replayDeadLetters',
  someSchema,
  async ({ events }, line, call) => {
    const seqs = events && toSeqs(events, line.id)
    const replayed = await replayLetters(call.store, line.id, seqs, call.clock.now())
    call.wakeInbox()
    return { replayed }
  },
)

export const deleteDeadLetters = lineMethod(
  'deleteDeadLetters',
  someSchema,
  async ({ events }, line, call) => ({
    deleted: await deleteLetters(call.store, line.id, events && toSeqs(events, line.id)),
  }),
)
