import type { Connector, ConnectorContext } from '#core/connector.ts'
import { checkLine } from './check.ts'
import { testConnect } from './connect.ts'
import { findFile } from './files.ts'
import { parseUpdate } from './inbound.ts'
import { readProfile } from './people.ts'
import { SLACK_RATES } from './rates.ts'
import { deleteMessage, editMessage, sendMessage } from './send.ts'
import type { SlackSettings } from './settings.ts'
import { CONTENT_TYPES, readUpdate } from './update.ts'
import { shakeHands, verifyUpdate } from './verify.ts'

/** Where Slack itself cuts a message: https://docs.slack.dev/changelog/2018-truncating-really-long-messages */
const MAX_TEXT_LENGTH = 40_000

export function createSlack(context: ConnectorContext): Connector<SlackSettings> {
  return {
    verify: (request, line) => verifyUpdate(context, request, line),
    handshake: (request, line) => shakeHands(context, request, line),
    contentTypes: CONTENT_TYPES,
    maxTextLength: MAX_TEXT_LENGTH,
    readUpdate,
    parse: parseUpdate,
    rates: SLACK_RATES,
    send: (chatId, message, line, call) => sendMessage(context, chatId, message, line, call),
    update: (_chatId, messageId, message, line, call) =>
      editMessage(context, messageId, message, line, call),
    remove: (_chatId, messageId, line, call) => deleteMessage(context, messageId, line, call),
    testConnect: (line, call) => testConnect(context, line, call),
    check: (line, call) => checkLine(context, line, call),
    profile: (personId, line, call) => readProfile(context, line.settings, personId, call),
    locateFile: (ref, line, call) => findFile(context, line.settings, ref, call),
    methods: [],
  }
}
