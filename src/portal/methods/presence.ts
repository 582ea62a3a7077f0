import { z } from 'zod'
import type { SendContext } from '../../core/connector.ts'
import { DeliveryError, HubError, TransportError } from '../../core/errors.ts'
import { given } from '../../core/given.ts'
import { idText } from '../../core/id-text.ts'
import { doneShape } from '../../core/shapes/basic.ts'
import type { ActiveLine } from '../../lines/directory.ts'
import { channelMethod, chatParam, lineParams, type MethodCall } from './method.ts'

const params = z.strictObject({
  ...lineParams,
  chat: chatParam,
  message: z.strictObject({ id: idText(255) }).optional(),
})

const typingApi = {
  summary: 'shows that somebody is writing; best effort, not queued',
  params,
  result: doneShape,
}

const readApi = {
  summary: 'marks a chat as read; best effort, not queued',
  params,
  result: doneShape,
}

export const sendTyping = channelMethod('sendTyping', typingApi, async ({ chat }, active, call) => {
  const { connector, line } = active
  if (!connector.typing) throw new HubError('HUB_UNSUPPORTED', "this channel can't show typing")
  const context = await sendContext(call, active, chat.id)
  return await bestEffort(() => connector.typing?.(chat.id, line, context))
})

export const markRead = channelMethod(
  'markRead',
  readApi,
  async ({ chat, message }, active, call) => {
    const { connector, line } = active
    if (!connector.markRead) {
      throw new HubError('HUB_UNSUPPORTED', "this channel can't mark messages as read")
    }
    const context = await sendContext(call, active, chat.id)
    return await bestEffort(() => connector.markRead?.(chat.id, message?.id, line, context))
  },
)

async function sendContext(
  call: MethodCall,
  active: ActiveLine,
  chatId: string,
): Promise<SendContext> {
  const conversation = await call.conversations.find(active.record.id, chatId)
  return {
    signal: call.signal,
    out: '',
    attempt: 1,
    done: [],
    partSent: async () => undefined,
    ...given({ conversation }),
  }
}

/** Not queued and not repeated: by the next try it would be untrue. */
async function bestEffort(send: () => Promise<void> | undefined): Promise<{ ok: boolean }> {
  try {
    await send()
    return { ok: true }
  } catch (error) {
    if (error instanceof DeliveryError || error instanceof TransportError) return { ok: false }
    throw error
  }
}
