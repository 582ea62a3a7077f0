import type { Endpoint } from '../endpoint.ts'
import { DEAD_LETTER_ENDPOINTS } from './dead-letters.ts'
import { HUB_ENDPOINTS } from './hub.ts'
import { LINE_ACTS } from './line-acts.ts'
import { LINE_ENDPOINTS } from './lines.ts'
import { LIVE_ENDPOINTS } from './live.ts'
import { MESSAGE_ENDPOINTS } from './messages.ts'
import { METHOD_ENDPOINTS } from './methods.ts'
import { PORTAL_ENDPOINTS } from './portals.ts'

/** The admin API. A new endpoint stands in one of these lists, and in the table of test/integration/console-scopes.test.ts. */
export const ENDPOINTS: readonly Endpoint[] = [
  ...HUB_ENDPOINTS,
  ...PORTAL_ENDPOINTS,
  ...LINE_ENDPOINTS,
  ...LINE_ACTS,
  ...DEAD_LETTER_ENDPOINTS,
  ...MESSAGE_ENDPOINTS,
  ...METHOD_ENDPOINTS,
  ...LIVE_ENDPOINTS,
]
