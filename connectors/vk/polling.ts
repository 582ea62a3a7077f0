import { isRecord } from '#core/json.ts'
import { listOf, readJsonObject } from '#kit/json-answer.ts'
import { type CallOptions, callApi, type Outside } from './client.ts'
import { toHttpError } from './errors.ts'
import type { VkSettings } from './settings.ts'

const WAIT_MS = 25_000
/** Longer than VK waits, so that its empty answer comes first. */
const PATIENCE_MS = 10_000

interface Batch {
  readonly updates: readonly unknown[]
  readonly cursor?: string
}

/**
 * Waits for events after `cursor`, VK's `ts`; without one, tells where VK is. The key of the connection is asked for each
 * time, since nothing of a line is kept between polls. Throws DeliveryError, TransportError.
 * https://dev.vk.com/en/api/bots-long-poll/getting-started
 */
export async function pollUpdates(
  outside: Outside,
  settings: VkSettings,
  cursor: string | undefined,
  { waitMs = WAIT_MS, ...options }: CallOptions & { readonly waitMs?: number },
): Promise<Batch> {
  const call = { method: 'groups.getLongPollServer', params: { group_id: settings.groupId } }
  const found = await callApi(outside, settings, call, options)
  const { server, key, ts } = isRecord(found) ? found : {}
  // At once, so that the position is kept before anything is waited for.
  if (cursor === undefined) return { updates: [], cursor: String(ts ?? '') }
  const query = new URLSearchParams({
    act: 'a_check',
    key: String(key ?? ''),
    ts: cursor,
    wait: String(Math.ceil(waitMs / 1000)),
  })
  const response = await outside.http.request({
    method: 'GET',
    url: `${String(server ?? '')}?${query.toString()}`,
    ...options,
    timeoutMs: waitMs + PATIENCE_MS,
  })
  const answer = response.status === 200 ? readJsonObject(response.body) : undefined
  if (!answer) throw toHttpError(response, outside.clock.now())
  // Asked again at once, an answer that leads nowhere would be asked for without end.
  if (!leadsOn(answer)) throw toHttpError({ ...response, status: 502 }, outside.clock.now())
  return toBatch(answer, cursor, String(ts ?? ''))
}

function leadsOn({ failed, ts, updates }: Record<string, unknown>): boolean {
  return (
    failed === 2 || failed === 3 || (ts !== undefined && (failed === 1 || Array.isArray(updates)))
  )
}

/**
 * `failed` 1: what was after the position is forgotten, VK names another. 2: the key is too old, which the next poll's
 * isn't. 3: position and key are lost, so it goes on from where VK is now.
 */
function toBatch(answer: Record<string, unknown>, position: string, current: string): Batch {
  const { failed, ts, updates } = answer
  if (failed === 2) return { updates: [], cursor: position }
  if (failed === 3) return { updates: [], cursor: current }
  return { updates: listOf(updates), cursor: ts === undefined ? position : String(ts) }
}
