import { z } from 'zod'
import { given } from '../../core/given.ts'
import { idText } from '../../core/id-text.ts'
import { MAX_CHAT_ID_LENGTH } from '../../core/line.ts'
import { journalItemShape } from '../../core/shapes/journal.ts'
import { chatParam, lineParams, portalMethod } from './method.ts'

/** Longer than any id that a portal was given, and than any key it may give. */
const MAX_ID = 255

const params = z.strictObject({
  id: idText(MAX_ID),
  connector: lineParams.connector.optional(),
  line: lineParams.line.optional(),
  /** As in other methods, or the id alone. */
  chat: z.union([idText(MAX_CHAT_ID_LENGTH), chatParam]).optional(),
})

const api = {
  summary: "what became of a message, by an id of the hub's, the channel's or the portal's own",
  params,
  result: z.strictObject({ items: z.array(journalItemShape) }),
}

/** What became of a message: by an id of the hub's, the channel's id, or the portal's own key. */
export const findMessage = portalMethod(
  'findMessage',
  api,
  async ({ id, connector, line, chat }, call) => {
    const chatId = typeof chat === 'string' ? chat : chat?.id
    const query = { id, portalId: call.portal.id, ...given({ connector, line, chat: chatId }) }
    const found = await call.messageFinder.find(query)
    return { items: found.map(({ item }) => item) }
  },
)
