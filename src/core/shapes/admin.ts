import { z } from 'zod'
import { LANGUAGES } from '../language.ts'
import { EMOJI_FORMATS, TEXT_FORMATS } from '../portal.ts'
import { count, instant, isTrue, openEnum, portalId, said } from './basic.ts'
import { fieldShape } from './connector.ts'
import { CONSOLE_ERRORS, fieldFaultShape } from './error.ts'
import { journalItemShape } from './journal.ts'
import { healthShape, lineStatusShape, settingsShape, statusShape } from './line.ts'

/** What the admin API answers (docs/console-api.md). The console takes its types from here. */

/** The hub's own number of a line. */
export const lineIdShape = z.int().min(1)
export const namedPortalShape = z.strictObject({ id: portalId, name: said })
const languageShape = z.enum(LANGUAGES)

export const scopeShape = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('operator') }),
  z.strictObject({ kind: z.literal('portal'), portal: namedPortalShape }),
  z.strictObject({
    kind: z.literal('line'),
    portal: namedPortalShape,
    line: z.strictObject({
      id: lineIdShape.exactOptional().describe('absent while the line is not made yet'),
      connector: said,
      line: said,
    }),
  }),
])

export const sessionShape = z.strictObject({
  scope: scopeShape,
  language: languageShape.exactOptional(),
  start: z
    .strictObject({ connector: said.exactOptional(), line: said.exactOptional() })
    .exactOptional()
    .describe('what the link was made for'),
  expiresAt: instant.exactOptional().describe('absent for a bearer, which has no session'),
  hub: z.strictObject({
    version: said,
    publicUrl: said,
    isPublicUrlChosen: z.boolean().describe('false: HUB_PUBLIC_URL is not set'),
    store: z.enum(['sqlite', 'mysql']),
  }),
})

/** A status object with the line's number and its portal. */
export const lineItemShape = statusShape.extend({ id: lineIdShape, portal: namedPortalShape })

export const trafficShape = z.strictObject({
  perSecond: z
    .array(z.number().min(0))
    .describe('60 averages of 5 s each, the oldest first; none of a single line'),
})

export const overviewShape = z.strictObject({
  at: instant,
  store: z.strictObject({ kind: z.enum(['sqlite', 'mysql']), isUp: z.boolean() }),
  processes: count.exactOptional().describe('for operators'),
  traffic: z.strictObject({ events: trafficShape, sends: trafficShape }),
  queue: z.strictObject({
    depth: count.describe('events that wait for portals'),
    isMinimum: isTrue.exactOptional(),
    oldestAt: instant.exactOptional(),
  }),
  lines: z.strictObject({
    total: count,
    byStatus: z.partialRecord(lineStatusShape, count),
    byHealth: z.partialRecord(healthShape.shape.state, count),
  }),
  locked: z.array(lineItemShape).describe('lines whose portal is waited for, the longest first'),
  unwell: z.array(lineItemShape).describe('broken lines first, then degraded ones'),
  deadLetters: count,
  isDeadLettersMinimum: isTrue.exactOptional().describe('there are more than were counted'),
})

export const processShape = z.strictObject({
  host: said,
  pid: z.int(),
  roles: z.array(said),
  startedAt: instant,
  aliveUntil: instant,
  isThis: isTrue.exactOptional().describe('the one that answers'),
})
export const processesShape = z.strictObject({ items: z.array(processShape) })

const formatShape = z.strictObject({
  text: z.enum([...TEXT_FORMATS, 'bitrix']),
  emoji: z.enum(EMOJI_FORMATS),
})

export const dialectShape = z.strictObject({
  id: said,
  title: said,
  fields: z.array(fieldShape),
  usesSecret: z.boolean().describe('the secret that is made is for whoever writes such a portal'),
  format: formatShape.exactOptional().describe('such a portal has always this one'),
})

export const portalShape = z.strictObject({
  id: portalId,
  name: said,
  url: said,
  dialect: said,
  format: formatShape,
  language: languageShape,
  state: z.enum(['enabled', 'disabled', 'removing']),
  allow: said.describe('private networks that it may reach: CIDRs, none, or all'),
  settings: settingsShape,
  timeZone: said,
  dialogIdleMin: count,
  notificationRate: z.number(),
})
export const portalPageShape = z.strictObject({
  items: z.array(portalShape),
  cursor: z.string().exactOptional().describe('absent on the last page'),
})

export const madePortalShape = z.strictObject({
  portal: portalShape,
  secret: said.exactOptional().describe('shown this once'),
  nextSteps: z.array(z.string()),
})

export const rotatedShape = z.strictObject({
  secret: said
    .exactOptional()
    .describe('shown this once; absent where it is to be entered nowhere'),
  oldValidUntil: instant,
})

export const portalTestShape = z.strictObject({
  ok: z.boolean(),
  latencyMs: z.number().exactOptional(),
  error: z
    .strictObject({ code: z.literal('HUB_PORTAL_UNREACHABLE'), message: said })
    .exactOptional(),
})

/** What would be lost with a portal. */
export const portalContentsShape = z.strictObject({
  lines: count,
  connected: count,
  events: count.describe('that wait for the portal'),
  messages: count.describe('that wait for channels'),
  deadLetters: count,
})

export const removedPortalShape = z.strictObject({
  removed: z.boolean(),
  left: count.describe('lines whose webhooks are still to be removed, in the background'),
})

export const linePageShape = z.strictObject({
  items: z.array(lineItemShape),
  cursor: z.string().exactOptional().describe('absent on the last page'),
  total: count.exactOptional().describe('where it is at hand'),
})

/** Why something failed, of a line's last errors. */
export const lineErrorShape = z.strictObject({
  at: instant,
  direction: z.enum(['in', 'out']).describe('in: towards the portal, out: towards the channel'),
  message: said,
  code: said.exactOptional(),
  evt: said.exactOptional(),
  out: said.exactOptional(),
})

/** Who has a displaced line's account now, for those who say it in words of their own. */
export const displacerShape = z.strictObject({
  kind: z
    .enum(['released', 'other-portal', 'own-portal', 'line'])
    .describe('own-portal: a line of the same portal that this scope may not see'),
  id: lineIdShape.exactOptional(),
  connector: said.exactOptional(),
  line: said.exactOptional(),
  name: said.exactOptional(),
  portal: portalId.exactOptional().describe('where it is another one'),
})

export const lineDetailShape = lineItemShape.extend({
  ladder: z.strictObject({
    steps: z.array(z.number()).describe('seconds'),
    attempt: count.exactOptional().describe('failed attempts so far'),
    nextAt: instant.exactOptional(),
  }),
  last24h: z.strictObject({
    received: count,
    delivered: count,
    sent: count,
    failed: count,
    isMinimum: isTrue.exactOptional().describe('there were more than were counted'),
  }),
  errors: z.array(lineErrorShape).describe('the last ones, the latest first'),
  displacedBy: said.exactOptional().describe('in words, as far as may be told'),
  displacer: displacerShape.exactOptional(),
})

export const lineSettingsShape = z.strictObject({
  settings: settingsShape,
  version: said.describe(
    'to be given back with PUT, so that nobody overwrites what he has not seen',
  ),
})

export const retriedLinesShape = z.strictObject({ retried: count })

export const knownChatsShape = z.strictObject({
  items: z.array(z.strictObject({ id: said, title: said.exactOptional(), lastAt: instant })),
})

/** `live`: what server-sent events carry, by their names. */
export const liveHelloShape = z.strictObject({
  at: instant,
  scope: scopeShape,
  line: lineIdShape.exactOptional(),
})
export const liveJournalShape = z.strictObject({ items: z.array(journalItemShape) })
export const liveShapes = {
  hello: liveHelloShape,
  overview: overviewShape,
  line: lineItemShape,
  journal: liveJournalShape,
} as const

export const consoleLinkShape = z.strictObject({
  url: z.url().describe('it works once'),
  expiresAt: instant,
})

/** What the admin API answers when it refuses. */
export const adminErrorShape = z.strictObject({
  error: z.strictObject({
    code: openEnum(CONSOLE_ERRORS),
    message: z.string().describe('for a person'),
    fields: z.array(fieldFaultShape).exactOptional().describe('every faulty field'),
  }),
})

export type Scope = z.infer<typeof scopeShape>
export type Session = z.infer<typeof sessionShape>
export type LineItem = z.infer<typeof lineItemShape>
export type Overview = z.infer<typeof overviewShape>
export type Process = z.infer<typeof processShape>
export type Dialect = z.infer<typeof dialectShape>
export type PortalItem = z.infer<typeof portalShape>
export type PortalPage = z.infer<typeof portalPageShape>
export type MadePortal = z.infer<typeof madePortalShape>
export type LinePage = z.infer<typeof linePageShape>
export type LineDetail = z.infer<typeof lineDetailShape>
export type LineSettings = z.infer<typeof lineSettingsShape>
export type PortalTestResult = z.infer<typeof portalTestShape>
export type KnownChats = z.infer<typeof knownChatsShape>
export type LiveEvents = {
  readonly [Name in keyof typeof liveShapes]: z.infer<(typeof liveShapes)[Name]>
}
