import type { CallContext, ConnectReport } from '#core/connector.ts'
import { given } from '#core/given.ts'
import type { Line } from '#core/line.ts'
import { addressField, refused, reportConnect, unreachable } from '#kit/connect-report.ts'
import { textFields } from '#kit/json-answer.ts'
import { askApi, type Outside } from './client.ts'
import { toIdentity } from './inbound-scene.ts'
import { DEFAULT_API_ROOT, type SlackSettings } from './settings.ts'

/** Without it nothing can be sent; what else is missing costs single abilities. */
export const NEEDED_SCOPE = 'chat:write'

/**
 * Asks Slack whose token this is. The identity is the workspace and the bot's user in it, `T…:U…`: an app has one bot user
 * a workspace, it stays when tokens change, and both stand in `auth.test` (which doesn't tell the app) and in every event.
 */
export function testConnect(
  outside: Outside,
  { settings }: Line<SlackSettings>,
  call: CallContext,
): Promise<ConnectReport> {
  const field = addressField(settings.apiRoot, DEFAULT_API_ROOT)
  return reportConnect({ signal: call.signal, addressField: field }, async () => {
    const { answer, headers } = await askApi(outside, settings, { method: 'auth.test' }, call)
    const own = textFields(answer)
    const [team, user] = [own('team_id'), own('user_id')]
    if (team === '' || user === '') {
      return unreachable('the address answers, but not as the Web API of Slack', field)
    }
    if (own('bot_id') === '') return refused('this is not the token of a bot', 'botToken')
    const scopes = headers['x-oauth-scopes']
    if (scopes !== undefined && !scopes.split(/,\s*/).includes(NEEDED_SCOPE)) {
      return refused(`the token lacks the scope ${NEEDED_SCOPE}`, 'botToken')
    }
    const name = [own('user'), own('team')].filter(Boolean).join(' – ')
    return { ok: true, identity: toIdentity(team, user), ...given({ name }) }
  })
}
