import { TransportError } from '#core/errors.ts'
import { given } from '#core/given.ts'
import { isRecord } from '#core/json.ts'
import { whole } from '#kit/loose.ts'
import { type CallOptions, callApi, type Outside } from './client.ts'
import type { TelegramSettings } from './settings.ts'

/** Everything `parseUpdate` turns into events. The list stays in force at Telegram until another one is given. */
export const ALLOWED_UPDATES = [
  'message',
  'edited_message',
  'channel_post',
  'edited_channel_post',
  'business_connection',
  'business_message',
  'edited_business_message',
  'deleted_business_messages',
  'message_reaction',
  'callback_query',
  'my_chat_member',
]
const WAIT_MS = 25_000
/** Longer than Telegram waits, so that its empty answer comes first. */
const PATIENCE_MS = 10_000
const BATCH = 100
/** A hundred of the largest updates exceed the 1 MiB that an answer may have; ten never do. */
const SMALL_BATCH = 10

type PollOptions = CallOptions & { readonly waitMs?: number }

/** Waits for updates after `cursor`. A call with a higher cursor confirms these to Telegram, which then forgets them. */
export async function pollUpdates(
  outside: Outside,
  settings: TelegramSettings,
  cursor: string | undefined,
  options: PollOptions,
): Promise<{ readonly updates: readonly unknown[]; readonly cursor?: string }> {
  const result = await getUpdates(outside, settings, cursor, BATCH, options).catch(
    (error: unknown) => {
      const isTooLarge = error instanceof TransportError && error.reason === 'HUB_BODY_TOO_LARGE'
      if (!isTooLarge) throw error
      return getUpdates(outside, settings, cursor, SMALL_BATCH, options)
    },
  )
  const updates = Array.isArray(result) ? (result as unknown[]) : []
  const ids = updates.flatMap((update) => {
    const id = isRecord(update) ? whole.safeParse(update['update_id']).data : undefined
    return id === undefined ? [] : [id]
  })
  const last = ids.reduce((highest, id) => Math.max(highest, id), Number.NEGATIVE_INFINITY)
  const next = ids.length === 0 ? cursor : String(last + 1)
  return { updates, ...given({ cursor: next }) }
}

function getUpdates(
  outside: Outside,
  settings: TelegramSettings,
  cursor: string | undefined,
  limit: number,
  { signal, waitMs = WAIT_MS }: PollOptions,
): Promise<unknown> {
  const params = {
    ...(cursor === undefined ? {} : { offset: Number(cursor) }),
    limit,
    timeout: Math.ceil(waitMs / 1000),
    allowed_updates: ALLOWED_UPDATES,
  }
  const call = { method: 'getUpdates', params }
  return callApi(outside, settings, call, { signal, timeoutMs: waitMs + PATIENCE_MS })
}

/** Stops the clock on pressed buttons; with a webhook the answer to the update does that. */
export async function answerCallbacks(
  outside: Outside,
  settings: TelegramSettings,
  updates: readonly unknown[],
  options: CallOptions,
): Promise<void> {
  const ids = updates.flatMap((update) => {
    const query = isRecord(update) ? update['callback_query'] : undefined
    return isRecord(query) && typeof query['id'] === 'string' ? [query['id']] : []
  })
  // Best effort: a query that has expired can't be answered, and only the clock is at stake.
  await Promise.allSettled(
    ids.map((id) => {
      const call = { method: 'answerCallbackQuery', params: { callback_query_id: id } }
      return callApi(outside, settings, call, { ...options, timeoutMs: 3000 })
    }),
  )
}
