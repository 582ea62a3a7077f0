import { z } from 'zod'
import { given } from '../../core/given.ts'
import { count } from '../../core/shapes/basic.ts'
import { deadLetterShape } from '../../core/shapes/journal.ts'
import type { LineRecord } from '../../db/lines/lines.ts'
import { lineOf } from '../access.ts'
import type { AdminDesk } from '../desk.ts'
import { EVERYBODY, endpoint, rawEndpoint } from '../endpoint.ts'
import { NOT_KEPT } from '../failure.ts'
import { limitQuery } from '../queries.ts'

/** Events that were given up: `lines/{id}/dead-letters`. */

const MAX_PAGE = 200
const MAX_IDS = 1000

const listed = endpoint({
  method: 'GET',
  path: '/lines/:id/dead-letters',
  id: 'listLineDeadLetters',
  summary: 'events that were given up, the oldest first',
  scopes: EVERYBODY,
  query: z.strictObject({
    limit: limitQuery(MAX_PAGE),
    cursor: z.string().min(1).max(64).optional(),
  }),
  answer: z.strictObject({ items: z.array(deadLetterShape), cursor: z.string().exactOptional() }),
  async run(call, desk) {
    const { limit, cursor } = call.query
    return await desk.deadLetters.list(await lineOf(call, desk), { limit, ...given({ cursor }) })
  },
})

const someBody = z.strictObject({
  events: z.array(z.string().max(64)).max(MAX_IDS).optional().describe('absent: all'),
})

const replayed = endpoint({
  method: 'POST',
  path: '/lines/:id/dead-letters/replay',
  id: 'replayLineDeadLetters',
  summary: 'puts events back that were given up: all, or those named',
  scopes: EVERYBODY,
  body: someBody,
  answer: z.strictObject({ replayed: count }),
  run: async (call, desk) => ({
    replayed: await desk.deadLetters.replay(await lineOf(call, desk), call.body.events),
  }),
})

const deleted = endpoint({
  method: 'POST',
  path: '/lines/:id/dead-letters/delete',
  id: 'deleteLineDeadLetters',
  summary: 'deletes events that were given up: all, or those named',
  scopes: EVERYBODY,
  body: someBody,
  answer: z.strictObject({ deleted: count }),
  run: async (call, desk) => ({
    deleted: await desk.deadLetters.delete(await lineOf(call, desk), call.body.events),
  }),
})

const exported = rawEndpoint({
  method: 'GET',
  path: '/lines/:id/dead-letters/export',
  id: 'exportLineDeadLetters',
  summary: 'all of them, a JSON object a line',
  scopes: EVERYBODY,
  media: 'application/x-ndjson',
  answer: z.string(),
  async run(call, desk) {
    const line = await lineOf(call, desk)
    const name = `dead-letters-${line.id}.ndjson`
    return {
      status: 200,
      headers: {
        ...NOT_KEPT,
        'content-type': 'application/x-ndjson; charset=utf-8',
        'content-disposition': `attachment; filename="${name}"`,
      },
      async body(to) {
        for await (const text of pages(line, desk)) {
          if (to.destroyed) return
          if (!to.write(text)) await drained(to)
        }
        to.end()
      },
    }
  },
})

async function* pages(line: LineRecord, { deadLetters }: AdminDesk): AsyncGenerator<string> {
  let cursor: string | undefined
  do {
    const page = await deadLetters.list(line, { limit: MAX_PAGE, ...given({ cursor }) })
    yield page.items.map((item) => `${JSON.stringify(item)}\n`).join('')
    cursor = page.cursor
  } while (cursor !== undefined)
}

/** Or it has been closed. */
async function drained(to: NodeJS.WritableStream): Promise<void> {
  await new Promise<void>((resolve) => {
    to.once('drain', resolve)
    to.once('close', resolve)
  })
}

export const DEAD_LETTER_ENDPOINTS = [listed, replayed, deleted, exported]
