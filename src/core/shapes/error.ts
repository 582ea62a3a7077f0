import { z } from 'zod'
import type { HubErrorCode } from '../errors.ts'
import type { RefusalCode } from '../route.ts'
import { openEnum } from './basic.ts'

/** Each refusal of a request, and whether `/rpc` gives it too. The compiler sees to it that none is forgotten. */
const REFUSALS: Readonly<Record<RefusalCode, true>> = {
  HUB_BAD_UPDATE: true,
  HUB_BODY_INCOMPLETE: true,
  HUB_BAD_SIGNATURE: true,
  HUB_PORTAL_DISABLED: true,
  HUB_BAD_TOKEN: true,
  HUB_FORBIDDEN: true,
  HUB_UNKNOWN_LINE: true,
  HUB_UNKNOWN_PATH: true,
  HUB_METHOD_NOT_ALLOWED: true,
  HUB_LINE_NOT_CONNECTED: true,
  HUB_TOO_LARGE: true,
  HUB_UNSUPPORTED_MEDIA_TYPE: true,
  HUB_LIMIT: true,
  HUB_INTERNAL: true,
  HUB_STORE_UNAVAILABLE: true,
  HUB_TRANSPORT: true,
}

const OF_FILES = [
  'HUB_UNKNOWN_FILE',
  'HUB_FILE_TOO_LARGE',
  'HUB_FILE_GONE',
  'HUB_LINK_EXPIRED',
  'HUB_BAD_RANGE',
  'HUB_CHANNEL_UNREACHABLE',
] as const

/** What a remote method is refused with, as `error.data.code`. */
const CALL_ERRORS: Readonly<Record<HubErrorCode, true>> = {
  HUB_UNKNOWN_CONNECTOR: true,
  HUB_UNKNOWN_LINE: true,
  HUB_LINE_NOT_CONNECTED: true,
  HUB_CHANNEL_REFUSED: true,
  HUB_CHANNEL_UNREACHABLE: true,
  HUB_PORTAL_UNREACHABLE: true,
  HUB_UNSUPPORTED: true,
  HUB_KEY_REUSED: true,
  HUB_UNKNOWN_RECIPIENT: true,
  HUB_OLD_SECRET: true,
  HUB_LIMIT: true,
  HUB_TOO_LARGE: true,
  HUB_UNKNOWN_SCRIPT: true,
  HUB_UNKNOWN_TRIGGER: true,
  HUB_UNKNOWN_BROADCAST: true,
  HUB_UNKNOWN_RUN: true,
  HUB_UNKNOWN_JOB: true,
  HUB_UNKNOWN_NOTIFICATION: true,
  HUB_IN_USE: true,
  HUB_WRONG_STATE: true,
}

const OF_DOORS = [
  'HUB_BAD_SIGNATURE',
  'HUB_PORTAL_DISABLED',
  'HUB_BODY_INCOMPLETE',
  'HUB_STORE_UNAVAILABLE',
  'HUB_INTERNAL',
] as const

const keys = <K extends string>(of: Readonly<Record<K, unknown>>): K[] => Object.keys(of) as K[]

/** What every address but `/rpc` answers when it refuses. */
export const refusalShape = z.strictObject({
  error: z.strictObject({
    code: openEnum(['HUB_STARTING', ...keys(REFUSALS), ...OF_FILES]),
    message: z.string().describe('for a person'),
  }),
})

export const fieldFaultShape = z.strictObject({
  field: z.string().describe('such as settings.token'),
  problem: z.string().describe('for a person'),
})

/** The error of a call (JSON-RPC). */
export const callErrorShape = z.strictObject({
  code: z
    .union([-32700, -32600, -32601, -32602, -32603, -32000].map((code) => z.literal(code)))
    .describe('JSON-RPC: -32602 bad params, see data.fields; -32000 see data.code'),
  message: z.string().describe('for a person'),
  data: z
    .strictObject({
      code: openEnum([
        ...keys(CALL_ERRORS),
        ...OF_DOORS,
        'HUB_BAD_PARAMS',
        'HUB_BAD_SETTINGS',
        'HUB_UNKNOWN_METHOD',
      ] as unknown as [string, ...string[]]).exactOptional(),
      fields: z.array(fieldFaultShape).exactOptional().describe('every faulty field'),
    })
    .exactOptional(),
})
