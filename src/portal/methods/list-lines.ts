import { z } from 'zod'
import { given } from '../../core/given.ts'
import { statusShape } from '../../core/shapes/line.ts'
import { portalMethod } from './method.ts'

const MAX_PAGE = 500

/**
 * A page of the portal's lines when `limit` or `cursor` is given, else all of them as a plain list, as portals have always
 * asked: that is refused where they are too many for one answer.
 */
export const listLines = portalMethod(
  'listLines',
  {
    summary: "the portal's lines: a page of them with limit or cursor, else the plain list of all",
    params: z.strictObject({
      limit: z.int().min(1).max(MAX_PAGE).optional(),
      cursor: z.string().min(1).max(64).optional(),
    }),
    result: z.union([
      z.array(statusShape),
      z.strictObject({ items: z.array(statusShape), cursor: z.string().exactOptional() }),
    ]),
  },
  async ({ limit, cursor }, { lineOperations, portal }) => {
    const isPaged = limit !== undefined || cursor !== undefined
    const page = await lineOperations.page({
      portalId: portal.id,
      limit: limit ?? MAX_PAGE,
      ...given({ cursor, mustBeAll: !isPaged }),
    })
    const items = page.items.map(({ status }) => status)
    if (isPaged) return { items, ...given({ cursor: page.cursor }) }
    return items
  },
)
