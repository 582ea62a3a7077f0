import type { CallContext } from '#core/connector.ts'
import type { ChannelFinding } from '#core/health.ts'
import type { Line } from '#core/line.ts'
import { findAtChannel, otherThanApi } from '#kit/health.ts'
import { textFields } from '#kit/json-answer.ts'
import { askApi, type Outside } from './client.ts'
import { NEEDED_SCOPE } from './connect.ts'
import type { SlackSettings } from './settings.ts'

/** Slack posts messages of the conversations that one of them is for; without any there are none. */
const HISTORY = ['im:history', 'channels:history', 'groups:history', 'mpim:history']
/** An app may live on mentions alone. */
const MENTIONS = 'app_mentions:read'
/** Names of people, and their files. */
const USEFUL = ['users:read', 'files:read']

/** The token and its scopes. The address is entered in the app's settings, and no call tells it. Throws as `askApi`. */
export function checkLine(
  outside: Outside,
  { settings }: Line<SlackSettings>,
  call: CallContext,
): Promise<readonly ChannelFinding[]> {
  return findAtChannel({ signal: call.signal }, async () => {
    const { answer, headers } = await askApi(outside, settings, { method: 'auth.test' }, call)
    if (textFields(answer)('user_id') === '') {
      throw otherThanApi('Slack answered auth.test without the user')
    }
    const scopes = headers['x-oauth-scopes']
    return scopes === undefined ? [] : missing(scopes.split(/,\s*/))
  })
}

function missing(scopes: readonly string[]): readonly ChannelFinding[] {
  const hears = [...HISTORY, MENTIONS].some((scope) => scopes.includes(scope))
  const vital = [NEEDED_SCOPE, ...(hears ? [] : HISTORY.slice(0, 1))]
  return [...vital, ...USEFUL]
    .filter((scope) => !scopes.includes(scope))
    .map((permission) => ({
      code: 'permission_missing',
      permission,
      isVital: vital.includes(permission),
    }))
}
