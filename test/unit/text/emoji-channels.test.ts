import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import MarkdownIt from 'markdown-it'
import { plainText, type RichText, visibleText } from '../../../src/core/rich-text.ts'
import { toPlain } from '../../../src/text/channels/plain.ts'
import {
  emojiOfSkypeCode,
  emojiOfSkypeId,
  skypeCodeOfEmoji,
} from '../../../src/text/channels/skype-emoticons.ts'
import { readSlackText, writeSlackText } from '../../../src/text/channels/slack.ts'
import { slackNameOfEmoji } from '../../../src/text/channels/slack-emoji.ts'
import { toMarkdown } from '../../../src/text/channels/teams-markdown.ts'
import { toEntities } from '../../../src/text/channels/telegram-entities.ts'
import { readEntities } from '../../../src/text/channels/telegram-reader.ts'
import { readViberEmoticons, viberCodeOfEmoji } from '../../../src/text/channels/viber-emoticons.ts'
import { emojiTables } from '../../../src/text/emoji.ts'
import { parseText, renderText } from '../../../src/text/format.ts'
import { documentWithTable, findExceptions } from './emoji-exceptions.ts'

const NAMES = { text: 'bbcode', emoji: 'shortname' } as const
const all = [...emojiTables().nameByUnicode]
const exceptions = findExceptions()

/** What the portal wrote, as the hub holds it. */
function fromPortal(source: string): RichText {
  return parseText(source, NAMES)
}

function toPortal(text: RichText): string {
  return renderText(text, NAMES)
}

/** Every emoji between typed text, from the portal to a channel and back; `through` is the way there and back. */
function sendsEveryEmoji(title: string, through: (text: RichText) => RichText): void {
  it(title, () => {
    for (const [, name] of all) {
      const source = `a ${name} b`
      assert.equal(toPortal(through(fromPortal(source))), source)
    }
  })
}

/** The emoji of a channel that the table of exceptions explains, by their short names in backticks. */
function excepted(channel: string): Set<string> {
  const groups = exceptions.filter((group) => group.channel === channel)
  return new Set(groups.flatMap((group) => group.members))
}

describe('every emoji', () => {
  sendsEveryEmoji('goes through Telegram as text', (text) => {
    const sent = toEntities(text)
    return readEntities(sent.text, sent.entities)
  })

  it('goes through Telegram as the fallback of a custom emoji, with and without U+FE0F', () => {
    for (const [emoji, name] of all) {
      if (/^[0-9#*]\uFE0F$/.test(emoji)) continue
      for (const shown of [emoji, emoji.replaceAll('\uFE0F', '')]) {
        const entity = {
          type: 'custom_emoji',
          offset: 2,
          length: shown.length,
          custom_emoji_id: '1',
        }
        const read = readEntities(`a ${shown} b`, [entity])
        assert.equal(toPortal(read), `a ${name} b`)
        const back = toEntities(fromPortal(toPortal(read)))
        assert.equal(back.text, `a ${emoji} b`)
      }
    }
  })

  sendsEveryEmoji("goes through the Bot Framework's plain text", (text) => plainText(toPlain(text)))

  const markdown = new MarkdownIt()
  sendsEveryEmoji("goes through the Bot Framework's markdown", (text) => {
    const [paragraph] = markdown.parse(toMarkdown(text), {}).filter(({ type }) => type === 'inline')
    return plainText(paragraph?.children?.map(({ content }) => content).join('') ?? '')
  })

  sendsEveryEmoji('goes through Slack, which makes names of those it knows', (text) => {
    const shown = writeSlackText(text)
    const emoji = visibleText(text).slice(2, -2)
    const name = slackNameOfEmoji(emoji)
    return readSlackText(name === undefined ? shown : shown.replace(emoji, `:${name}:`))
  })

  it('goes through Skype by its code or as Unicode', () => {
    const without = excepted('Skype codes')
    for (const [emoji, name] of all) {
      const typed = skypeCodeOfEmoji(emoji)
      assert.equal(typed === undefined, without.has(`\`${name}\``), name)
      const read: RichText = [
        { type: 'emoji', value: typed === undefined ? emoji : (emojiOfSkypeCode(typed) ?? typed) },
      ]
      const isSign = /^[0-9#*]\uFE0F$/.test(emoji)
      assert.equal(toPortal(isSign ? plainText(emoji) : read), name)
      if (typed !== undefined) assert.equal(emojiOfSkypeId(typed.slice(1, -1)) ?? emoji, emoji)
    }
  })

  it('goes through Viber by its code or as Unicode', () => {
    const without = excepted('Viber codes')
    for (const [emoji, name] of all) {
      const typed = viberCodeOfEmoji(emoji)
      assert.equal(typed === undefined, without.has(`\`${name}\``), name)
      assert.equal(toPortal(readViberEmoticons(`a ${typed ?? emoji} b`)), `a ${name} b`)
    }
  })
})

describe('the exceptions', () => {
  it('each have a reason', () => {
    for (const { channel, what, reason, members } of exceptions) {
      assert.notEqual(reason, 'unexplained', `${channel}: ${members.join(' ')}`)
      assert.ok(what.length >= 5 && reason.length > 20)
    }
  })

  it('of Slack are as many as are known', () => {
    const bySlack = exceptions.filter(({ channel }) => channel === 'Slack')
    assert.deepEqual(
      bySlack.map(({ members }) => members.length),
      [26, 4, 12, 6, 52],
    )
  })

  it('stand in docs/emoji.md as they are (renew: npm run docs)', () => {
    const { is, should } = documentWithTable()
    assert.equal(is, should)
  })
})
