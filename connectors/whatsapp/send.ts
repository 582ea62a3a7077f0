import type { ConnectorContext, SendContext } from '#core/connector.ts'
import { DeliveryError } from '#core/errors.ts'
import { isRecord } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import type { OutboundMessage, Receipt } from '#core/message.ts'
import { requireIds, sendParts, writeReference } from '#core/parts.ts'
import { callApi, numberPath } from './client.ts'
import { WhatsAppError, withPairWait } from './errors.ts'
import { type Part, planMessage } from './outbound.ts'
import type { WhatsAppSettings } from './settings.ts'
import { type Target, toTarget } from './target.ts'

type Outside = Pick<ConnectorContext, 'http' | 'log'>

/** https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages. Throws DeliveryError, TransportError. */
export async function sendMessage(
  outside: Outside,
  chatId: string,
  message: OutboundMessage,
  line: Line<WhatsAppSettings>,
  call: SendContext,
): Promise<Receipt> {
  const target = toTarget(chatId, call.conversation)
  const parts = planMessage(message, target.isGroup)
  if (parts.length === 0) {
    throw new DeliveryError('the message has nothing that WhatsApp could show', {
      disposition: 'reject',
      outcome: 'not-sent',
      channelCode: 'HUB_EMPTY_MESSAGE',
    })
  }
  return await sendParts(parts, call, async (part, number) => {
    const tag = writeReference({ out: call.out, part: number })
    return await sendPart(part, async ({ body }) => {
      const json = { ...body, biz_opaque_callback_data: tag }
      return await postMessage(outside, json, target, line, call)
    })
  })
}

type Post = (part: Part) => Promise<readonly string[]>

/** A file that Meta can't fetch is tried once more, for the servers of files hiccup, and then sent as its address. */
async function sendPart(part: Part, post: Post): Promise<readonly string[]> {
  const { instead } = part
  if (!instead) return await postReply(part, post)
  for (const isLast of [false, true]) {
    try {
      return await postReply(part, post)
    } catch (error) {
      const isAboutFile = error instanceof WhatsAppError && error.isAboutFile
      if (!isAboutFile) throw error
      if (isLast) break
    }
  }
  const ids: string[] = []
  for (const other of instead) ids.push(...(await postReply(other, post)))
  return ids
}

/** Without the answered message if Meta refuses a parameter: none of its codes says that it is this one. */
async function postReply({ body }: Part, post: Post): Promise<readonly string[]> {
  try {
    return await post({ body })
  } catch (error) {
    const isBadParameter = error instanceof WhatsAppError && error.isBadParameter
    if (!isBadParameter || body['context'] === undefined) throw error
  }
  const { context: _, ...unanswered } = body
  return await post({ body: unanswered })
}

/** One message, whose kind and contents are `json`. Gives its id. Throws WhatsAppError, TransportError. */
export async function postMessage(
  { http, log }: Outside,
  json: Readonly<Record<string, unknown>>,
  target: Target,
  line: Line<WhatsAppSettings>,
  call: { readonly signal: AbortSignal; readonly attempt: number },
): Promise<readonly string[]> {
  const path = numberPath(line.settings, 'messages')
  const body = { messaging_product: 'whatsapp', ...target.fields, ...json }
  try {
    const answer = await callApi(http, line.settings, { method: 'POST', path, json: body }, call)
    return requireIds(readIds(answer))
  } catch (error) {
    if (!(error instanceof WhatsAppError)) throw error
    if (error.isAboutSpam) {
      log.warn(
        { event: 'whatsapp.spam-limited', lineId: line.id, code: error.fault.channelCode },
        'Meta takes messages of this number for spam and lets none out for a while',
      )
    }
    throw withPairWait(error, call.attempt)
  }
}

function readIds(answer: unknown): string[] {
  const messages: unknown[] =
    isRecord(answer) && Array.isArray(answer['messages']) ? answer['messages'] : []
  return messages.flatMap((message) => {
    const id = isRecord(message) ? message['id'] : undefined
    return typeof id === 'string' && id !== '' ? [id] : []
  })
}
