import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { readText } from '../../../connectors/botframework/inbound-text.ts'
import { chooseWriting, type WrittenText } from '../../../connectors/botframework/outbound-text.ts'
import { profileOf } from '../../../connectors/botframework/virtual.ts'
import { messengerTraits } from '../../../connectors/facebook/traits.ts'
import { instagramTraits } from '../../../connectors/instagram/traits.ts'
import type { MessagingTraits } from '../../../connectors/meta/messaging-traits.ts'
import type { RichText } from '../../../src/core/rich-text.ts'
import type { TextActivity } from '../../../src/text/channels/activity.ts'
import { writeMessengerText } from '../../../src/text/channels/messenger.ts'
import { readSlackText, writeSlackText } from '../../../src/text/channels/slack.ts'
import { toEntities } from '../../../src/text/channels/telegram-entities.ts'
import { type InEntity, readEntities } from '../../../src/text/channels/telegram-reader.ts'
import { readViberText, writeViberText } from '../../../src/text/channels/viber.ts'
import { readVkText } from '../../../src/text/channels/vk-reader.ts'
import { type VkFormatItem, writeVkText } from '../../../src/text/channels/vk-writer.ts'
import { readWhatsAppText, writeWhatsAppText } from '../../../src/text/channels/whatsapp.ts'
import { parseText, renderText } from '../../../src/text/format.ts'

/** What a table's `in` and `out` hold depends on its channel and is said in its `about`. */
interface Case {
  readonly title: string
  /** Absent: only the way from the portal is shown. */
  readonly in?: unknown
  readonly bbcode: string
  readonly out: unknown
  /** Why the way back differs; required where it does. */
  readonly note?: string
  /** One of the Bot Framework's channels, where a table is about several. */
  readonly channel?: string
  /** Id of the message that the text says it answers. */
  readonly replyTo?: string
}

interface Table {
  readonly channel: string
  readonly about: string
  readonly cases: readonly Case[]
}

/** How a table is read and written. */
interface Channel {
  /** The table, where it is another channel's that has the same dialect; by default the one of the channel's name. */
  readonly table?: string
  read(given: unknown, one: Case): { readonly text: RichText; readonly replyToId?: string }
  write(text: RichText, one: Case): unknown
  /** Is `out` in the form of `in`, so that a difference needs a note? */
  readonly isSymmetric: boolean
}

const NAMES = { text: 'bbcode', emoji: 'shortname' } as const
const BOT = { id: '28:desk' }

const TELEGRAM: Channel = {
  read(given) {
    if (typeof given === 'string') return { text: readEntities(given) }
    const { text, entities } = given as { text: string; entities: InEntity[] }
    return { text: readEntities(text, entities) }
  },
  write(text) {
    const sent = toEntities(text)
    return sent.entities.length === 0 ? sent.text : sent
  },
  isSymmetric: true,
}

function botFramework(
  name: string,
  toActivity: (text: string) => TextActivity,
  isSymmetric: boolean,
): Channel {
  return {
    read(given, { channel = name }) {
      const piece = typeof given === 'string' ? toActivity(given) : (given as TextActivity)
      return readText({ channelId: channel, recipient: BOT, ...piece })
    },
    write: (text, { channel = name }) =>
      shorten(chooseWriting(text, profileOf(channel).dialect).write(text)),
    isSymmetric,
  }
}

/** `{plain}`, `{markdown}`, `{xml}`, `{mrkdwn}`, `{html}`, and whom an `<at>` names; a string is plain text. */
function shorten({ text, textFormat, entities, channelData }: WrittenText): unknown {
  const native = channelData?.['parameters'] as { text: string; parse_mode: string } | undefined
  if (native) return { html: native.text }
  if (channelData) return { mrkdwn: channelData['text'] }
  if (textFormat === 'plain') return text
  const people = entities?.map((entity) => [entity.text, entity.mentioned.id])
  return { [textFormat ?? '']: text, ...(people ? { people: Object.fromEntries(people) } : {}) }
}

const VIBER: Channel = {
  read: (given) => ({ text: readViberText(String(given)) }),
  write: (text) => writeViberText(text),
  isSymmetric: true,
}

const VK: Channel = {
  read(given) {
    if (typeof given === 'string') return { text: readVkText(given) }
    const { text, items } = given as { text: string; items: VkFormatItem[] }
    return { text: readVkText(text, { items: items.map((item) => ({ ...item })) }) }
  },
  write(text) {
    const { message, items } = writeVkText(text)
    return items.length === 0 ? message : { text: message, items }
  },
  isSymmetric: true,
}

const WHATSAPP: Channel = {
  read: (given) => ({ text: readWhatsAppText(String(given)) }),
  write: (text) => writeWhatsAppText(text),
  isSymmetric: true,
}

/** Everything is mrkdwn there, also what the Bot Framework may be told is plain. */
const SLACK_WEB_API: Channel = {
  table: 'slack',
  read: (given) => ({ text: readSlackText(String(given)) }),
  write(text, { out }) {
    const written = writeSlackText(text)
    return typeof out === 'string' ? written : { mrkdwn: written }
  },
  isSymmetric: true,
}

function meta(traits: MessagingTraits): Channel {
  return {
    read: (given) => ({ text: traits.readText(String(given)) }),
    write: (text) => writeMessengerText(text),
    isSymmetric: true,
  }
}

const CHANNELS: Readonly<Record<string, Channel>> = {
  telegram: TELEGRAM,
  viber: VIBER,
  facebook: meta(messengerTraits),
  instagram: meta(instagramTraits),
  vk: VK,
  whatsapp: WHATSAPP,
  teams: botFramework(
    'msteams',
    (html) => ({ attachments: [{ contentType: 'text/html', content: html }] }),
    false,
  ),
  skype: botFramework('skype', (text) => ({ text }), false),
  slack: botFramework('slack', (text) => ({ text }), true),
  'slack-web-api': SLACK_WEB_API,
  'markdown-channel': botFramework(
    'directline',
    (text) => ({ text, textFormat: 'markdown' }),
    true,
  ),
  plain: botFramework('sms', (text) => ({ text, textFormat: 'plain' }), true),
}

for (const [name, { table = name, read, write, isSymmetric }] of Object.entries(CHANNELS)) {
  const file = new URL(`../../fixtures/text/${table}.json`, import.meta.url)
  const { channel, cases }: Table = JSON.parse(readFileSync(file, 'utf8'))

  describe(`${channel}: each case of ${table}.json, as ${name}`, () => {
    it('is one of at least 60, with a title of its own', () => {
      assert.ok(cases.length >= 60, `${cases.length}`)
      assert.equal(new Set(cases.map(({ title }) => title)).size, cases.length)
    })

    for (const one of cases) {
      // More than text is of the table's own channel alone.
      if (table !== name && typeof one.in === 'object') continue
      it(one.title, () => {
        if (one.in !== undefined) {
          const { text, replyToId } = read(one.in, one)
          assert.equal(renderText(text, NAMES), one.bbcode, 'to the portal')
          assert.equal(replyToId, one.replyTo)
        }
        assert.deepEqual(write(parseText(one.bbcode, NAMES), one), one.out, 'to the channel')
        const isChanged = isSymmetric && one.in !== undefined && !isSame(one.in, one.out)
        if (isChanged) assert.ok(one.note, 'a way back that differs needs a note')
      })
    }
  })
}

/** The text counts, whether it is sent as plain or as what the channel reads markup in. */
function isSame(given: unknown, sent: unknown): boolean {
  return textOf(given) === textOf(sent)
}

function textOf(piece: unknown): string {
  if (typeof piece === 'string') return piece
  const { entities, items, ...rest } = piece as Record<string, unknown>
  if (entities || items) return JSON.stringify(piece)
  return String(rest['text'] ?? rest['markdown'] ?? rest['mrkdwn'] ?? rest['xml'] ?? rest['html'])
}
