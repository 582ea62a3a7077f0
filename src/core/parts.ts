import type { SendContext } from './connector.ts'
import type { Receipt } from './message.ts'

/**
 * Sends a message part by part: those that earlier attempts have sent are passed over, and each further one waits until
 * the channel's rates allow it. `send` gives the channel's ids of what it has sent. Throws what `send` throws; what was
 * sent until then is known to the hub.
 */
export async function sendParts<Part>(
  parts: readonly Part[],
  call: SendContext,
  send: (part: Part) => Promise<readonly string[]>,
): Promise<Receipt> {
  const sent: (readonly string[])[] = [...call.done]
  for (const part of parts.slice(call.done.length)) {
    if (sent.length > call.done.length) await call.partSent(sent.at(-1) ?? [])
    sent.push(await send(part))
  }
  return { messageIds: sent.flat() }
}
