import { z } from 'zod'
import { badCursor } from '../../core/cursor.ts'
import { given } from '../../core/given.ts'
import {
  madePortalShape,
  portalContentsShape,
  portalPageShape,
  portalShape,
  portalTestShape,
  removedPortalShape,
  rotatedShape,
} from '../../core/shapes/admin.ts'
import { type PortalPlace, searchPortals } from '../../db/lines/portal-search.ts'
import { portalOf, unknownPortal } from '../access.ts'
import type { AdminDesk } from '../desk.ts'
import { EVERYBODY, endpoint, OPERATORS, PORTALS } from '../endpoint.ts'
import { newPortalBody, portalChangeBody } from '../portal-bodies.ts'
import { shownPortal, withPortalFaults } from '../portal-items.ts'
import { limitQuery, textQuery } from '../queries.ts'

/** Of a portal that has no line yet. The number is no line's, so that nothing is made for it. */
const NO_LINE = { lineId: 0, connector: 'telegram', externalLine: '0' }
const MAX_PAGE = 200

const listPortals = endpoint({
  method: 'GET',
  path: '/portals',
  id: 'listPortals',
  summary: 'portals, in the order in which they were added',
  scopes: EVERYBODY,
  query: z.strictObject({
    q: textQuery(),
    limit: limitQuery(MAX_PAGE),
    cursor: z.string().min(1).max(64).optional(),
  }),
  answer: portalPageShape,
  async run({ scope, query: { q, limit, cursor } }, desk) {
    const filter = given({ portalId: scope.kind !== 'operator' && scope.portalId, text: q })
    const page = { limit: limit + 1, ...given({ after: cursor && readCursor(cursor) }) }
    const places = await searchPortals(desk.store, filter, page)
    const shown = places.slice(0, limit)
    const found = await Promise.all(shown.map(({ id }) => desk.portalDirectory.reload(id)))
    const last = places.length > limit ? shown.at(-1) : undefined
    return {
      items: found.flatMap((portal) => (portal ? [shownPortal(portal, desk.dialects)] : [])),
      ...given({ cursor: last && `${last.createdAt}-${last.id}` }),
    }
  },
})

/** The place rather than the portal alone, which may be gone when the next page is asked for. Throws ParamsError. */
function readCursor(cursor: string): PortalPlace {
  const [, createdAt, id] = /^(0|[1-9]\d{0,14})-(prt_[0-9a-z]{1,40})$/.exec(cursor) ?? []
  if (createdAt === undefined || id === undefined) throw badCursor()
  return { createdAt: Number(createdAt), id }
}

const addPortal = endpoint({
  method: 'POST',
  path: '/portals',
  id: 'addPortal',
  summary: 'adds a portal; its secret is shown this once',
  scopes: OPERATORS,
  body: newPortalBody,
  answer: madePortalShape,
  async run({ body }, desk) {
    const { language, dialect = 'native', settings, allow, format, ...pace } = body
    const { notificationRate, timeZone, dialogIdleMin, name, url } = pace
    const input = {
      ...{ name, url, dialect, format: { ...DEFAULT_FORMAT, ...given(format ?? {}) } },
      ...given({ language, settings, notificationRate, timeZone, dialogIdleMin }),
      ...(allow === undefined ? {} : { allow }),
    }
    const { id, secret } = await withPortalFaults(() => desk.portalOperations.add(input))
    const portal = await desk.portalDirectory.reload(id)
    if (!portal) throw unknownPortal()
    const known = desk.dialects.find((one) => one.id === portal.dialect)
    return {
      portal: shownPortal(portal, desk.dialects),
      ...given({ secret: known?.usesSecret === true && secret }),
      nextSteps: [...(known?.nextSteps?.(portal, desk) ?? [])],
    }
  },
})

const DEFAULT_FORMAT = { text: 'bbcode', emoji: 'shortname' } as const

const getPortal = endpoint({
  method: 'GET',
  path: '/portals/:id',
  id: 'getPortal',
  summary: 'a portal',
  scopes: PORTALS,
  answer: portalShape,
  run: async (call, desk) => shownPortal(await portalOf(call, desk), desk.dialects),
})

const changePortal = endpoint({
  method: 'PATCH',
  path: '/portals/:id',
  id: 'changePortal',
  summary: 'changes what is named, which must be something, and leaves the rest',
  scopes: OPERATORS,
  body: portalChangeBody,
  answer: portalShape,
  async run(call, desk) {
    const { id } = await portalOf(call, desk)
    const { format, allow, name, url, ...rest } = call.body
    const change = {
      ...given(rest),
      // An empty text is a fault to be named.
      ...(allow === undefined ? {} : { allow }),
      ...(name === undefined ? {} : { name }),
      ...(url === undefined ? {} : { url }),
      ...(format ? { format: given(format) } : {}),
    }
    const isThere = await withPortalFaults(() => desk.portalOperations.edit(id, change))
    if (!isThere) throw unknownPortal()
    return shownPortal(await portalOf(call, desk), desk.dialects)
  },
})

const rotateSecret = endpoint({
  method: 'POST',
  path: '/portals/:id/rotate',
  id: 'rotatePortalSecret',
  summary: 'gives a portal a new secret; the old one holds for 24 h more',
  scopes: OPERATORS,
  body: z.strictObject({ revokeOld: z.boolean().default(false) }),
  answer: rotatedShape,
  async run(call, desk) {
    const { id, dialect } = await portalOf(call, desk)
    const rotated = await desk.portalOperations.rotate(id, call.body)
    if (!rotated) throw unknownPortal()
    const isShown = desk.dialects.some((one) => one.id === dialect && one.usesSecret === true)
    const oldValidUntil = new Date(rotated.oldValidUntil).toISOString()
    return { ...given({ secret: isShown && rotated.secret }), oldValidUntil }
  },
})

const switchBody = z.strictObject({})

function switchPortal(to: 'enable' | 'disable', summary: string) {
  return endpoint({
    method: 'POST',
    path: `/portals/:id/${to}`,
    id: `${to}Portal`,
    summary,
    scopes: OPERATORS,
    body: switchBody,
    answer: portalShape,
    async run(call, desk) {
      const { id } = await portalOf(call, desk)
      if (!(await desk.portalOperations[to](id))) throw unknownPortal()
      return shownPortal(await portalOf(call, desk), desk.dialects)
    },
  })
}

const testPortal = endpoint({
  method: 'POST',
  path: '/portals/:id/test',
  id: 'testPortal',
  summary: 'sends a test packet; what fails is a result, not an error',
  scopes: PORTALS,
  body: switchBody,
  answer: portalTestShape,
  async run(call, desk) {
    const portal = await portalOf(call, desk)
    return await desk.testPortal(portal, await anyLine(desk, portal.id))
  },
})

async function anyLine({ lineRepository }: AdminDesk, portalId: string) {
  const [line] = await lineRepository.page({ portalId, after: 0, limit: 1 })
  if (!line) return NO_LINE
  return { lineId: line.id, connector: line.connector, externalLine: line.externalId }
}

const getContents = endpoint({
  method: 'GET',
  path: '/portals/:id/contents',
  id: 'getPortalContents',
  summary: 'what would be lost with a portal',
  scopes: OPERATORS,
  answer: portalContentsShape,
  async run(call, desk) {
    const { id } = await portalOf(call, desk)
    const contents = await desk.portalOperations.contents(id)
    if (!contents) throw unknownPortal()
    return contents
  },
})

const removePortal = endpoint({
  method: 'DELETE',
  path: '/portals/:id',
  id: 'removePortal',
  summary: 'removes a portal with its lines, settings and queues',
  scopes: OPERATORS,
  answer: removedPortalShape,
  async run(call, desk) {
    const { id } = await portalOf(call, desk)
    const removed = await desk.portalOperations.remove(id)
    if (!removed) throw unknownPortal()
    return { removed: removed.left === 0, left: removed.left }
  },
})

export const PORTAL_ENDPOINTS = [
  listPortals,
  addPortal,
  getPortal,
  changePortal,
  rotateSecret,
  switchPortal('enable', 'puts a portal back into service; what has waited goes out in order'),
  switchPortal('disable', 'takes a portal out of service: its calls are refused, its events wait'),
  testPortal,
  getContents,
  removePortal,
]
