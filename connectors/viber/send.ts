import type { SendContext } from '#core/connector.ts'
import { given } from '#core/given.ts'
import type { Line } from '#core/line.ts'
import type { OutboundFile, OutboundMessage, Receipt } from '#core/message.ts'
import { sendParts } from '#core/parts.ts'
import { emptyMessage } from '#kit/empty-message.ts'
import { callApi, type Outside } from './client.ts'
import { BAD_DATA, ViberError, WEBHOOK_NOT_SET } from './errors.ts'
import { sizeOf } from './files-size.ts'
import { installWebhook } from './install.ts'
import { type Part, planMessage, type SizedFile } from './outbound.ts'
import type { ViberSettings } from './settings.ts'
import type { MessageBody } from './types.ts'

/** Sends a message, whose files' own servers are asked for their sizes first. Throws DeliveryError, TransportError. */
export async function sendMessage(
  outside: Outside,
  receiver: string,
  message: OutboundMessage,
  line: Line<ViberSettings>,
  call: SendContext,
): Promise<Receipt> {
  const withSize = async (file: OutboundFile): Promise<SizedFile> => ({
    ...file,
    ...given({ size: await sizeOf(outside.http, file.url, call) }),
  })
  const parts = planMessage(message, await Promise.all((message.files ?? []).map(withSize)))
  if (parts.length === 0) throw emptyMessage('Viber')
  return await sendParts(parts, call, (part) => sendPart(outside, receiver, part, line, call))
}

/**
 * Sends one part, and again as Viber's answer asks for it: a file that it can't use goes as its link, buttons that it won't
 * show as lines of text, and a webhook that somebody took away is set again. Gives the message's token.
 */
async function sendPart(
  outside: Outside,
  receiver: string,
  part: Part,
  line: Line<ViberSettings>,
  call: SendContext,
): Promise<string[]> {
  const { body, instead, listed } = part
  try {
    return await sendBody(outside, receiver, body, line, call)
  } catch (error) {
    const status = error instanceof ViberError ? error.status : undefined
    const [next, ...rest] = [instead, listed].filter((other) => other !== undefined)
    if (status === BAD_DATA && next) {
      const others = { body: next, ...given({ listed: rest[0] }) }
      return await sendPart(outside, receiver, others, line, call)
    }
    if (status !== WEBHOOK_NOT_SET) throw error
    await installWebhook(outside, line, call)
    return await sendBody(outside, receiver, body, line, call)
  }
}

async function sendBody(
  outside: Outside,
  receiver: string,
  body: MessageBody,
  { settings }: Line<ViberSettings>,
  call: SendContext,
): Promise<string[]> {
  const { senderName: name, senderAvatar: avatar } = settings
  const sender = { name, ...given({ avatar }) }
  const message = { receiver, min_api_version: 1, sender, ...body }
  const answer = await callApi(outside, settings, { method: 'send_message', body: message }, call)
  const token = answer['message_token']
  return token && (typeof token === 'string' || typeof token === 'number') ? [String(token)] : []
}
