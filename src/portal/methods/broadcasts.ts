import { doneShape } from '../../core/shapes/basic.ts'
import {
  broadcastPageShape,
  runParams,
  runShape,
  saveBroadcastParams,
  savedBroadcastShape,
  startBroadcastParams,
  startedShape,
} from '../../core/shapes/broadcast.ts'
import { listParams, namedParams } from '../../core/shapes/script.ts'
import { previewShape, toRecipientObject } from '../../core/shapes/recipient.ts'
import { commMethod } from './scripts.ts'

export const saveBroadcast = commMethod(
  'saveBroadcast',
  {
    summary: 'saves which script goes to whom, how fast and when not',
    params: saveBroadcastParams,
    result: savedBroadcastShape,
  },
  ({ broadcasts }, place, params) => broadcasts.save(place, params),
)

export const listBroadcasts = commMethod(
  'listBroadcasts',
  { summary: "the line's broadcasts, by code", params: listParams, result: broadcastPageShape },
  ({ broadcasts }, place, params) => broadcasts.list(place, params),
)

export const deleteBroadcast = commMethod(
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

export const previewBroadcast = commMethod(
  'previewBroadcast',
  {
    summary: 'whom a broadcast would reach now; sends nothing',
    params: namedParams,
    result: previewShape,
  },
  async ({ broadcasts }, place, { code, id }) => {
    const { matches, sample } = await broadcasts.preview(place, code ?? id ?? '')
    return { matches, sample: sample.map(toRecipientObject) }
  },
)

export const startBroadcast = commMethod(
  'startBroadcast',
  {
    summary: 'sends a broadcast, now or later',
    params: startBroadcastParams,
    result: startedShape,
  },
  ({ broadcasts }, place, params) => broadcasts.start(place, params),
)

export const getBroadcast = commMethod(
  'getBroadcast',
  { summary: 'how far a run of a broadcast is', params: runParams, result: runShape },
  ({ broadcasts }, place, { run }) => broadcasts.run(place, run),
)

export const pauseBroadcast = commMethod(
  'pauseBroadcast',
  { summary: 'stops a run until it is resumed', params: runParams, result: runShape },
  ({ broadcasts }, place, { run }) => broadcasts.pause(place, run),
)

export const resumeBroadcast = commMethod(
  'resumeBroadcast',
  { summary: 'lets a run that was paused go on', params: runParams, result: runShape },
  ({ broadcasts }, place, { run }) => broadcasts.resume(place, run),
)

export const cancelBroadcast = commMethod(
  'cancelBroadcast',
  { summary: 'ends a run; what was sent stays sent', params: runParams, result: runShape },
  ({ broadcasts }, place, { run }) => broadcasts.cancel(place, run),
)
