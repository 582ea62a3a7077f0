import type { ConnectorContext, SendContext } from '#core/connector.ts'
import { given } from '#core/given.ts'
import type { Line } from '#core/line.ts'
import { callApi } from './client.ts'
import { installWebhook } from './connect.ts'
import { BAD_DATA, ViberError, WEBHOOK_NOT_SET } from './errors.ts'
import type { Part } from './outbound.ts'
import type { ViberSettings } from './settings.ts'
import type { MessageBody } from './types.ts'

type Outside = Pick<ConnectorContext, 'http'>

/**
 * Sends one part, with the one repetition that Viber's answer may ask for: a file that it can't use goes as its link, and
 * a webhook that somebody took away is set again. Gives the message's token. Throws DeliveryError, TransportError.
 */
export async function sendPart(
  outside: Outside,
  receiver: string,
  part: Part,
  line: Line<ViberSettings>,
  call: SendContext,
): Promise<string[]> {
  try {
    return await sendBody(outside, receiver, part.body, line, call)
  } catch (error) {
    const status = error instanceof ViberError ? error.status : undefined
    if (status === BAD_DATA && part.instead) {
      return await sendBody(outside, receiver, part.instead, line, call)
    }
    if (status !== WEBHOOK_NOT_SET) throw error
    await installWebhook(outside, line, call)
    return await sendBody(outside, receiver, part.body, line, call)
  }
}

async function sendBody(
  { http }: Outside,
  receiver: string,
  body: MessageBody,
  { settings }: Line<ViberSettings>,
  call: SendContext,
): Promise<string[]> {
  const { senderName: name, senderAvatar: avatar } = settings
  const sender = { name, ...given({ avatar }) }
  const message = { receiver, min_api_version: 1, sender, ...body }
  const answer = await callApi(http, settings, { method: 'send_message', body: message }, call)
  const token = answer['message_token']
  return token && (typeof token === 'string' || typeof token === 'number') ? [String(token)] : []
}
