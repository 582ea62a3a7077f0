import { z } from 'zod'
import { placeOf } from '../../core/line-place.ts'
import { count, doneShape } from '../../core/shapes/basic.ts'
import {
  broadcastPageShape,
  listRunsParams,
  runPageShape,
  runParams,
  runShape,
  saveBroadcastParams,
  savedBroadcastShape,
  startBroadcastParams,
  startedShape,
} from '../../core/shapes/broadcast.ts'
import { recipientShape } from '../../core/shapes/recipient.ts'
import { listParams, namedParams } from '../../core/shapes/script.ts'
import { lineMethod } from './method.ts'
import { commMethod } from './scripts.ts'

const previewShape = z.strictObject({ matches: count, sample: z.array(recipientShape) })

const saveBroadcast = commMethod(
  'saveBroadcast',
  {
    summary: 'saves which script goes to whom, how fast and when not',
    params: saveBroadcastParams,
    result: savedBroadcastShape,
  },
  ({ broadcasts }, place, params) => broadcasts.save(place, params),
)

const listBroadcasts = commMethod(
  'listBroadcasts',
  { summary: "the line's broadcasts, by code", params: listParams, result: broadcastPageShape },
  ({ broadcasts }, place, params) => broadcasts.list(place, params),
)

const deleteBroadcast = commMethod(
  'deleteBroadcast',
  {
    summary: 'deletes a broadcast; runs that are under way go on',
    params: namedParams,
    result: doneShape,
  },
  async ({ broadcasts }, place, { code, id }) => {
    await broadcasts.delete(place, code ?? id ?? '')
    return { ok: true }
  },
)

const previewBroadcast = lineMethod(
  'previewBroadcast',
  {
    summary: 'whom a broadcast would reach now; sends nothing',
    params: namedParams,
    result: previewShape,
  },
  async ({ code, id }, line, { communications, recipients, portal }) => {
    const { matches, sample } = await communications.broadcasts.preview(
      placeOf(line, portal),
      code ?? id ?? '',
    )
    const place = { portal, lineId: line.id }
    const shown = sample.map((lead) => recipients.get(place, { lead }))
    return { matches, sample: await Promise.all(shown) }
  },
)

const startBroadcast = commMethod(
  'startBroadcast',
  {
    summary: 'sends a broadcast, now or later',
    params: startBroadcastParams,
    result: startedShape,
  },
  ({ broadcasts }, place, params) => broadcasts.start(place, params),
)

const getBroadcast = commMethod(
  'getBroadcast',
  { summary: 'how far a run of a broadcast is', params: runParams, result: runShape },
  ({ broadcasts }, place, { run }) => broadcasts.run(place, run),
)

const listBroadcastRuns = commMethod(
  'listBroadcastRuns',
  {
    summary: 'the runs of a broadcast, the latest first',
    params: listRunsParams,
    result: runPageShape,
  },
  ({ broadcasts }, place, { code, id, ...paging }) =>
    broadcasts.runs(place, code ?? id ?? '', paging),
)

const pauseBroadcast = commMethod(
  'pauseBroadcast',
  { summary: 'stops a run until it is resumed', params: runParams, result: runShape },
  ({ broadcasts }, place, { run }) => broadcasts.pause(place, run),
)

const resumeBroadcast = commMethod(
  'resumeBroadcast',
  { summary: 'lets a run that was paused go on', params: runParams, result: runShape },
  ({ broadcasts }, place, { run }) => broadcasts.resume(place, run),
)

const cancelBroadcast = commMethod(
  'cancelBroadcast',
  { summary: 'ends a run; what was sent stays sent', params: runParams, result: runShape },
  ({ broadcasts }, place, { run }) => broadcasts.cancel(place, run),
)

export const BROADCAST_METHODS = [
  saveBroadcast,
  listBroadcasts,
  deleteBroadcast,
  previewBroadcast,
  startBroadcast,
  getBroadcast,
  listBroadcastRuns,
  pauseBroadcast,
  resumeBroadcast,
  cancelBroadcast,
] as const
