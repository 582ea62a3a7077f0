import type { SendContext } from '#core/connector.ts'
import type { Line } from '#core/line.ts'
import type { OutboundMessage, Receipt } from '#core/message.ts'
import { sendParts, writeReference } from '#core/parts.ts'
import { emptyMessage } from '#kit/empty-message.ts'
import { textFields } from '#kit/json-answer.ts'
import type { Graph } from './client.ts'
import { GraphError } from './errors.ts'
import { OWN_METADATA, planMessage } from './messaging-outbound.ts'
import type { MessagingTraits } from './messaging-traits.ts'
import type { SendPart } from './messaging-types.ts'
import type { MetaSettings } from './settings.ts'

interface SendTarget {
  readonly graph: Graph
  readonly traits: MessagingTraits
  readonly chatId: string
  readonly line: Line<MetaSettings>
  readonly call: SendContext
}

/** https://developers.facebook.com/docs/messenger-platform/reference/send-api */
export async function sendMessage(message: OutboundMessage, target: SendTarget): Promise<Receipt> {
  const parts = planMessage(message, target.traits)
  if (parts.length === 0) throw emptyMessage(target.traits.title)
  return await sendParts(parts, target.call, (part, number) => sendPart(part, number, target))
}

/** With the repetitions that Meta's refusal may ask for. */
async function sendPart(part: SendPart, number: number, target: SendTarget): Promise<string[]> {
  try {
    return await post(part, number, target)
  } catch (error) {
    const others = error instanceof GraphError ? insteadOf(part, error) : undefined
    if (!others) throw error
    const ids: string[] = []
    for (const other of others) ids.push(...(await sendPart(other, number, target)))
    return ids
  }
}

/**
 * A file that Meta can't have goes as its link. Nothing tells an unknown `reply_to`, or an address that a button can't
 * open, from other bad parameters: first the answered message is left out, then the buttons become text.
 */
function insteadOf(part: SendPart, error: GraphError): readonly SendPart[] | undefined {
  if (error.isAboutFile && part.instead) return part.instead
  const { code, subcode } = error.refusal
  if (code !== 100 || error.fault.isNoAccount) return undefined
  const { replyTo, ...unanswered } = part
  return replyTo !== undefined && subcode === undefined ? [unanswered] : part.listed
}

async function post(part: SendPart, number: number, target: SendTarget): Promise<string[]> {
  const { graph, traits, chatId, line, call } = target
  const reference = writeReference({ out: call.out, part: number })
  const metadata = traits.hasMetadata ? { metadata: OWN_METADATA + reference } : {}
  const json = {
    recipient: { id: chatId },
    ...(traits.hasMessagingType ? { messaging_type: 'RESPONSE' } : {}),
    message: { ...part.message, ...metadata },
    ...(part.replyTo === undefined ? {} : { reply_to: { mid: part.replyTo } }),
  }
  const answer = await graph.call(
    line.settings,
    { method: 'POST', path: ['me', 'messages'], json },
    call.signal,
  )
  const id = textFields(answer)('message_id')
  return id === '' ? [] : [id]
}

/** What the person is shown besides messages. */
export async function sendAction(
  action: 'typing_on' | 'mark_seen',
  { graph, chatId, line, call }: Omit<SendTarget, 'traits'>,
): Promise<void> {
  const json = { recipient: { id: chatId }, sender_action: action }
  await graph.call(line.settings, { method: 'POST', path: ['me', 'messages'], json }, call.signal)
}
