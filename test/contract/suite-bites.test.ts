import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { connectors } from '#connectors'
import { telegram } from '../../connectors/telegram/index.ts'
import type {
  Capabilities,
  Connector,
  ConnectorContext,
  ConnectorDescriptor,
} from '../../src/core/connector.ts'
import type { HttpClient } from '../../src/core/http.ts'
import type { OutboundMessage } from '../../src/core/message.ts'
import { plainText, visibleText } from '../../src/core/rich-text.ts'
import type { Check, Subject } from './bench.ts'
import { buttonChecks } from './check-buttons.ts'
import { fileChecks } from './check-files.ts'
import { limitChecks } from './check-limits.ts'
import { partChecks } from './check-parts.ts'
import type { ConnectorKit } from './kit.ts'
import { kits } from './kits.ts'
import { contractChecks } from './suite.ts'

const TELEGRAM = telegram as ConnectorDescriptor

/** A connector as it should be, but for this. */
interface Misdeed {
  readonly claims?: Partial<Capabilities>
  /** What it sends instead. */
  readonly sends?: (message: OutboundMessage) => OutboundMessage
  readonly does?: (good: Connector) => Partial<Connector>
  /** The HTTP that it sees. */
  readonly sees?: (http: HttpClient) => HttpClient
}

function badConnector(
  { claims, sends, does, sees }: Misdeed,
  original = TELEGRAM,
): ConnectorDescriptor {
  const create = (context: ConnectorContext): Connector => {
    const good = original.create({ ...context, http: sees?.(context.http) ?? context.http })
    const send: Connector['send'] = (chatId, message, line, call) =>
      good.send(chatId, sends?.(message) ?? message, line, call)
    return { ...good, send, ...does?.(good) }
  }
  return { ...original, capabilities: { ...original.capabilities, ...claims }, create }
}

function kitOf({ id, parent = '' }: ConnectorDescriptor): ConnectorKit {
  const kit = kits[id] ?? kits[parent]
  assert.ok(kit)
  return kit
}

/** The names of the checks that aren't passed. */
async function failedOf(checks: readonly Check[]): Promise<string[]> {
  const failed: string[] = []
  for (const check of checks) if (!(await passes(check))) failed.push(check.name)
  return failed
}

async function passes({ run }: Check): Promise<boolean> {
  return await run().then(
    () => true,
    () => false,
  )
}

function without(key: keyof OutboundMessage): Misdeed {
  const sends = (message: OutboundMessage): OutboundMessage => {
    const { [key]: _, ...rest } = message
    // Something must be left, or the good connector refuses it.
    return Object.keys(rest).length > 0 ? rest : { text: plainText('…') }
  }
  return { sends }
}

/** Takes every success of a call that shows something for one of the message. */
function believer({ request }: HttpClient): HttpClient {
  return {
    async request(outgoing) {
      const answer = await request(outgoing)
      const isOther = !/\/(?:send|edit|delete)\w+$/.test(outgoing.url)
      const isMessage = /"message_id":[1-9]/.test(answer.body)
      if (answer.status >= 300 || isOther || isMessage) return answer
      return { ...answer, body: '{"ok":true,"result":{"message_id":7}}' }
    },
  }
}

const EVERYTHING = 'loses no part of a message that has all of them'
const LAST = 'puts buttons on the last of several messages'
const BUTTONS = ['shows buttons as it says', 'loses no button that the channel can not show', LAST]
const ACTS = 'edits, deletes, shows typing and marks as read exactly if it says so'
const EDIT = 'loses nothing of a longer text when it edits'
const FLAGS = 'promises reactions and statuses that its updates show'
const NOBODY = 'knows a person who is not there, if it says so'
const TEMPLATE = 'sends a template if it says so, and refuses it else'
const LIMIT = 'sends a text as long as its limit in one message, and one unit more in two'
const SPLIT = 'splits a long text between words and loses none'
const NO_RECEIPT =
  "a success that isn't the channel's answer, or names no message, is never told as sent"
const ERROR_IN_SUCCESS =
  "a success with the channel's error in it is an error, and nothing was sent"
const ALL_FILES = [
  'sends a picture and a document by themselves',
  'sends files with a text, and several at once',
  'sends a file with a text as long as its limit',
]
const PLACE = 'sends a place with all that belongs to it'
const CONTACT = 'sends a contact with all that belongs to it'
const REPLY = 'answers a message as it says'

type Row = readonly [title: string, misdeed: Misdeed, caught: readonly string[]]
const ROWS: readonly Row[] = [
  ['is as it should be', {}, []],
  [
    'drops all parts and claims a text limit of 123',
    {
      claims: { textLimit: 123 },
      sends: ({ text = plainText('…') }) => ({ text }),
    },
    [TEMPLATE, LIMIT, SPLIT, ...ALL_FILES, ...BUTTONS, REPLY, PLACE, CONTACT, EVERYTHING],
  ],
  ['drops files', without('files'), [...ALL_FILES, REPLY, EVERYTHING]],
  [
    'drops all files but the first',
    {
      sends: ({ files, ...rest }) => ({ ...rest, ...(files ? { files: files.slice(0, 1) } : {}) }),
    },
    ['sends files with a text, and several at once', EVERYTHING],
  ],
  [
    'sends addresses instead of files',
    {
      sends: ({ files = [], text = [], ...rest }) => ({
        ...rest,
        text: [...text, ...plainText(files.map(({ url }) => `\n${url}`).join(''))],
      }),
    },
    ALL_FILES,
  ],
  ['drops buttons', without('buttons'), [...BUTTONS, EVERYTHING]],
  [
    'lists its buttons, which it says to show',
    {
      sends: ({ buttons = [], text = [], ...rest }) => ({
        ...rest,
        text: [
          ...text,
          ...plainText(
            buttons
              .flat()
              .map(({ text: label, url = '' }, index) => `\n${index + 1}. ${label} ${url}`)
              .join(''),
          ),
        ],
      }),
    },
    ['shows buttons as it says', LAST],
  ],
  ['shows its buttons, which it says to list', { claims: { buttons: 'list' } }, [BUTTONS[0] ?? '']],
  [
    'loses what belongs to its buttons',
    {
      sends: ({ buttons = [], ...rest }) => ({
        ...rest,
        buttons: buttons.map((row) => row.map(({ text }) => ({ text }))),
      }),
    },
    [...BUTTONS],
  ],
  ['drops the place', without('location'), [REPLY, PLACE, EVERYTHING]],
  [
    'drops the words of a place',
    {
      sends: ({ location, ...rest }) => {
        const { latitude = 0, longitude = 0 } = location ?? {}
        return { ...rest, ...(location ? { location: { latitude, longitude } } : {}) }
      },
    },
    [PLACE, EVERYTHING],
  ],
  ['drops the contact', without('contact'), [REPLY, CONTACT, EVERYTHING]],
  ['drops the answered message', without('replyTo'), [REPLY, EVERYTHING]],
  ['answers, and says that it can not', { claims: { replies: false } }, [REPLY, EVERYTHING]],
  ['claims a text limit of 123', { claims: { textLimit: 123 } }, [LIMIT, SPLIT, LAST]],
  ['claims a text limit in bytes', { claims: { textUnit: 'utf8' } }, [LIMIT, SPLIT]],
  [
    'cuts a long text off',
    {
      sends: ({ text = [], ...rest }) => ({
        ...rest,
        text: plainText(visibleText(text).slice(0, 4096)),
      }),
    },
    [LIMIT, SPLIT, LAST],
  ],
  [
    'says to have edited, deleted and typed, and has done nothing',
    {
      does: () => ({
        update: async (_chatId, messageId) => ({ messageIds: [messageId] }),
        remove: async () => undefined,
        typing: async () => undefined,
      }),
    },
    [ACTS, EDIT, NO_RECEIPT, ERROR_IN_SUCCESS],
  ],
  ['claims to mark as read', { claims: { markRead: true } }, [ACTS]],
  [
    'claims statuses that never come',
    { claims: { statuses: ['delivered', 'read', 'noAccount'] } },
    [FLAGS],
  ],
  ['says nothing of who is not there', { claims: { statuses: [] } }, [NOBODY]],
  ['claims templates', { claims: { templates: true } }, [TEMPLATE]],
  ['claims templates to the outbox alone', { does: () => ({ sendsTemplates: true }) }, [TEMPLATE]],
  ['says nothing of its reactions', { claims: { reactions: false } }, [FLAGS]],
  ['takes every success for a sent message', { sees: believer }, [NO_RECEIPT, ERROR_IN_SUCCESS]],
  [
    'sends to somebody else',
    {
      does: (good) => ({
        send: (_chatId, message, line, call) => good.send('56', message, line, call),
      }),
    },
    [
      'sends, and gives the ids of what the channel took',
      ACTS,
      EDIT,
      NOBODY,
      LIMIT,
      SPLIT,
      ...ALL_FILES,
      ...BUTTONS,
      REPLY,
      PLACE,
      CONTACT,
      EVERYTHING,
      NO_RECEIPT,
      ERROR_IN_SUCCESS,
    ],
  ],
]

describe('the contract suite catches a connector that', () => {
  for (const [title, misdeed, caught] of ROWS) {
    it(title, async () => {
      const checks = contractChecks(badConnector(misdeed), kitOf(TELEGRAM))
      const quick = checks.filter(({ name }) => !name.includes('golden'))
      assert.deepEqual(await failedOf(quick), caught)
    })
  }
})

type Drop = readonly [title: string, misdeed: Misdeed, checks: (subject: Subject) => Check[]]
const DROPS: readonly Drop[] = [
  ['drops files', without('files'), fileChecks],
  ['drops buttons', without('buttons'), buttonChecks],
  ['drops places', without('location'), partChecks],
  ['drops contacts', without('contact'), partChecks],
  ['drops answered messages', without('replyTo'), partChecks],
  ['claims a text limit of 123', { claims: { textLimit: 123 } }, limitChecks],
]

/** That what each channel was sent is really read. */
describe('the contract suite catches every connector that', () => {
  for (const [title, misdeed, checksOf] of DROPS) {
    it(title, async () => {
      const senders = connectors.filter((one) => kitOf(one).isHubs !== 'receives')
      for (const original of senders) {
        const isHarmless = title.includes('answered') && !original.capabilities.replies
        const subject = { descriptor: badConnector(misdeed, original), kit: kitOf(original) }
        const failed = await failedOf(checksOf(subject))
        assert.equal(failed.length > 0, !isHarmless, `${original.id}: ${failed.join('; ')}`)
      }
    })
  }
})
