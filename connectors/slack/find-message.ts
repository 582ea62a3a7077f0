import type { CallContext } from '#core/connector.ts'
import { DeliveryError } from '#core/errors.ts'
import { isRecord } from '#core/json.ts'
import { listOf, textFields } from '#kit/json-answer.ts'
import { callApi, type Outside } from './client.ts'
import type { MessagePlace } from './message-id.ts'
import type { SlackSettings } from './settings.ts'

export interface FoundMessage {
  /** The message that its thread began with, if it is in one. */
  readonly threadTs: string
  readonly blocks: readonly unknown[]
}

/**
 * A message as Slack has it. Undefined where it has gone, or the token may not read the conversation: whoever asks can do
 * without. Throws TransportError, and DeliveryError for what may pass.
 */
export async function findMessage(
  outside: Outside,
  settings: SlackSettings,
  { channel, ts }: MessagePlace,
  call: CallContext,
): Promise<FoundMessage | undefined> {
  try {
    const form = { channel, ts, limit: '1' }
    const answer = await callApi(outside, settings, { method: 'conversations.replies', form }, call)
    // The first is the thread's own first message unless `ts` names a reply; that comes alone.
    const found = listOf(answer['messages']).find((one) => textFields(one)('ts') === ts)
    if (!isRecord(found)) return undefined
    return { threadTs: textFields(found)('thread_ts'), blocks: listOf(found['blocks']) }
  } catch (error) {
    if (error instanceof DeliveryError && error.fault.disposition !== 'retry') return undefined
    throw error
  }
}
