import type { Connector, ConnectorContext } from '#core/connector.ts'
import { hashOf } from '#kit/site.ts'
import { openUpload } from './files.ts'
import { parseUpdate, readPost } from './inbound.ts'
import { chatRoutes } from './routes.ts'
import { removeMessage, sendMessage, showRead, showTyping, updateMessage } from './send.ts'
import { quotasOf, verifyPost } from './session.ts'
import type { WebChatSettings } from './settings.ts'

/** A text that is too long is refused as such and not as a body that is too large; beyond this nobody reads it. */
const MAX_BODY_BYTES = 4 * 1024 * 1024

export function createWebChat(context: ConnectorContext): Connector<WebChatSettings> {
  const { clock } = context
  return {
    verify: (request, line) => verifyPost(request, line, clock.now()),
    contentTypes: ['application/json', 'text/plain'],
    maxBodyBytes: MAX_BODY_BYTES,
    readUpdate: (request, line) => readPost(request, line, clock.now()),
    isTracedAsRead: true,
    parse: parseUpdate,
    allowsOrigin: (origin, { settings: { origins } }) => origins.includes(origin),
    quotas: (request, line) => quotasOf(request, line, clock.now()),
    routes: chatRoutes(context),
    // Nobody is to say of another's messages that they were read.
    messageIdScope: (chatId) => chatId,
    isIdempotent: true,
    send: (chatId, message, line, call) => sendMessage(context, chatId, message, line, call),
    update: (chatId, messageId, message, line, call) =>
      updateMessage(context, { chatId, messageId }, message, line, call),
    remove: (chatId, messageId, line, call) =>
      removeMessage(context, { chatId, messageId }, line, call),
    typing: (chatId, line, call) => showTyping(context, chatId, line, call),
    markRead: (chatId, messageId, line, call) =>
      showRead(context, { chatId, messageId }, line, call),
    testConnect: async (line) => ({
      ok: true,
      identity: hashOf(line),
      name: line.settings.title,
    }),
    openFile: (ref, line) => openUpload(context, ref, line),
    methods: [],
  }
}
