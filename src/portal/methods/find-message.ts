import { z } from 'zod'
import { given } from '../../core/given.ts'
import { idText } from '../../core/id-text.ts'
import { MAX_CHAT_ID_LENGTH } from '../../core/line.ts'
import { chatParam, lineParams, portalMethod } from './method.ts'

/** Longer than any id that a portal was given, and than any key it may give. */
const MAX_ID = 255

const schema = z.strictObject({
  id: idText(MAX_ID),
  connector: lineParams.connector.optional(),
  line: lineParams.line.optional(),
  /** As in other methods, or the id alone. */
  chat: z.union([idText(MAX_CHAT_ID_LENGTH), chatParam]).optional(),
})

/** What became of a message: by an id of the hub's, the channel's id, or the portal's own key. */
export const findMessage = portalMethod('findMessage', schema, async (params, call) => {
  const { id, connector, line, chat } = params
  const chatId = typeof chat === 'string' ? chat : chat?.id
  const query = { id, portalId: call.portal.id, ...given({ connector, line, chat: chatId }) }
  const found = await call.messageFinder.find(query)
  return { items: found.map(({ item }) => item) }
})
