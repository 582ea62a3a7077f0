import { z } from 'zod'
import { given } from '../../core/given.ts'
import { lineItemShape } from '../../core/shapes/admin.ts'
import { doneShape } from '../../core/shapes/basic.ts'
import { healthShape, testShape } from '../../core/shapes/line.ts'
import type { LineRecord } from '../../db/lines/lines.ts'
import { lineAndPortal, lineOf } from '../access.ts'
import type { AdminDesk } from '../desk.ts'
import { EVERYBODY, endpoint } from '../endpoint.ts'
import { byMethod } from './by-method.ts'
import { shown } from './lines.ts'

/** What can be done with a line: `POST lines/{id}/…`. */

const MAX_REASON = 500
const nothing = z.strictObject({})
const PAUSED = 'paused by an operator'

function act<B>(
  name: string,
  summary: string,
  body: z.ZodType<B>,
  run: (line: LineRecord, body: B, desk: AdminDesk) => Promise<unknown>,
) {
  return endpoint({
    method: 'POST',
    path: `/lines/:id/${name}`,
    id: `${name}Line`,
    summary,
    scopes: EVERYBODY,
    body,
    answer: lineItemShape,
    async run(call, desk) {
      const line = await lineOf(call, desk)
      await run(line, call.body, desk)
      return await shown(line, desk)
    },
  })
}

const disconnectLine = endpoint({
  method: 'POST',
  path: '/lines/:id/disconnect',
  id: 'disconnectLine',
  summary: 'removes the webhook at the channel and the settings; with purge what waits too',
  scopes: EVERYBODY,
  body: z.strictObject({ purge: z.boolean().optional().describe('as of disconnect: true') }),
  answer: doneShape,
  async run(call, desk) {
    const { line, portal } = await lineAndPortal(call, desk)
    const { purge } = call.body
    const more = purge === undefined ? {} : { purge }
    return (await byMethod(desk, portal, line, 'disconnect', more)) as { ok: boolean }
  },
})

export const LINE_ACTS = [
  endpoint({
    method: 'POST',
    path: '/lines/:id/test',
    id: 'testLine',
    summary: 'tries channel and portal and connects the line; what fails is a result',
    scopes: EVERYBODY,
    body: nothing,
    answer: testShape,
    async run(call, desk) {
      const { line, portal } = await lineAndPortal(call, desk)
      return (await byMethod(desk, portal, line, 'testConnect')) as z.infer<typeof testShape>
    },
  }),
  endpoint({
    method: 'POST',
    path: '/lines/:id/check',
    id: 'checkLine',
    summary: 'how the line is now; its channel is asked, once a minute at most',
    scopes: EVERYBODY,
    body: nothing,
    answer: healthShape,
    async run(call, desk) {
      const { line, portal } = await lineAndPortal(call, desk)
      return (await byMethod(desk, portal, line, 'checkLine')) as z.infer<typeof healthShape>
    },
  }),
  act('retry', 'delivers at once, whatever the lock of the line says', nothing, (line, _b, desk) =>
    desk.lineOperations.retry(line),
  ),
  act(
    'pause',
    'stops sending until resume, or a successful test; messages go on being queued',
    z.strictObject({ reason: z.string().trim().max(MAX_REASON).optional() }),
    (line, body, desk) => desk.lineOperations.pause(line, given(body).reason ?? PAUSED),
  ),
  act('resume', 'goes on sending', nothing, (line, _b, desk) => desk.lineOperations.resume(line)),
  disconnectLine,
]
