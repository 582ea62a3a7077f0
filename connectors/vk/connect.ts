import type { ConnectReport } from '#core/connector.ts'
import { TransportError } from '#core/errors.ts'
import type { HttpClient } from '#core/http.ts'
import { isRecord } from '#core/json.ts'
import { type CallOptions, callApi } from './client.ts'
import { VkError } from './errors.ts'
import { DEFAULT_API_ROOT, type VkSettings } from './settings.ts'

/** VK waits for an answer of ours meanwhile. */
const CODE_TIMEOUT_MS = 5000

/** What VK wants to hear from the community's webhook. Throws DeliveryError, TransportError. */
export async function readConfirmationCode(
  http: HttpClient,
  settings: VkSettings,
): Promise<string> {
  const call = {
    method: 'groups.getCallbackConfirmationCode',
    params: { group_id: settings.groupId },
  }
  const answer = await callApi(http, settings, call, { timeoutMs: CODE_TIMEOUT_MS })
  return isRecord(answer) ? String(answer['code'] ?? '') : ''
}

/** Asks VK whose token this is and what it may do. */
export async function reportConnect(
  http: HttpClient,
  settings: VkSettings,
  options: CallOptions,
): Promise<ConnectReport> {
  try {
    const call = { method: 'groups.getById', params: {} }
    const group = firstGroup(await callApi(http, settings, call, options))
    if (!group) return unreachable(settings, 'the address answers, but not as the API of VK')
    if (String(group['id']) !== settings.groupId) {
      return refused(`the token belongs to community ${String(group['id'])}`, 'groupId')
    }
    const missing = await missingRights(http, settings, options)
    if (missing.length > 0) {
      return refused(`the token lacks the rights: ${missing.join(', ')}`, 'accessToken')
    }
    const name = group['name']
    return {
      ok: true,
      identity: settings.groupId,
      ...(typeof name === 'string' && name ? { name } : {}),
    }
  } catch (error) {
    // An abort is the hub's own doing and says nothing about the channel.
    if (options.signal?.aborted) throw error
    if (error instanceof TransportError) return unreachable(settings, error.message)
    if (!(error instanceof VkError)) throw error
    if (error.fault.disposition === 'retry') return unreachable(settings, error.message)
    return refused(error.message, error.fault.field)
  }
}

/** Newer versions answer `{groups:[…]}`, older ones a list. */
function firstGroup(answer: unknown): Record<string, unknown> | undefined {
  const groups: unknown = isRecord(answer) ? answer['groups'] : answer
  const first: unknown = Array.isArray(groups) ? groups[0] : undefined
  return isRecord(first) && Number.isSafeInteger(first['id']) ? first : undefined
}

/** Without `manage` the hub can set neither the webhook nor the list of events. */
async function missingRights(
  http: HttpClient,
  settings: VkSettings,
  options: CallOptions,
): Promise<string[]> {
  const call = { method: 'groups.getTokenPermissions', params: {} }
  const answer = await callApi(http, settings, call, options)
  const permissions: unknown = isRecord(answer) ? answer['permissions'] : undefined
  const names = Array.isArray(permissions)
    ? permissions.map((one: unknown) => (isRecord(one) ? one['name'] : undefined))
    : []
  return ['messages', 'manage'].filter((name) => !names.includes(name))
}

function refused(message: string, field: string | undefined): ConnectReport {
  const at = field === undefined ? {} : { field }
  return { ok: false, error: { code: 'HUB_CHANNEL_REFUSED', message, ...at } }
}

/** Only an address of one's own can be the fault; VK's is right by default. */
function unreachable(settings: VkSettings, message: string): ConnectReport {
  const field = settings.apiRoot === DEFAULT_API_ROOT ? {} : { field: 'apiRoot' }
  return { ok: false, error: { code: 'HUB_CHANNEL_UNREACHABLE', message, ...field } }
}
