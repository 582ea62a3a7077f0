import type { SendContext } from '#core/connector.ts'
import { isRecord } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import type { OutboundMessage, Receipt } from '#core/message.ts'
import { requireIds, sendParts, writeReference } from '#core/parts.ts'
import { emptyMessage } from '#kit/empty-message.ts'
import { listOf, textFields } from '#kit/json-answer.ts'
import { callApi, numberPath, type Outside } from './client.ts'
import { WhatsAppError, withPairWait } from './errors.ts'
import { type Part, planMessage } from './outbound.ts'
import { type Target, toTarget } from './outbound-target.ts'
import { toTemplate } from './outbound-template.ts'
import type { WhatsAppSettings } from './settings.ts'

/** https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages. Throws DeliveryError, TransportError. */
export async function sendMessage(
  outside: Outside,
  chatId: string,
  message: OutboundMessage,
  line: Line<WhatsAppSettings>,
  call: SendContext,
): Promise<Receipt> {
  const target = toTarget(chatId, call.conversation)
  const parts = message.template
    ? [
        {
          body: {
            type: 'template',
            template: toTemplate(message.template, line.settings.provider),
          },
        },
      ]
    : planMessage(message, target.isGroup)
  if (parts.length === 0) throw emptyMessage('WhatsApp')
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
  if (!instead) return await postButtons(part, post)
  for (const isLast of [false, true]) {
    try {
      return await postReply(part, post)
    } catch (error) {
      const isAboutFile = error instanceof WhatsAppError && error.isAboutFile
      if (!isAboutFile) throw error
      if (isLast) break
    }
  }
  return await postAll(instead, post)
}

/** As text if Meta refuses a parameter: the address of a button may be one that it won't open. */
async function postButtons(part: Part, post: Post): Promise<readonly string[]> {
  try {
    return await postReply(part, post)
  } catch (error) {
    const isBadParameter = error instanceof WhatsAppError && error.isBadParameter
    if (!isBadParameter || !part.listed) throw error
    return await postAll(part.listed, post)
  }
}

async function postAll(parts: readonly Part[], post: Post): Promise<readonly string[]> {
  const ids: string[] = []
  for (const part of parts) ids.push(...(await postReply(part, post)))
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
  outside: Outside,
  json: Readonly<Record<string, unknown>>,
  target: Target,
  line: Line<WhatsAppSettings>,
  call: { readonly signal: AbortSignal; readonly attempt: number },
): Promise<readonly string[]> {
  const path = numberPath(line.settings, 'messages')
  const body = { messaging_product: 'whatsapp', ...target.fields, ...json }
  try {
    const answer = await callApi(outside, line.settings, { method: 'POST', path, json: body }, call)
    return requireIds(readIds(answer))
  } catch (error) {
    if (!(error instanceof WhatsAppError)) throw error
    if (error.isAboutSpam) {
      outside.log.warn(
        { event: 'whatsapp.spam-limited', lineId: line.id, code: error.fault.channelCode },
        'Meta takes messages of this number for spam and lets none out for a while',
      )
    }
    throw withPairWait(error, call.attempt)
  }
}

function readIds(answer: unknown): string[] {
  const messages = listOf(isRecord(answer) ? answer['messages'] : undefined)
  return messages.map((message) => textFields(message)('id')).filter((id) => id !== '')
}
