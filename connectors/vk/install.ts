import { sleep } from '#core/clock.ts'
import type { CallContext } from '#core/connector.ts'
import { DeliveryError } from '#core/errors.ts'
import { isRecord } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import { isOfSameHub } from '#kit/health.ts'
import { PAUSE } from '#kit/http-answer.ts'
import { listOf } from '#kit/json-answer.ts'
import { callApi, type Outside } from './client.ts'
import type { VkSettings } from './settings.ts'
import { secretKeyOf } from './verify.ts'

/** Everything `parseUpdate` turns into events. */
const EVENTS = [
  'message_new',
  'message_reply',
  'message_edit',
  'message_allow',
  'message_deny',
  'message_event',
  'message_read',
  'message_typing_state',
  'message_reaction_event',
]
const SWITCHED_ON = Object.fromEntries(EVENTS.map((name) => [name, 1]))

/** At most 14 characters, shown in the community's settings. */
export const TITLE = 'Openlines Hub'
/** While VK tries the address. */
const CHECKS = 5
const CHECK_EVERY_MS = 500

interface CallbackServer {
  readonly id: number
  readonly url: string
  readonly status: string
}

/**
 * Callback: registers the line's address and switches its events on; VK asks the address for the confirmation code
 * meanwhile. Long poll: switches that on. Addresses of this hub that other lines of the community left behind go away,
 * since VK would post every event to each. Throws DeliveryError, TransportError.
 */
export async function installWebhook(
  outside: Outside,
  line: Line<VkSettings>,
  options: CallContext,
): Promise<void> {
  const call = caller(outside, line, options)
  const servers = await listServers(call)
  const isCallback = line.settings.mode === 'callback'
  const mine = isCallback ? servers.find(({ url }) => url === line.webhookUrl) : undefined
  for (const server of servers) {
    if (server !== mine && isOfSameHub(server.url, line.webhookUrl)) {
      await call('groups.deleteCallbackServer', { server_id: server.id })
    }
  }
  if (!isCallback) {
    await call('groups.setLongPollSettings', { enabled: 1, ...withVersion(line) })
    return
  }
  const id = await putServer(call, line, mine)
  await call('groups.setCallbackSettings', { server_id: id, ...withVersion(line) })
  await awaitConfirmation(call, id, outside, options)
}

/** Takes the line's address away. Long poll stays on: VK sends nothing anywhere because of it. */
export async function uninstallWebhook(
  outside: Outside,
  line: Line<VkSettings>,
  options: CallContext,
): Promise<void> {
  const call = caller(outside, line, options)
  for (const { id, url } of await listServers(call)) {
    if (url === line.webhookUrl) await call('groups.deleteCallbackServer', { server_id: id })
  }
}

type Call = (method: string, params: Readonly<Record<string, string | number>>) => Promise<unknown>

function caller(outside: Outside, { settings }: Line<VkSettings>, options: CallContext): Call {
  return (method, params) => {
    const all = { group_id: settings.groupId, ...params }
    return callApi(outside, settings, { method, params: all }, options)
  }
}

function withVersion({ settings }: Line<VkSettings>): Record<string, string | number> {
  return { api_version: settings.apiVersion, ...SWITCHED_ON }
}

async function listServers(call: Call): Promise<CallbackServer[]> {
  const answer = await call('groups.getCallbackServers', {})
  return listOf(isRecord(answer) ? answer['items'] : undefined).flatMap((item) => {
    const { id, url, status } = isRecord(item) ? item : {}
    return typeof id === 'number' ? [{ id, url: String(url), status: String(status) }] : []
  })
}

async function putServer(
  call: Call,
  line: Line<VkSettings>,
  mine: CallbackServer | undefined,
): Promise<number> {
  const server = { url: line.webhookUrl, title: TITLE, secret_key: secretKeyOf(line) }
  if (mine) {
    await call('groups.editCallbackServer', { server_id: mine.id, ...server })
    return mine.id
  }
  const answer = await call('groups.addCallbackServer', server)
  return Number(isRecord(answer) ? answer['server_id'] : answer)
}

/**
 * VK answers `wait` until it has tried the address. One that stays at that counts as set: if it is wrong, no events come.
 */
async function awaitConfirmation(
  call: Call,
  id: number,
  { clock }: Outside,
  { signal }: CallContext,
): Promise<void> {
  for (let check = 0; check < CHECKS; check++) {
    if (check > 0) await sleep(clock, CHECK_EVERY_MS, signal)
    const status = (await listServers(call)).find((server) => server.id === id)?.status
    if (status === 'failed') throw unconfirmed()
    if (status !== 'wait') return
  }
}

function unconfirmed(): DeliveryError {
  return new DeliveryError(
    "VK could not confirm the webhook: it must reach the hub's public address",
    { ...PAUSE, channelCode: 'failed' },
  )
}
