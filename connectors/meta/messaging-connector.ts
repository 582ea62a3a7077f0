import type { Connector, ConnectorContext } from '#core/connector.ts'
import { createGraph } from './client.ts'
import { checkLine } from './messaging-check.ts'
import { testConnect } from './messaging-connect.ts'
import { locateFile } from './messaging-files.ts'
import { parseMessaging } from './messaging-inbound.ts'
import { subscribe, unsubscribe } from './messaging-install.ts'
import { getProfileMethod } from './messaging-methods.ts'
import { ECHOED_WITHIN_MS } from './messaging-outbound.ts'
import { findPerson } from './messaging-people.ts'
import { sendAction, sendMessage } from './messaging-send.ts'
import type { MessagingTraits } from './messaging-traits.ts'
import { MESSAGING_RATES } from './rates.ts'
import { accountsIn, MAX_BODY_BYTES, routeMeta } from './route.ts'
import type { MetaSettings } from './settings.ts'
import { answerHandshake, verifySignature } from './verify.ts'

export function createMessaging(
  context: ConnectorContext,
  traits: MessagingTraits,
): Connector<MetaSettings> {
  const { clock, log } = context
  const graph = createGraph(context, traits.keys.accessToken)
  return {
    verify: (request, line) => verifySignature(request, line.settings.appSecret),
    handshake: (request, line) => answerHandshake(request, line.settings.verifyToken),
    route: routeMeta,
    accountsIn,
    proofKey: ({ settings }) => settings.appSecret,
    maxBodyBytes: MAX_BODY_BYTES,
    parse: (update, line, receivedAt) => parseMessaging(update, line, receivedAt, traits),
    rates: MESSAGING_RATES,
    ...(traits.hasMetadata ? { tellsWithinMs: ECHOED_WITHIN_MS } : {}),
    send: (chatId, message, line, call) =>
      sendMessage(message, { graph, traits, chatId, line, call }),
    typing: (chatId, line, call) => sendAction('typing_on', { graph, chatId, line, call }),
    markRead: (chatId, _messageId, line, call) =>
      sendAction('mark_seen', { graph, chatId, line, call }),
    testConnect: (line, call) => testConnect(graph, traits, line.settings, call),
    check: (line, call) => checkLine(graph, traits, line, call),
    install: (line, call) => subscribe(graph, traits, line, call, log),
    uninstall: (line, call) => unsubscribe(graph, traits, line, call),
    profile: (personId, line, { signal }) => findPerson(personId, line, { graph, traits, signal }),
    locateFile: (ref, line, { signal }) =>
      locateFile(ref, line, { graph, traits, now: clock.now(), signal }),
    methods: [getProfileMethod(graph, traits)],
  }
}
