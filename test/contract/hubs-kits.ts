import { setImmediate } from 'node:timers/promises'
import { makeToken, makeVisitor } from '../../connectors/webchat/token.ts'
import type { ConnectorContext } from '../../src/core/connector.ts'
import { StoreUnavailableError } from '../../src/core/errors.ts'
import type { NewLetter } from '../../src/core/mailbox.ts'
import { NOTHING_KEPT } from '../helpers/nothing-kept.ts'
import type { ConnectorKit, ContractBench } from './kit.ts'
import { type Json, listAt, objectAt, type SentAct, type SentView, viewOf } from './view.ts'

const LINE = { id: 1, webhookSecret: 'webhook-secret-of-the-contract-0' }
const CHAT_SETTINGS = { title: 'Shop', origins: 'https://shop.example' }
const RECEIVED_AT = Date.parse('2026-01-10T09:00:00.000Z')
const ACTS: Readonly<Record<string, SentAct>> = {
  'message.new': 'message',
  'message.updated': 'edit',
  'message.deleted': 'delete',
  'chat.typing': 'typing',
  'chat.read': 'read',
}

/** Nothing of these can be refused, broken or nonsense. */
const NO_TROUBLE = {
  deadSettings: {},
  conversation: undefined,
  deadConversation: undefined,
  planted: [],
  fail: () => undefined,
  say: () => undefined,
  refuse: () => undefined,
} as const

function readLetter({ chatId, body }: NewLetter): SentView {
  const act = ACTS[String(body['type'])] ?? 'message'
  const message = objectAt(body as Json, 'message')
  const files = listAt(message, 'files').map(({ name, url }) => `${name}: ${url}`)
  const buttons = listAt<readonly { text: string }[]>(message, 'buttons').flat()
  return viewOf(act, chatId, {
    ...(act === 'message' ? {} : { messageId: message['id'] }),
    texts: [message['text'], ...files],
    buttons,
    replyTo: objectAt(message, 'replyTo')['id'],
  })
}

export const webchat: ConnectorKit = {
  isHubs: 'both ways',
  falseReceipts: { withoutId: [], withError: [] },
  traits: { keepsButtons: true },
  fixtures: { settings: CHAT_SETTINGS, receivedAt: RECEIVED_AT },
  async open(): Promise<ContractBench> {
    const letters: NewLetter[] = []
    let isAway = false
    const kept: Pick<ConnectorContext, 'mailbox' | 'uploads'> = {
      uploads: NOTHING_KEPT.uploads,
      mailbox: {
        follow: () => () => undefined,
        async put(letter) {
          await setImmediate()
          if (isAway) throw new StoreUnavailableError('the store is away')
          if (!letters.some(({ name }) => name === letter.name)) letters.push(letter)
        },
      },
    }
    const chatId = makeVisitor(LINE)
    return {
      ...NO_TROUBLE,
      kept,
      settings: CHAT_SETTINGS,
      chatId,
      unknownUpdate: { visitor: chatId, type: 'brand_new_kind', id: '1' },
      receivedId: '1',
      prove: async () => ({ authorization: `Bearer ${makeToken(LINE, chatId, Date.now())}` }),
      sent: () => letters.filter(({ body }) => body['type'] === 'message.new').length,
      read: () => letters.map(readLetter),
      loseStore: () => {
        isAway = true
      },
      [Symbol.asyncDispose]: async () => undefined,
    }
  },
}

const FORM_SETTINGS = { fieldMap: 'fio=name, tel=phone', honeypot: 'website' }

export const webform: ConnectorKit = {
  isHubs: 'receives',
  falseReceipts: { withoutId: [], withError: [] },
  fixtures: { settings: FORM_SETTINGS, receivedAt: RECEIVED_AT },
  open: async (): Promise<ContractBench> => ({
    ...NO_TROUBLE,
    settings: FORM_SETTINGS,
    chatId: 'somebody',
    unknownUpdate: { kind: 'brand_new_kind' },
    receivedId: '1',
    prove: async () => ({}),
    sent: () => 0,
    read: () => [],
    [Symbol.asyncDispose]: async () => undefined,
  }),
}
