import type { Connector, ConnectorContext, ConnectorDescriptor } from '#core/connector.ts'
import type { SettingField } from '#core/settings.ts'
import { createGraph } from './graph.ts'
import { reportConnect, subscribe, unsubscribe } from './messaging-connect.ts'
import { locateFile } from './messaging-files.ts'
import { parseMessaging } from './messaging-inbound.ts'
import { findPerson, getProfileMethod } from './messaging-profile.ts'
import { sendAction, sendMessage } from './messaging-send.ts'
import type { MessagingTraits } from './messaging-traits.ts'
import { MAX_BODY_BYTES, routeMeta } from './route.ts'
import { type MetaSettings, metaFields, parseMetaSettings } from './settings.ts'
import { answerHandshake, verifySignature } from './verify.ts'

const DAY_MS = 24 * 3600 * 1000
/** Of text: https://developers.facebook.com/docs/graph-api/overview/rate-limiting#messenger */
const RATES = { line: [{ count: 300, perMs: 1000 }], chat: () => [] }

/** A channel of the Messenger Platform: the two differ in their traits alone. */
export function describeMessaging(
  id: string,
  traits: MessagingTraits,
  account: SettingField,
  accessToken: SettingField,
): ConnectorDescriptor<MetaSettings> {
  return {
    id,
    title: traits.title,
    fields: metaFields(account, accessToken),
    capabilities: {
      textLimit: traits.textLimit,
      textUnit: traits.textUnit,
      files: 'native',
      buttons: 'native',
      replies: true,
      location: 'text',
      contact: 'text',
      edit: false,
      delete: false,
      typing: true,
      markRead: true,
      reactions: true,
      statuses: traits.statuses,
      answerWindowMs: DAY_MS,
      webhookInstall: true,
      polling: false,
    },
    methods: ['getProfile'],
    parseSettings: (values) => parseMetaSettings(values, traits.keys),
    create: (context) => createMessaging(context, traits),
  }
}

function createMessaging(
  { http, clock, log }: ConnectorContext,
  traits: MessagingTraits,
): Connector<MetaSettings> {
  const graph = createGraph(http, traits.keys.accessToken)
  return {
    verify: (request, line) => verifySignature(request, line.settings.appSecret),
    handshake: (request, line) => answerHandshake(request, line.settings.verifyToken),
    route: routeMeta,
    maxBodyBytes: MAX_BODY_BYTES,
    parse: (update, line, receivedAt) => parseMessaging(update, line, receivedAt, traits),
    rates: RATES,
    send: (chatId, message, line, call) =>
      sendMessage(message, { graph, traits, chatId, line, call }),
    typing: (chatId, line, call) => sendAction('typing_on', { graph, chatId, line, call }),
    markRead: (chatId, _messageId, line, call) =>
      sendAction('mark_seen', { graph, chatId, line, call }),
    testConnect: (line, call) => reportConnect(graph, traits, line.settings, call),
    install: (line, call) => subscribe(graph, traits, line, call, log),
    uninstall: (line, call) => unsubscribe(graph, traits, line, call),
    profile: (personId, line, { signal }) => findPerson(personId, line, { graph, traits, signal }),
    locateFile: (ref, line, { signal }) =>
      locateFile(ref, line, { graph, traits, now: clock.now(), signal }),
    methods: [getProfileMethod(graph, traits)],
  }
}
