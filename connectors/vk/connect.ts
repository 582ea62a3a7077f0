import type { CallContext, ConnectReport } from '#core/connector.ts'
import { given } from '#core/given.ts'
import { isRecord } from '#core/json.ts'
import { addressField, refused, reportConnect, unreachable } from '#kit/connect-report.ts'
import { listOf, textFields } from '#kit/json-answer.ts'
import { callApi, type Outside } from './client.ts'
import { DEFAULT_API_ROOT, type VkSettings } from './settings.ts'

/** Asks VK whose token this is and what it may do. */
export function testConnect(
  outside: Outside,
  settings: VkSettings,
  { signal }: CallContext,
): Promise<ConnectReport> {
  const field = addressField(settings.apiRoot, DEFAULT_API_ROOT)
  return reportConnect({ signal, addressField: field }, async () => {
    const ask = { method: 'groups.getById', params: {} }
    const group = firstGroup(await callApi(outside, settings, ask, { signal }))
    if (!group) return unreachable('the address answers, but not as the API of VK', field)
    if (String(group['id']) !== settings.groupId) {
      return refused(`the token belongs to community ${String(group['id'])}`, 'groupId')
    }
    const missing = await missingRights(outside, settings, { signal })
    if (missing.length > 0) {
      return refused(`the token lacks the rights: ${missing.join(', ')}`, 'accessToken')
    }
    return { ok: true, identity: settings.groupId, ...given({ name: textFields(group)('name') }) }
  })
}

/** Newer versions answer `{groups:[…]}`, older ones a list. */
function firstGroup(answer: unknown): Record<string, unknown> | undefined {
  const [first] = listOf(isRecord(answer) ? answer['groups'] : answer)
  return isRecord(first) && Number.isSafeInteger(first['id']) ? first : undefined
}

/** Without `manage` the hub can set neither the webhook nor the list of events. */
async function missingRights(
  outside: Outside,
  settings: VkSettings,
  call: CallContext,
): Promise<string[]> {
  const ask = { method: 'groups.getTokenPermissions', params: {} }
  const answer = await callApi(outside, settings, ask, call)
  const permissions = listOf(isRecord(answer) ? answer['permissions'] : undefined)
  const names = permissions.map((one) => textFields(one)('name'))
  return ['messages', 'manage'].filter((name) => !names.includes(name))
}
