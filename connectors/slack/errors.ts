import { DeliveryError } from '#core/errors.ts'
import { given } from '#core/given.ts'
import type { IncomingResponse } from '#core/http.ts'
import {
  type Decision,
  decideByStatus,
  PAUSE,
  REJECT,
  RETRY,
  readRetryAfter,
  safeWords,
} from '#kit/http-answer.ts'
import { textFields } from '#kit/json-answer.ts'
import { lookUp } from '#kit/look-up.ts'

/** Tries of an error that isn't in the tables here: Slack has hundreds, and adds to them. */
const UNNAMED_TRIES = 4

/** Our code for a refusal without one of Slack's. */
export const UNNAMED = 'unnamed_error'

const TOKEN: Decision = { ...PAUSE, field: 'botToken' }
const NOBODY: Decision = { ...REJECT, isNoAccount: true }
const TOO_MUCH: Decision = { ...RETRY, isRateLimit: true }
/** Slack failed in the middle: what it was doing may have been done. */
const TROUBLE: Decision = { ...RETRY, outcome: 'unknown', scope: 'line' }

/** The errors of the methods in use: https://docs.slack.dev/reference/methods/chat.postMessage#errors and its neighbours. */
const DECISIONS: Readonly<Record<string, Decision>> = {
  // The token, or what it may do.
  invalid_auth: TOKEN,
  not_authed: TOKEN,
  account_inactive: TOKEN,
  token_revoked: TOKEN,
  token_expired: TOKEN,
  not_allowed_token_type: TOKEN,
  missing_scope: TOKEN,
  no_permission: TOKEN,
  // The workspace won't have the app.
  access_denied: PAUSE,
  accesslimited: PAUSE,
  ekm_access_denied: PAUSE,
  enterprise_is_restricted: PAUSE,
  org_login_required: PAUSE,
  is_inactive: PAUSE,
  team_access_not_granted: PAUSE,
  two_factor_setup_required: PAUSE,
  // The conversation: gone, closed, or the app was taken out of it.
  channel_not_found: NOBODY,
  not_in_channel: NOBODY,
  is_archived: NOBODY,
  channel_is_limited_access: REJECT,
  messages_tab_disabled: REJECT,
  cannot_dm_bot: REJECT,
  cannot_reply_to_message: REJECT,
  thread_not_found: REJECT,
  user_not_found: NOBODY,
  user_disabled: NOBODY,
  users_not_found: NOBODY,
  user_not_visible: NOBODY,
  user_not_in_channel: NOBODY,
  // The message.
  no_text: REJECT,
  msg_too_long: REJECT,
  msg_blocks_too_long: REJECT,
  too_many_attachments: REJECT,
  json_not_object: REJECT,
  message_not_found: REJECT,
  edit_window_closed: REJECT,
  compliance_exports_prevent_deletion: REJECT,
  file_not_found: REJECT,
  file_deleted: REJECT,
  // Of messages Slack counts those in one conversation.
  ratelimited: TOO_MUCH,
  rate_limited: TOO_MUCH,
  message_limit_exceeded: { ...TOO_MUCH, scope: 'line' },
  // Slack's own trouble.
  internal_error: TROUBLE,
  fatal_error: TROUBLE,
  service_unavailable: TROUBLE,
  request_timeout: TROUBLE,
  team_added_to_org: { ...RETRY, scope: 'line' },
}

/** Families of errors, all about the request: `invalid_blocks`, `restricted_action_read_only_channel`, `cant_update_message`. */
const REJECTED_FAMILY = /^(?:invalid|restricted_action|cant|slack_connect)_/

function decide(code: string): Decision {
  const known = lookUp(DECISIONS, code)
  if (known) return known
  return REJECTED_FAMILY.test(code) || code === 'restricted_action'
    ? REJECT
    : { ...RETRY, maxAttempts: UNNAMED_TRIES }
}

/** The decision on an answer with `ok: false`; its HTTP status is usually 200. */
export function toSlackError(
  error: string,
  answer: Readonly<Record<string, unknown>>,
  response: IncomingResponse,
  { now, botToken }: { readonly now: number; readonly botToken: string },
): DeliveryError {
  const code = safeWords(error, [botToken]).slice(0, 64)
  const decision = decide(code)
  const waitMs = decision.disposition === 'retry' ? readRetryAfter(response, now) : undefined
  const needed = safeWords(textFields(answer)('needed'), [botToken])
  const words = `Slack answered ${code}${needed && ` (needed: ${needed})`}`
  return new DeliveryError(words, {
    ...decision,
    ...given({ retryAfterMs: waitMs }),
    channelCode: code,
  })
}

/** The decision on an answer that is none of the Web API's: a proxy's, or Slack in trouble. `now`: an epoch. */
export function toHttpError(response: IncomingResponse, now: number): DeliveryError {
  const { status } = response
  const rules = { credential: 'botToken', address: 'apiRoot' }
  const decision = decideByStatus(status, readRetryAfter(response, now), rules)
  const words = `Slack answered HTTP ${status}, and not as its Web API does`
  return new DeliveryError(words, { ...decision, channelCode: String(status) })
}

/** The code of what Slack, or the connector, said no with. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof DeliveryError ? error.fault.channelCode : undefined
}
