import type { CallContext } from '#core/connector.ts'
import type { DeliveryError } from '#core/errors.ts'
import type { ChannelFinding } from '#core/health.ts'
import { isRecord } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import {
  findAtChannel,
  isSameAddress,
  otherThanApi,
  tokenRefused,
  webhookFindings,
} from '#kit/health.ts'
import { textFields } from '#kit/json-answer.ts'
import { callApi, type Outside } from './client.ts'
import { VkError } from './errors.ts'
import { TITLE } from './install.ts'
import type { VkSettings } from './settings.ts'
import { secretKeyOf } from './verify.ts'

type Ask = (method: string, params?: Readonly<Record<string, string | number>>) => Promise<unknown>

/** Refused for want of a right, and not of a token. https://dev.vk.com/en/reference/errors */
const LACKS_RIGHT: readonly number[] = [7, 15, 203]
/** An event, and whether no message comes without it. */
const EVENTS = { message_new: true, message_event: false } as const

/** The token's rights, and then the line's server among the community's, or the long poll. Throws as `callApi`. */
export function checkLine(
  outside: Outside,
  line: Line<VkSettings>,
  call: CallContext,
): Promise<readonly ChannelFinding[]> {
  const { settings } = line
  const ask: Ask = (method, params = {}) => callApi(outside, settings, { method, params }, call)
  const grouped: Ask = (method, params) => ask(method, { group_id: settings.groupId, ...params })
  return findAtChannel({ signal: call.signal, explain }, async () => {
    const rights = lacking(await ask('groups.getTokenPermissions'))
    // The other calls need it, too.
    if (rights.some(({ permission }) => permission === 'manage')) return rights
    const updates =
      settings.mode === 'longPoll' ? await checkLongPoll(grouped) : await checkServer(grouped, line)
    return [...rights, ...updates]
  })
}

type LackingRight = Extract<ChannelFinding, { code: 'permission_missing' }>

/** Without `manage` messages go on, but the hub can't see or set where they go. */
function lacking(answer: unknown): readonly LackingRight[] {
  const permissions = isRecord(answer) ? answer['permissions'] : undefined
  if (!Array.isArray(permissions)) {
    throw otherThanApi('VK answered groups.getTokenPermissions without permissions')
  }
  const names = permissions.map((one) => textFields(one)('name'))
  return ['messages', 'manage'].flatMap((permission) =>
    names.includes(permission)
      ? []
      : [{ code: 'permission_missing', permission, isVital: permission === 'messages' }],
  )
}

function explain(error: DeliveryError): readonly ChannelFinding[] | undefined {
  const code = error instanceof VkError ? error.vkCode : undefined
  if (code === undefined) return undefined
  if (LACKS_RIGHT.includes(code)) {
    return [{ code: 'permission_missing', permission: 'manage', isVital: false }]
  }
  return error.fault.field === undefined ? undefined : [tokenRefused(error)]
}

async function checkLongPoll(ask: Ask): Promise<readonly ChannelFinding[]> {
  const answer = await ask('groups.getLongPollSettings')
  if (!isRecord(answer) || answer['is_enabled'] === undefined) {
    throw otherThanApi('VK answered groups.getLongPollSettings without a state')
  }
  const { is_enabled: isEnabled, events } = answer
  if (isEnabled === false || isEnabled === 0) {
    return [{ code: 'polling_stopped', words: 'the long poll is switched off in VK' }]
  }
  return switchedOff(events)
}

/** VK posts each event to all servers of the community: what stands beside the line's takes nothing from it. */
async function checkServer(ask: Ask, line: Line<VkSettings>): Promise<readonly ChannelFinding[]> {
  const answer = await ask('groups.getCallbackServers')
  const items = isRecord(answer) ? answer['items'] : undefined
  if (!Array.isArray(items))
    throw otherThanApi('VK answered groups.getCallbackServers without a list')
  const servers = items.filter(isRecord)
  const own = servers.find(({ url }) => isSameAddress(String(url), line.webhookUrl))
  if (!own) return whereIs(servers, line)
  const wrong = stateOf(own, line)
  if (wrong.length > 0 || typeof own['id'] !== 'number') return wrong
  const settings = await ask('groups.getCallbackSettings', { server_id: own['id'] })
  return switchedOff(isRecord(settings) ? settings['events'] : undefined)
}

/** A server of the hub's name with another address is the line's own, which somebody has changed. */
function whereIs(
  servers: readonly Record<string, unknown>[],
  { webhookUrl }: Line<VkSettings>,
): readonly ChannelFinding[] {
  const renamed = servers
    .filter(({ title }) => title === TITLE)
    .flatMap(({ url }) => webhookFindings(url, webhookUrl, { isShared: true }))
  return renamed.length > 0 ? renamed.slice(0, 1) : [{ code: 'webhook_missing' }]
}

function stateOf(
  { status, secret_key: secret }: Record<string, unknown>,
  line: Line<VkSettings>,
): readonly ChannelFinding[] {
  if (status === 'unconfigured') return [{ code: 'webhook_missing' }]
  if (status === 'failed' || status === 'wait') {
    return [{ code: 'webhook_failing', words: `VK has not confirmed the address: ${status}` }]
  }
  const isForged = typeof secret === 'string' && secret !== '' && secret !== secretKeyOf(line)
  return isForged ? [{ code: 'webhook_failing', words: 'VK has another secret key' }] : []
}

/** VK writes 1 and 0, its documents true and false. */
function switchedOff(events: unknown): readonly ChannelFinding[] {
  if (!isRecord(events)) return []
  return Object.entries(EVENTS).flatMap(([permission, isVital]) =>
    events[permission] === 0 || events[permission] === false
      ? [{ code: 'permission_missing', permission, isVital }]
      : [],
  )
}
