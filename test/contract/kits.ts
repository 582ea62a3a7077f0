import { createHmac } from 'node:crypto'
import { toMessageId as toSlackId } from '../../connectors/slack/message-id.ts'
import { secretKeyOf } from '../../connectors/vk/verify.ts'
import { given } from '../../src/core/given.ts'
import { FakeBotFramework, makeKeys } from '../fakes/botframework.ts'
import { type SlackFault, signSlack, startFakeSlack } from '../fakes/slack.ts'
import { startFakeTelegram } from '../fakes/telegram.ts'
import { startFakeViber, type ViberFault } from '../fakes/viber.ts'
import { startFakeVk, type VkFault } from '../fakes/vk.ts'
import { metaKit } from '../helpers/meta-kit.ts'
import { whatsappKit } from '../helpers/whatsapp-kit.ts'
import {
  botFrameworkChecks,
  slackChecks,
  telegramChecks,
  viberChecks,
  vkChecks,
} from './check-benches.ts'
import { webchat, webform } from './hubs-kits.ts'
import type { ConnectorKit, ContractBench, ContractFault } from './kit.ts'
import { readBotFramework } from './read/botframework.ts'
import { readSlack } from './read/slack.ts'
import { readTelegram } from './read/telegram.ts'
import { readViber } from './read/viber.ts'
import { readVk } from './read/vk.ts'
import { readTaken } from './view.ts'

/** Port 1 needs root to listen on, and nobody does. */
const NOBODY = '127.0.0.1:1'
/** Far beyond any test's end; the fakes close all connections then. */
const NEVER_MS = 3_600_000

const BOT_ID = 123_456
const TOKEN = `${BOT_ID}:PLANTED_token-of-the-desk-bot`

const telegram: ConnectorKit = {
  fixtures: { settings: { token: TOKEN }, receivedAt: 1_767_225_700_000 },
  traits: { namesFilesByAddress: true, keepsButtons: true },
  falseReceipts: {
    withoutId: [
      '{"ok":true}',
      '{"ok":true,"result":true}',
      '{"ok":true,"result":[]}',
      '{"ok":true,"result":{"date":1,"chat":{"id":55}}}',
      '{"ok":true,"result":{"message_id":null}}',
    ],
    withError: ['{"ok":false,"error_code":400,"description":"Bad Request: refused"}'],
  },
  async open(): Promise<ContractBench> {
    const fake = await startFakeTelegram()
    const bot = fake.addBot({ token: TOKEN, id: BOT_ID, username: 'desk_bot' })
    return {
      settings: { token: TOKEN, apiRoot: fake.url, mode: 'webhook' },
      deadSettings: { token: TOKEN, apiRoot: `http://${NOBODY}` },
      chatId: '55',
      conversation: undefined,
      deadConversation: undefined,
      unknownUpdate: { update_id: 1, brand_new_kind: { chat: { id: 55, type: 'private' } } },
      receivedId: '1',
      planted: [TOKEN.slice(TOKEN.indexOf(':') + 1)],
      prove: async (_body, line) => ({ 'x-telegram-bot-api-secret-token': line.webhookSecret }),
      fail: (fault) => fake.fail('sendMessage', { times: 100, ...toTelegramFault(fault) }),
      say: (status, body) => fake.fail('*', { status, body, times: 100 }),
      sent: () => fake.callsOf('sendMessage').length,
      read: () => readTaken(fake, readTelegram),
      forgetPerson: () => bot.blockedBy.add(55),
      refuse: () => fake.removeBot(TOKEN),
      checks: telegramChecks(fake, bot, toTelegramFault),
      [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose](),
    }
  },
}

function toTelegramFault(fault: ContractFault): object {
  if (fault === 'reset') return { reset: true }
  if (fault === 'silence') return { delayMs: NEVER_MS }
  const { status, headers, words } = fault
  const body = { ok: false, error_code: status, description: words }
  return { status, body, ...given({ headers }) }
}

/** Of the channels behind the parent the one that keeps all that the parent promises. */
const PARENTS_CHANNEL = 'slack'
const NOBODY_THERE = {
  status: 403,
  body: { error: { code: 'ConversationBlockedByUser', message: 'blocked' } },
}
const APP_ID = '11111111-2222-3333-4444-555555555555'
const APP_SECRET = 'PLANTED~app-secret'

function botframeworkKit(): ConnectorKit {
  // The same for all benches.
  const keys = makeKeys()
  return {
    traits: { keepsButtons: true },
    falseReceipts: {
      withoutId: ['{"id":""}', '{"id":0}', '{"id":null}', '{"activityId":"1"}'],
      withError: ['{"error":{"code":"BadArgument","message":"refused"}}'],
    },
    fixtures: {
      settings: { appId: APP_ID, appSecret: APP_SECRET },
      receivedAt: Date.parse('2026-01-10T09:00:00.000Z'),
    },
    async open(connectorId): Promise<ContractBench> {
      const fake = await FakeBotFramework.start({ keys: await keys })
      const settings = fake.settings(APP_ID, APP_SECRET)
      const channelId = connectorId.split('.')[1] ?? PARENTS_CHANNEL
      const serviceUrl = fake.serviceUrl
      const isVirtual = connectorId.includes('.')
      const chatIdOf = (id: string): string => (isVirtual ? id : `${channelId}|${id}`)
      const parties = { conversation: { id: 'a:1' }, from: { id: 'u' }, recipient: { id: 'b' } }
      const conversation = {
        serviceUrl,
        channelId,
        conversationId: 'a:1',
        bot: { id: 'b' },
        user: { id: 'u' },
      }
      return {
        settings,
        deadSettings: { ...settings, serviceHosts: NOBODY },
        chatId: chatIdOf('a:1'),
        conversation,
        deadConversation: { ...conversation, serviceUrl: `http://${NOBODY}/` },
        unknownUpdate: { type: 'brandNewKind', id: '1', channelId, serviceUrl, ...parties },
        receivedId: '1',
        planted: ['token-1', 'token-2'],
        prove: async (body) => ({ authorization: await fake.sign(JSON.parse(body)) }),
        fail: (fault) => fake.fail('connector', { times: 100, ...toServiceFault(fault) }),
        say: (status, body) => fake.fail('connector', { status, body, times: 100 }),
        sent: () => fake.calls.length,
        read: () => readTaken(fake, (call) => readBotFramework(call, chatIdOf)),
        forgetPerson: () => fake.fail('connector', { ...NOBODY_THERE, times: 100 }),
        refuse: () => fake.refuseToken(7_000_215, { times: 100 }),
        checks: botFrameworkChecks(fake, toServiceFault),
        [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose](),
      }
    },
  }
}

function toServiceFault(fault: ContractFault): object {
  if (fault === 'reset') return { reset: true }
  if (fault === 'silence') return { until: new Promise(() => undefined) }
  const { status, headers, words } = fault
  // A refused token is replaced once: the answer that counts is the one to the second.
  const token = status === 401 ? 'token-2' : 'token-1'
  const body = { error: { code: 'Refused', message: `${words} ${token}` } }
  return { status, body, ...given({ headers }) }
}

const VIBER_TOKEN = 'PLANTED-viber-token-445da6az1s345z78'
const VIBER_SETTINGS = { authToken: VIBER_TOKEN, senderName: 'Desk', welcomeText: 'Hello' }

const viber: ConnectorKit = {
  falseReceipts: {
    withoutId: [
      '{"status":0,"status_message":"ok"}',
      '{"status":0,"status_message":"ok","message_token":0}',
      '{"status":0,"status_message":"ok","message_token":""}',
    ],
    withError: ['{"status":3,"status_message":"badData"}'],
  },
  fixtures: { settings: VIBER_SETTINGS, receivedAt: 1_767_225_700_000 },
  async open(): Promise<ContractBench> {
    const fake = await startFakeViber()
    const account = fake.addAccount({ token: VIBER_TOKEN, id: 'pa:75346594275468', name: 'Desk' })
    account.webhook = 'https://elsewhere.example/'
    return {
      settings: { ...VIBER_SETTINGS, apiRoot: fake.url },
      deadSettings: { ...VIBER_SETTINGS, apiRoot: `http://${NOBODY}/pa` },
      chatId: 'xy5/5y6O81+/kbWHpLhBoA==',
      conversation: undefined,
      deadConversation: undefined,
      unknownUpdate: { event: 'brand_new_kind', timestamp: 1, message_token: 5, user_id: 'a' },
      receivedId: '1',
      planted: [VIBER_TOKEN],
      prove: async (body) => ({
        'x-viber-content-signature': createHmac('sha256', VIBER_TOKEN).update(body).digest('hex'),
      }),
      fail: (fault) => fake.fail('send_message', { times: 100, ...toViberFault(fault) }),
      say: (status, words) => fake.fail('send_message', { status, words, times: 100 }),
      sent: () => fake.callsOf('send_message').length,
      read: () => readTaken(fake, readViber),
      forgetPerson: () => fake.fail('send_message', { viberStatus: 5, times: 100 }),
      refuse: () => fake.removeAccount(VIBER_TOKEN),
      checks: viberChecks(fake, account, toViberFault),
      [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose](),
    }
  },
}

function toViberFault(fault: ContractFault): ViberFault {
  if (fault === 'reset') return { reset: true }
  return fault === 'silence' ? { silence: true } : fault
}

const facebook = metaKit('page')
const instagram = metaKit('instagram')

const VK_TOKEN = 'vk1.a.PLANTED-community-token'
const VK_SETTINGS = { groupId: '7', accessToken: VK_TOKEN }

const VK_CALLS = ['send', 'edit', 'delete', 'setActivity', 'markAsRead']

const vk: ConnectorKit = {
  falseReceipts: {
    withoutId: [
      '{"response":null}',
      '{"response":true}',
      '{"response":0}',
      '{"response":[{"peer_id":55}]}',
      '{"response":[{"peer_id":55,"message_id":0}]}',
      '{"response":[{"peer_id":55,"message_id":0,"conversation_message_id":0}]}',
    ],
    withError: [
      '{"error":{"error_code":100,"error_msg":"refused"}}',
      '{"response":[{"peer_id":55,"message_id":0,"error":{"code":901,"description":"refused"}}]}',
    ],
  },
  fixtures: { settings: VK_SETTINGS, receivedAt: 1_767_225_700_000 },
  async open(): Promise<ContractBench> {
    const fake = await startFakeVk()
    const community = fake.addCommunity({ id: 7, name: 'Desk', token: VK_TOKEN })
    return {
      settings: { ...VK_SETTINGS, apiRoot: fake.url },
      deadSettings: { ...VK_SETTINGS, apiRoot: `http://${NOBODY}` },
      chatId: '55',
      conversation: undefined,
      deadConversation: undefined,
      unknownUpdate: { type: 'brand_new_kind', object: {}, group_id: 7, event_id: 'e', v: '5.199' },
      receivedId: '55_1',
      planted: [VK_TOKEN],
      prove: async () => ({}),
      embed: (update, line) => ({ ...update, secret: secretKeyOf(line) }),
      fail: (fault) => fake.fail('messages.send', { times: 100, ...toVkFault(fault) }),
      say(status, words) {
        for (const name of VK_CALLS) fake.fail(`messages.${name}`, { status, words, times: 100 })
      },
      sent: () => fake.callsOf('messages.send').length,
      read: () => readTaken(fake, (call) => readVk(fake, call)),
      forgetPerson: () => fake.fail('messages.send', { code: 18, times: 100 }),
      refuse: () => {
        community.token = 'another'
      },
      checks: vkChecks(fake, community, toVkFault),
      [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose](),
    }
  },
}

function toVkFault(fault: ContractFault): VkFault {
  if (fault === 'reset') return { reset: true }
  return fault === 'silence' ? { silence: true } : fault
}

const SLACK_TOKEN = 'xoxb-2-PLANTED-bot-token'
const SLACK_SECRET = 'PLANTED8f742231b10e8888abcd99yyyz'
const SLACK_SETTINGS = { botToken: SLACK_TOKEN, signingSecret: SLACK_SECRET }
const SLACK_CHAT = 'D024BE91L'

const slack: ConnectorKit = {
  traits: { answersInThreads: true },
  falseReceipts: {
    withoutId: [
      '{"ok":true}',
      '{"ok":true,"channel":"D024BE91L"}',
      '{"ok":true,"channel":"D024BE91L","ts":""}',
      '{"ok":true,"channel":"D024BE91L","ts":null}',
      '{"ok":true,"channel":"D024BE91L","ts":0}',
      '{"ok":true,"channel":"D024BE91L","ts":"0"}',
    ],
    withError: [
      '{"ok":false,"error":"invalid_arguments"}',
      '{"ok":false,"error":"channel_not_found"}',
      '{"ok":false,"error":"brand_new_error"}',
      '{"ok":false}',
    ],
  },
  fixtures: { settings: SLACK_SETTINGS, receivedAt: 1_767_225_700_000 },
  async open(): Promise<ContractBench> {
    const fake = await startFakeSlack()
    const app = fake.addApp({ token: SLACK_TOKEN, signingSecret: SLACK_SECRET })
    fake.workspace.addChannel(SLACK_CHAT)
    const { ts } = fake.workspace.store(SLACK_CHAT, { user: 'U2147483697', text: 'Where is it?' })
    return {
      settings: { ...SLACK_SETTINGS, apiRoot: fake.url },
      deadSettings: { ...SLACK_SETTINGS, apiRoot: `http://${NOBODY}/api` },
      chatId: SLACK_CHAT,
      conversation: undefined,
      deadConversation: undefined,
      unknownUpdate: {
        type: 'event_callback',
        team_id: fake.workspace.team,
        event_id: 'Ev1',
        event: { type: 'brand_new_kind', user: 'U1', channel: SLACK_CHAT },
      },
      receivedId: toSlackId(SLACK_CHAT, ts),
      planted: [SLACK_TOKEN, SLACK_SECRET],
      prove: async (body) => signSlack(body, SLACK_SECRET),
      fail: (fault) => fake.fail('chat.postMessage', { times: 100, ...toSlackFault(fault) }),
      say: (status, body) => fake.say(status, body, 100),
      sent: () => fake.callsOf('chat.postMessage').length,
      read: () => readTaken(fake, readSlack),
      forgetPerson: () => fake.fail('chat.postMessage', { error: 'user_disabled', times: 100 }),
      refuse: () => fake.removeApp(SLACK_TOKEN),
      checks: slackChecks(fake, app, toSlackFault),
      [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose](),
    }
  },
}

function toSlackFault(fault: ContractFault): SlackFault {
  if (fault === 'reset') return { reset: true }
  return fault === 'silence' ? { silence: true } : fault
}

/**
 * By id: one per real connector, and one per virtual one whose settings are not its parent's. A new connector brings its
 * own.
 */
export const kits: Readonly<Record<string, ConnectorKit>> = {
  telegram,
  botframework: botframeworkKit(),
  facebook,
  instagram,
  viber,
  vk,
  slack,
  webchat,
  webform,
  whatsapp: whatsappKit('whatsapp'),
  'whatsapp.cloud': whatsappKit('whatsapp.cloud'),
  'whatsapp.360dialog': whatsappKit('whatsapp.360dialog'),
}
