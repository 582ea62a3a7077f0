import { z } from 'zod'
import { count, instant, isTrue, openEnum, said } from './basic.ts'

export const healthShape = z.strictObject({
  state: z.enum(['ok', 'degraded', 'broken', 'unknown']),
  code: openEnum([
    'token_refused',
    'webhook_overwritten',
    'webhook_missing',
    'webhook_failing',
    'permission_missing',
    'channel_limits',
    'polling_stopped',
    'channel_unreachable',
    'portal_unreachable',
    'sending_paused',
  ]).exactOptional(),
  message: said.exactOptional().describe("for an administrator, in the portal's language"),
  action: openEnum(['credentials', 'reconnect', 'permissions', 'channel', 'portal', 'none'])
    .exactOptional()
    .describe('who can mend it'),
  since: instant,
  checkedAt: instant.exactOptional().describe('when the channel was last asked'),
})

const depth = {
  depth: count,
  isMinimum: isTrue.exactOptional().describe('a long queue is still being counted'),
}

export const lineStatusShape = z.enum([
  'saved',
  'connected',
  'displaced',
  'failing',
  'disconnected',
])

/** The status object of a line. */
export const statusShape = z.strictObject({
  bot: z.int().min(1).describe("the hub's own number of the line"),
  connector: said,
  line: said,
  status: lineStatusShape,
  health: healthShape,
  identity: said.exactOptional().describe("the channel's own id of what is connected"),
  name: said.exactOptional(),
  webhookUrl: said,
  queue: z.strictObject({ ...depth, oldestAt: instant.exactOptional() }),
  lockout: z
    .strictObject({
      attempt: count,
      lockedUntil: instant,
      firstFailedAt: instant,
      lastError: z.string(),
    })
    .exactOptional(),
  lastFailure: z
    .strictObject({
      at: instant,
      attempt: count,
      httpStatus: z.int().exactOptional(),
      error: z.string(),
      body: z.string().exactOptional().describe('the first 500 characters of the answer'),
    })
    .exactOptional(),
  outbound: z.strictObject({
    ...depth,
    paused: z.strictObject({ at: instant, reason: z.string() }).exactOptional(),
  }),
  deadLetters: count,
  updatedAt: instant,
})

export const settingsShape = z
  .record(z.string(), z.string().nullable())
  .describe('a secret that is stored is "••••", one that is not is null')

export const testErrorShape = z.strictObject({
  code: z.enum([
    'HUB_CHANNEL_REFUSED',
    'HUB_CHANNEL_UNREACHABLE',
    'HUB_LINE_NOT_CONNECTED',
    'HUB_PORTAL_UNREACHABLE',
  ]),
  message: z.string().describe('for a person'),
  field: said.exactOptional().describe('the settings field at fault'),
})

export const testShape = z.strictObject({
  ok: z.boolean(),
  channel: z.strictObject({
    ok: z.boolean(),
    identity: said.exactOptional(),
    name: said.exactOptional(),
    error: testErrorShape.exactOptional(),
  }),
  portal: z.strictObject({
    ok: z.boolean(),
    latencyMs: z.number().min(0).exactOptional(),
    error: testErrorShape.exactOptional(),
  }),
  webhookInstalled: z.boolean(),
  displaced: isTrue.exactOptional().describe('another line held this account until now'),
  status: statusShape,
})
