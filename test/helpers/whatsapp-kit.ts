import { given } from '../../src/core/given.ts'
import type { CheckBench, ConnectorKit, ContractBench, ContractFault } from '../contract/kit.ts'
import { readWhatsApp } from '../contract/read/whatsapp.ts'
import { readTaken } from '../contract/view.ts'
import type { GraphFault } from '../fakes/meta-server.ts'
import { FakeWhatsApp } from '../fakes/whatsapp.ts'
import { cloudError } from '../fakes/whatsapp-errors.ts'
import type { FakeNumber } from '../fakes/whatsapp-model.ts'
import { ANN, changeOf, messageFrom, updateOf } from '../fakes/whatsapp-updates.ts'

export const NUMBER = { id: '106540352242922', wabaId: '102290129340398' }
export const SECRETS = {
  token: 'PLANTED-token-of-the-number',
  apiKey: 'PLANTED-key-of-the-number',
  app: 'PLANTED-secret-of-the-app',
}
/** What Ann has written. */
const RECEIVED = 'wamid.received1'
/** Port 1 needs root to listen on, and nobody does. */
const NOBODY = 'http://127.0.0.1:1'

type Id = 'whatsapp' | 'whatsapp.cloud' | 'whatsapp.360dialog'

/** Settings as a portal saves them. */
export function whatsappSettings(id: Id, apiRoot?: string): Readonly<Record<string, string>> {
  const root = apiRoot === undefined ? {} : { apiRoot }
  if (id === 'whatsapp.360dialog') return { apiKey: SECRETS.apiKey, ...root }
  return {
    ...(id === 'whatsapp' ? { provider: 'cloud' } : {}),
    phoneNumberId: NUMBER.id,
    wabaId: NUMBER.wabaId,
    accessToken: SECRETS.token,
    appSecret: SECRETS.app,
    ...root,
  }
}

/** Both providers with one number, to which Ann has just written. */
export async function startFakeWhatsApp(): Promise<FakeWhatsApp> {
  const fake = await FakeWhatsApp.start()
  const app = { secret: SECRETS.app, subscribed: new Set<string>() }
  const { token, apiKey } = SECRETS
  const number = fake.addNumber({ ...NUMBER, token, apiKey, app })
  for (const id of [ANN.wa_id, ANN.user_id]) number.people.set(id, { wroteAt: Date.now() })
  return fake
}

export function whatsappKit(id: Id): ConnectorKit {
  return {
    traits: { keepsButtons: true },
    falseReceipts: {
      withoutId: [
        '{"messaging_product":"whatsapp"}',
        '{"messaging_product":"whatsapp","messages":[]}',
        '{"messaging_product":"whatsapp","messages":[{}]}',
        '{"messaging_product":"whatsapp","messages":[{"id":""}]}',
        '{"messaging_product":"whatsapp","messages":[{"id":0}]}',
      ],
      withError: ['{"error":{"message":"(#131009) refused","code":131009}}'],
    },
    fixtures: { settings: whatsappSettings(id), receivedAt: 1_767_225_700_000 },
    async open(): Promise<ContractBench> {
      const fake = await startFakeWhatsApp()
      const [number] = fake.numbers
      number?.received.add(RECEIVED)
      const brandNew = messageFrom(ANN, 'wamid.1', { type: 'brand_new_kind', brand_new_kind: {} })
      const display = '+250 788 123 200'
      return {
        settings: whatsappSettings(id, fake.url),
        deadSettings: whatsappSettings(id, NOBODY),
        chatId: ANN.wa_id,
        conversation: { to: ANN.wa_id, lastMessageId: RECEIVED },
        deadConversation: undefined,
        unknownUpdate: updateOf(changeOf({ ...NUMBER, display }, { messages: [brandNew] })),
        receivedId: RECEIVED,
        planted: Object.values(SECRETS),
        prove: async (body, line) =>
          id === 'whatsapp.360dialog'
            ? { 'x-hub-token': line.webhookSecret }
            : fake.sign(body, SECRETS.app),
        fail: (fault) => fake.fail('messages', { times: 100, ...toFault(fault) }),
        say: (status, body) => fake.fail('messages', { status, body, times: 100 }),
        sent: () => fake.callsOf('messages').length,
        read: () => readTaken(fake, (call) => readWhatsApp(call, ANN.wa_id)),
        forgetPerson: () => number?.people.clear(),
        refuse() {
          if (number) Object.assign(number, { token: 'another', apiKey: 'another' })
        },
        ...(number ? { checks: whatsappChecks(fake, number, id) } : {}),
        [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose](),
      }
    },
  }
}

function whatsappChecks(fake: FakeWhatsApp, number: FakeNumber, id: Id): CheckBench {
  const isCloud = id !== 'whatsapp.360dialog'
  const body = (fields: string): string => `{"id":"${NUMBER.id}",${fields}}`
  return {
    fail: (fault) => fake.fail('', { times: 100, ...toFault(fault) }),
    say: (status, text) => fake.fail('', { status, body: text, times: 100 }),
    changes: () => fake.calls.filter(({ method }) => method !== 'GET').length,
    point(url) {
      number.app.subscribed.add(number.wabaId)
      delete number.override
      if (url !== '') number.override = url
      number.webhook = { url, headers: {} }
    },
    nonsense: isCloud
      ? [
          '{"id":7}',
          body('"webhook_configuration":7'),
          body('"webhook_configuration":{"phone_number":7,"application":[]}'),
          body('"status":7,"quality_rating":[],"health_status":{"entities":{}},"data":7'),
          body('"health_status":{"entities":[7,{"can_send_message":7},null]},"data":{}'),
        ]
      : ['{"url":7}', '{"url":["x"]}', '{"url":{}}', '{"headers":{}}'],
  }
}

const CODE_OF: Readonly<Record<number, number>> = {
  400: 131_009,
  401: 190,
  429: 130_429,
  500: 131_000,
}

function toFault(fault: ContractFault): GraphFault {
  if (fault === 'reset') return { reset: true }
  if (fault === 'silence') return { until: new Promise(() => undefined) }
  const { status, headers, words } = fault
  const code = CODE_OF[status]
  // 403 and 502 are a gateway's: it speaks HTML.
  const body = code === undefined ? `<html>${words}</html>` : cloudError(code, { details: words })
  return { status, body, ...given({ headers }) }
}
