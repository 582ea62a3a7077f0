import type { HttpClient } from '#core/http.ts'
import { isRecord, parseJson } from '#core/json.ts'
import { type CallOptions, callApi } from './client.ts'
import { toHttpError } from './errors.ts'
import type { VkSettings } from './settings.ts'

const WAIT_SECONDS = 25
/** Longer than VK waits, so that its empty answer comes first. */
const HTTP_TIMEOUT_MS = (WAIT_SECONDS + 10) * 1000

interface Batch {
  readonly updates: readonly unknown[]
  readonly cursor?: string
}

/**
 * Waits for events after `cursor`, VK's `ts`; without one, tells where VK is. https://dev.vk.com/en/api/bots-long-poll/getting-started The key of the
 * connection is asked for each time, since nothing of a line is kept between polls. Throws DeliveryError, TransportError.
 */
export async function pollUpdates(
  http: HttpClient,
  settings: VkSettings,
  cursor: string | undefined,
  options: CallOptions,
): Promise<Batch> {
  const call = { method: 'groups.getLongPollServer', params: { group_id: settings.groupId } }
  const found = await callApi(http, settings, call, options)
  const { server, key, ts } = isRecord(found) ? found : {}
  // At once, so that the position is kept before anything is waited for.
  if (cursor === undefined) return { updates: [], cursor: String(ts ?? '') }
  const query = new URLSearchParams({
    act: 'a_check',
    key: String(key ?? ''),
    ts: cursor,
    wait: String(WAIT_SECONDS),
  })
  const response = await http.request({
    method: 'GET',
    url: `${String(server ?? '')}?${query.toString()}`,
    ...options,
    timeoutMs: HTTP_TIMEOUT_MS,
  })
  if (response.status !== 200) throw toHttpError(response)
  const answer = readAnswer(response.body)
  if (!answer) throw toHttpError(response)
  return toBatch(answer, cursor, String(ts ?? ''))
}

function readAnswer(body: string): Record<string, unknown> | undefined {
  try {
    const answer = parseJson(body)
    return isRecord(answer) ? answer : undefined
  } catch {
    return undefined
  }
}

/**
 * `failed` 1: what was after the position is forgotten, VK names another. 2: the key is too old, which the next poll's
 * isn't. 3: position and key are lost, so it goes on from where VK is now.
 */
function toBatch(answer: Record<string, unknown>, position: string, current: string): Batch {
  const { failed, ts, updates } = answer
  if (failed === 2) return { updates: [], cursor: position }
  if (failed === 3) return { updates: [], cursor: current }
  const list: unknown[] = Array.isArray(updates) ? updates : []
  return { updates: list, cursor: ts === undefined ? position : String(ts) }
}
