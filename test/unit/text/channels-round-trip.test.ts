import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import MarkdownIt from 'markdown-it'
import { readText } from '../../../connectors/botframework/inbound-text.ts'
import { chooseWriting, type TextDialect } from '../../../connectors/botframework/outbound-text.ts'
import { plainText, type RichText, visibleText } from '../../../src/core/rich-text.ts'
import type { TextActivity } from '../../../src/text/channels/activity.ts'
import { skypeCodeOfEmoji } from '../../../src/text/channels/skype-emoticons.ts'
import { toEntities } from '../../../src/text/channels/telegram-entities.ts'
import { parseTelegramHtml, renderTelegramHtml } from '../../../src/text/channels/telegram-html.ts'
import { readEntities } from '../../../src/text/channels/telegram-reader.ts'
import { parseText, renderText } from '../../../src/text/format.ts'
import { nastyString, richTextArbitrary } from '../../helpers/rich-text.ts'

const NAMES = { text: 'bbcode', emoji: 'shortname' } as const
const nasty = nastyString()
const wellFormed = nastyString({ hasHalves: false })
/** As it comes from a portal; an emoji in two halves under different marks is none. */
const written = nastyString({ hasControls: false, hasHalves: false }).map((value) =>
  value.replaceAll('\r', '').replace(/^\ufe0f+/, ''),
)
const tree = richTextArbitrary({ text: written, id: fc.constantFrom('55', '29:1aB_-xyz') })
/** Without what shows more than its text: links say their address where they can't be links. */
const unlinked = richTextArbitrary({
  text: written,
  types: [
    'text',
    'emoji',
    'bold',
    'italic',
    'underline',
    'strike',
    'quote',
    'spoiler',
    'code',
    'pre',
  ],
})

/** What a portal would send back after having read this. */
function throughPortal(text: RichText): RichText {
  return parseText(renderText(text, NAMES), NAMES)
}

/** What is to be seen, but for what a channel may lay out anew or replace: white space, and what no eye sees. */
function ink(value: string): string {
  return value
    .toWellFormed()
    .replaceAll('\ufe0f', '')
    .replace(/[\s\p{Cc}\u200b\u00ad\u2028\u2029\ufeff\ufffd]/gu, '')
}

/** Skype shows its codes as emoji, whoever wrote them. */
function withSkypeCodes(value: string): string {
  return value.replace(/\p{RGI_Emoji}/gv, (emoji) => skypeCodeOfEmoji(emoji) ?? emoji)
}

function escapeHtml(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

interface Channel {
  readonly title: string
  readonly dialect: TextDialect
  /** The activity by which the channel tells of a text that a person typed. */
  typed(value: string): TextActivity
  /** The activity by which it would tell of a message that shows what the hub sent. */
  echo(written: ReturnType<typeof write>): TextActivity
}

function write(text: RichText, dialect: TextDialect) {
  return chooseWriting(text, dialect).write(text)
}

const markdownIt = new MarkdownIt({ linkify: false })

function teamsHtml(html: string): TextActivity {
  return { channelId: 'msteams', attachments: [{ contentType: 'text/html', content: html }] }
}

/** With a tag of Skype's own, so that all of it is XML. */
function typedInSkype(value: string): TextActivity {
  return { channelId: 'skype', text: `${escapeHtml(value)}<e_m ts="1"></e_m>` }
}

const CHANNELS: readonly Channel[] = [
  {
    title: 'Teams (HTML)',
    dialect: 'teams',
    typed: (value) => teamsHtml(`<p>${escapeHtml(value).replaceAll('\n', '<br>')}</p>`),
    echo: ({ text = '', textFormat, entities }) =>
      textFormat === 'plain'
        ? teamsHtml(`<p>${escapeHtml(text).replaceAll('\n', '<br>')}</p>`)
        : { ...teamsHtml(markdownIt.render(text)), entities: [...(entities ?? [])] },
  },
  {
    title: 'Skype (XML)',
    dialect: 'skype',
    typed: typedInSkype,
    echo: ({ text = '', textFormat }) =>
      textFormat === 'xml' ? { channelId: 'skype', text, textFormat } : typedInSkype(text),
  },
  {
    title: 'Slack',
    dialect: 'slack',
    typed: (value) => ({ channelId: 'slack', text: escapeHtml(value) }),
    echo: ({ text = '', channelData }) => ({
      channelId: 'slack',
      text: channelData ? String(channelData['text']) : escapeHtml(text),
    }),
  },
  {
    title: 'Telegram (Bot Framework)',
    dialect: 'telegram',
    typed: (value) => ({
      channelId: 'telegram',
      text: value,
      channelData: { message: { text: value } },
    }),
    echo: ({ text, channelData }) => {
      const parameters = channelData?.['parameters'] as { text: string } | undefined
      if (!parameters) return { channelId: 'telegram', text }
      const shown = toEntities(parseTelegramHtml(parameters.text))
      return { channelId: 'telegram', text: shown.text, channelData: { message: shown } }
    },
  },
  {
    title: 'Web Chat (plain)',
    dialect: 'markdown',
    typed: (value) => ({ channelId: 'webchat', text: value, textFormat: 'plain' }),
    echo: (written) => ({ channelId: 'webchat', ...written }) as TextActivity,
  },
  {
    title: 'Direct Line (markdown)',
    dialect: 'markdown',
    typed: (value) => ({ channelId: 'directline', text: value, textFormat: 'markdown' }),
    echo: (written) => ({ channelId: 'directline', ...written }) as TextActivity,
  },
  ...['line', 'groupme', 'email', 'sms'].map(
    (channelId): Channel => ({
      title: channelId,
      dialect: 'plain',
      typed: (value) => ({ channelId, text: value }),
      echo: ({ text }) => ({ channelId, text }),
    }),
  ),
]

/** Once sent as a picture to Markdown: the address becomes a link there, and no mark parts it from the `!`. */
const ADDRESS_BEHIND_A_MARK: RichText = [
  { type: 'text', value: '!' },
  {
    type: 'bold',
    children: [
      { type: 'text', value: 'https://a.b/c_d_e' },
      { type: 'text', value: '&#xD800;' },
    ],
  },
  { type: 'text', value: 'amp;' },
]

for (const { title, dialect, typed, echo } of CHANNELS) {
  describe(`${title}: any text`, () => {
    const isMarked = title === 'Slack' || title.includes('markdown')
    const seenAs = (value: string): string => (dialect === 'skype' ? withSkypeCodes(value) : value)
    const see = (text: RichText): string => ink(seenAs(visibleText(text)))

    it('reaches the portal as it was seen, and comes back the same', () => {
      fc.assert(
        fc.property(isMarked ? wellFormed : nasty, (value) => {
          const { text } = readText(typed(value))
          const received = throughPortal(text)
          assert.equal(visibleText(received), visibleText(text))
          if (!isMarked) assert.equal(see(text), ink(seenAs(value)))
          const back = readText(echo(write(received, dialect)))
          const [shown, seen] = [see(back.text), see(text)]
          // Where marks were typed, a link may come from them whose address has to be said.
          if (isMarked) assert.ok(isWithin(seen, shown), shown)
          else assert.equal(shown, seen)
        }),
        { numRuns: 1000 },
      )
    })

    it('from the portal is shown as it was written', () => {
      fc.assert(
        fc.property(unlinked, (text) => {
          const back = readText(echo(write(text, dialect)))
          assert.equal(withoutSigns(see(back.text)), withoutSigns(see(text)))
        }),
        { numRuns: 1000, examples: [[ADDRESS_BEHIND_A_MARK]] },
      )
    })

    it('with links and people loses nothing', () => {
      fc.assert(
        fc.property(tree, (text) => {
          const shown = see(readText(echo(write(text, dialect))).text)
          assert.ok(isWithin(withoutMarks(see(text)), shown), shown)
        }),
        { numRuns: 1000 },
      )
    })
  })
}

/** Quotes stand behind `>` where a channel has none. */
function withoutSigns(value: string): string {
  return value.replaceAll('>', '')
}

/** In a person's name Teams shows likenesses of what it would read. */
function withoutMarks(value: string): string {
  return value.replace(/[<>*~_`\\&(@]/g, '')
}

/** Do the characters of `part` stand in `whole` in this order? */
function isWithin(part: string, whole: string): boolean {
  let at = 0
  for (const sign of part) {
    at = whole.indexOf(sign, at)
    if (at < 0) return false
    at += sign.length
  }
  return true
}

describe('Telegram: any text', () => {
  const entity = fc.record({
    type: fc.constantFrom(
      ...['bold', 'italic', 'code', 'pre', 'blockquote', 'expandable_blockquote', 'custom_emoji'],
      ...['text_link', 'text_mention', 'url', 'date_time', 'spoiler', 'strikethrough'],
    ),
    offset: fc.integer({ min: -3, max: 40 }),
    length: fc.integer({ min: -3, max: 40 }),
    url: fc.constantFrom(undefined, 'https://a.b/c', 'javascript:x', 'tg://user?id=5'),
    user: fc.constantFrom(undefined, { id: 5 }),
  })

  it('with any entities reaches the portal as it was seen, and comes back the same', () => {
    fc.assert(
      fc.property(wellFormed, fc.array(entity, { maxLength: 6 }), (value, entities) => {
        const text = readEntities(value, entities)
        assert.ok(isWithin(value, visibleText(text)))
        const received = throughPortal(text)
        // An emoji that Telegram marks as one gets its full form.
        const [before, after] = [text, received].map((one) =>
          visibleText(one).replaceAll('\ufe0f', ''),
        )
        assert.equal(after, before)
        const sent = toEntities(received)
        assert.ok(isWithin(ink(before ?? ''), ink(sent.text).replaceAll('\ufe0f', '')))
      }),
      { numRuns: 1000 },
    )
  })

  it('without entities is the same character for character', () => {
    fc.assert(
      fc.property(wellFormed, (value) => {
        assert.equal(toEntities(throughPortal(readEntities(value))).text, value)
      }),
      { numRuns: 1000 },
    )
  })

  it('is the same in entities and in HTML', () => {
    fc.assert(
      fc.property(tree, (text) => {
        const { text: shown, entities } = toEntities(text)
        const html = parseTelegramHtml(renderTelegramHtml(text))
        assert.equal(visibleText(html), shown)
        assert.equal(visibleText(readEntities(shown, entities)), shown)
      }),
      { numRuns: 1000 },
    )
  })

  it('as HTML of any kind is read, and shown as HTML again', () => {
    fc.assert(
      fc.property(wellFormed, (source) => {
        const text = parseTelegramHtml(source)
        const again = parseTelegramHtml(renderTelegramHtml(text))
        assert.ok(isWithin(ink(visibleText(text)), ink(visibleText(again))))
      }),
      { numRuns: 1000 },
    )
  })

  it('typed is text in HTML', () => {
    fc.assert(
      fc.property(wellFormed, (value) => {
        const html = renderTelegramHtml(plainText(value))
        assert.equal(visibleText(parseTelegramHtml(html)), value.replace(/\r\n?/g, '\n'))
      }),
      { numRuns: 1000 },
    )
  })
})
