import { z } from 'zod'
import { given } from '../../core/given.ts'
import { lineParams } from '../../core/line-params.ts'
import {
  lineDetailShape,
  lineItemShape,
  linePageShape,
  lineSettingsShape,
  retriedLinesShape,
} from '../../core/shapes/admin.ts'
import { healthShape, lineStatusShape } from '../../core/shapes/line.ts'
import type { LineRecord } from '../../db/lines/lines.ts'
import { findPortal, lineOf, requireAddress, unknownPortal } from '../access.ts'
import type { AdminDesk } from '../desk.ts'
import { EVERYBODY, endpoint, PORTALS } from '../endpoint.ts'
import { lineDetail } from '../line-detail.ts'
import { type LineItemObject, lineItems } from '../line-items.ts'
import { narrowing } from '../narrowing.ts'
import { limitQuery, textQuery } from '../queries.ts'
import { coversLine, coversPortal, type Scope } from '../scope.ts'

const MAX_PAGE = 200
const MAX_RETRIED = 500

const listQuery = z.strictObject({
  portal: z.string().max(64).optional(),
  connector: z.string().max(64).optional(),
  status: lineStatusShape.optional(),
  health: healthShape.shape.state.optional(),
  q: textQuery().describe("a part of the line's id, name, account, or its portal's name"),
  limit: limitQuery(MAX_PAGE),
  cursor: z.string().min(1).max(64).optional(),
})

interface ListCall {
  readonly scope: Scope
  readonly query: z.infer<typeof listQuery>
}

const listLines = endpoint({
  method: 'GET',
  path: '/lines',
  id: 'listLines',
  summary: 'lines, in the order in which they were made',
  scopes: EVERYBODY,
  query: listQuery,
  answer: linePageShape,
  async run(call, desk) {
    const { scope, query } = call
    const { portal, connector, status, health, q: text, limit, cursor } = query
    const own = await narrowing(scope, desk)
    const isOthers = portal !== undefined && !coversPortal(scope, portal)
    if (own === 'none' || isOthers) return { items: [] }
    const filter = {
      ...given({ portalId: portal, connector, status, health, text }),
      ...own,
    }
    const page = await desk.lineOperations.search(filter, { limit, ...given({ cursor }) })
    const isWhole = cursor === undefined && page.cursor === undefined
    const total = isWhole ? page.items.length : await countAtHand(call, desk)
    return {
      items: await lineItems(page.items, desk.store),
      ...given({ cursor: page.cursor }),
      ...(total !== undefined && { total }),
    }
  },
})

/** How many lines a list has in all, where the overview's figures tell: it is asked for nothing, or for one thing. */
async function countAtHand(
  { scope, query }: Pick<ListCall, 'scope' | 'query'>,
  { overviews }: AdminDesk,
): Promise<number | undefined> {
  const { portal, connector, status, health, q: text } = query
  if (connector !== undefined || text) return undefined
  if (status !== undefined && health !== undefined) return undefined
  const isNarrower = scope.kind === 'operator' && portal !== undefined
  const counted: Scope = isNarrower ? { kind: 'portal', portalId: portal, portalName: '' } : scope
  const { total, byStatus, byHealth } = await overviews.lineCounts(counted)
  if (status !== undefined) return byStatus[status] ?? 0
  return health === undefined ? total : (byHealth[health] ?? 0)
}

const saveLine = endpoint({
  method: 'PUT',
  path: '/lines',
  id: 'saveLine',
  summary: 'makes a line, or saves its settings',
  scopes: EVERYBODY,
  body: z.strictObject({
    portal: z.string().max(64).optional().describe('needed of operators'),
    ...lineParams,
    settings: z.record(z.string(), z.unknown()),
  }),
  answer: lineItemShape,
  async run({ scope, body }, desk) {
    const { portal = '', connector, line: externalId, settings } = body
    const portalId = scope.kind === 'operator' ? portal : portal || scope.portalId
    const address = { portalId, connector, externalId }
    requireAddress(scope, address)
    const { switchedOff } = await findPortal(portalId, scope, desk)
    if (switchedOff === 'removing') throw unknownPortal()
    await desk.lineOperations.guardSecrets(address, settings)
    await desk.lineOperations.save(address, settings)
    return await shown(await desk.lineOperations.find(address), desk)
  },
})

/** A line's item as it is now. */
export async function shown(
  { id }: Pick<LineRecord, 'id'>,
  desk: AdminDesk,
): Promise<LineItemObject> {
  const [item] = await lineItems(await desk.lineOperations.items([id]), desk.store)
  if (!item) throw unknownPortal()
  return item
}

const retryLines = endpoint({
  method: 'POST',
  path: '/lines/retry',
  id: 'retryLines',
  summary: 'delivers at once what waits, whatever the locks of these lines say',
  scopes: PORTALS,
  body: z.strictObject({ ids: z.array(z.int().min(1)).min(1).max(MAX_RETRIED) }),
  answer: retriedLinesShape,
  async run({ scope, body }, desk) {
    const records = await desk.lineRepository.findByIds([...new Set(body.ids)])
    const own = records.filter((record) => coversLine(scope, record))
    for (const record of own) await desk.lineOperations.retry(record)
    return { retried: own.length }
  },
})

const getLine = endpoint({
  method: 'GET',
  path: '/lines/:id',
  id: 'getLine',
  summary: 'a line with its ladder, its last day and its last errors',
  scopes: EVERYBODY,
  answer: lineDetailShape,
  async run(call, desk) {
    const line = await lineOf(call, desk)
    return await lineDetail(line, await shown(line, desk), { scope: call.scope, desk })
  },
})

const getSettings = endpoint({
  method: 'GET',
  path: '/lines/:id/settings',
  id: 'getLineSettings',
  summary: 'the settings of a line, secrets masked',
  scopes: EVERYBODY,
  answer: lineSettingsShape,
  run: async (call, desk) => settingsOf(await lineOf(call, desk), desk),
})

const saveSettings = endpoint({
  method: 'PUT',
  path: '/lines/:id/settings',
  id: 'saveLineSettings',
  summary: 'saves them; HUB_CONFLICT where others were saved since that version',
  scopes: EVERYBODY,
  body: z.strictObject({
    settings: z
      .record(z.string(), z.unknown())
      .describe('a secret that is left out, or as it is masked, keeps its value'),
    version: z.string().min(1).max(64).optional(),
  }),
  answer: lineSettingsShape,
  async run(call, desk) {
    const line = await lineOf(call, desk)
    const { settings, version } = call.body
    await desk.lineOperations.guardSecrets(line, settings)
    await desk.lineOperations.save(line, settings, version)
    return await settingsOf(await lineOf(call, desk), desk)
  },
})

async function settingsOf(line: LineRecord, { lineOperations }: AdminDesk) {
  // The version first: settings that are saved between the two are then of another one, and not saved over unseen.
  const version = await lineOperations.settingsVersion(line)
  return { settings: lineOperations.settings(await lineOperations.find(line)), version }
}

export const LINE_ENDPOINTS = [listLines, saveLine, retryLines, getLine, getSettings, saveSettings]
