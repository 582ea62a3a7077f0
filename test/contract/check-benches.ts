import { secretKeyOf } from '../../connectors/vk/verify.ts'
import type { FakeBotFramework } from '../fakes/botframework.ts'
import type { FakeSlack, SlackFault } from '../fakes/slack.ts'
import type { SlackApp } from '../fakes/slack-workspace.ts'
import type { FakeTelegram } from '../fakes/telegram.ts'
import type { BotState } from '../fakes/telegram-bot.ts'
import type { FakeViber, ViberAccount, ViberFault } from '../fakes/viber.ts'
import type { FakeVk, VkFault } from '../fakes/vk.ts'
import type { Community } from '../fakes/vk-community.ts'
import { WEBHOOK_SECRET } from './bench.ts'
import type { CheckBench, ContractFault } from './kit.ts'

/** For as many calls as any test makes. */
const TIMES = { times: 100 }

export function telegramChecks(
  fake: FakeTelegram,
  bot: BotState,
  toFault: (fault: ContractFault) => object,
): CheckBench {
  const result = (text: string): string => `{"ok":true,"result":${text}}`
  return {
    fail: (fault) => fake.fail('*', { ...TIMES, ...toFault(fault) }),
    say: (status, body) => fake.fail('*', { status, body, ...TIMES }),
    changes: () => fake.calls.filter(({ method }) => !method.startsWith('get')).length,
    point(url) {
      bot.webhook = url === '' ? undefined : { url }
    },
    complain(words) {
      bot.webhookError = { at: Date.now(), words, waiting: 7 }
    },
    nonsense: [
      ...['null', 'true', '[]', '{}', '{"url":null}', '{"url":7}', '{"url":["x"]}'].map(result),
      result('{"url":"no address","last_error_date":{},"pending_update_count":"x"}'),
    ],
  }
}

export function viberChecks(
  fake: FakeViber,
  account: ViberAccount,
  toFault: (fault: ContractFault) => ViberFault,
): CheckBench {
  const METHOD = 'get_account_info'
  return {
    fail: (fault) => fake.fail(METHOD, { ...TIMES, ...toFault(fault) }),
    say: (status, words) => fake.fail(METHOD, { status, words, ...TIMES }),
    changes: () => fake.calls.filter(({ method }) => !method.startsWith('get_')).length,
    point(url) {
      account.webhook = url
    },
    nonsense: [
      '{"status":0}',
      '{"status":0,"id":7,"webhook":""}',
      '{"status":0,"id":"pa:7","webhook":7}',
      '{"status":0,"id":"pa:7","webhook":{}}',
      '{"status":0,"id":"pa:7","webhook":"no address"}',
    ],
  }
}

const VK_READS = [
  'groups.getTokenPermissions',
  'groups.getCallbackServers',
  'groups.getCallbackSettings',
  'groups.getLongPollSettings',
]

export function vkChecks(
  fake: FakeVk,
  community: Community,
  toFault: (fault: ContractFault) => VkFault,
): CheckBench {
  return {
    fail(fault) {
      for (const method of VK_READS) fake.fail(method, { ...TIMES, ...toFault(fault) })
    },
    say(status, words) {
      for (const method of VK_READS) fake.fail(method, { status, words, ...TIMES })
    },
    changes: () => fake.calls.filter(({ method }) => !VK_READS.includes(method)).length,
    point(url) {
      community.servers.length = 0
      if (url === '') return
      community.servers.push({
        id: 1,
        url,
        title: 'Openlines Hub',
        secretKey: secretKeyOf({ webhookSecret: WEBHOOK_SECRET }),
        status: 'ok',
        events: { message_new: '1', message_event: '1' },
      })
    },
    complain() {
      for (const server of community.servers) server.status = 'failed'
    },
    takeRight() {
      community.permissions = ['manage', 'photos']
      return 'messages'
    },
    nonsense: [
      '{"response":null}',
      '{"response":1}',
      '{"response":[]}',
      '{"response":{}}',
      '{"response":{"items":7,"permissions":7}}',
      '{"response":{"items":{},"permissions":{}}}',
    ],
  }
}

export function slackChecks(
  fake: FakeSlack,
  app: SlackApp,
  toFault: (fault: ContractFault) => SlackFault,
): CheckBench {
  return {
    fail: (fault) => fake.fail('auth.test', { ...TIMES, ...toFault(fault) }),
    say: (status, words) => fake.fail('auth.test', { status, words, ...TIMES }),
    changes: () => fake.calls.filter(({ method }) => method !== 'auth.test').length,
    takeRight() {
      app.scopes.delete('chat:write')
      return 'chat:write'
    },
    nonsense: ['{"ok":true}', '{"ok":true,"user_id":7}', '{"ok":true,"user_id":null}'],
  }
}

export function botFrameworkChecks(
  fake: FakeBotFramework,
  toFault: (fault: ContractFault) => object,
): CheckBench {
  return {
    fail: (fault) => fake.fail('token', { ...TIMES, ...toFault(fault) }),
    say: (status, body) => fake.fail('token', { status, body, ...TIMES }),
    changes: () => fake.calls.length,
    nonsense: [
      '{"access_token":7}',
      '{"access_token":"x","expires_in":"soon"}',
      '{"expires_in":1}',
    ],
  }
}
