import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { emojiOfSkypeCode, skypeCodeOfEmoji } from '../../../src/text/channels/skype-emoticons.ts'
import { emojiOfSlackName, slackNameOfEmoji } from '../../../src/text/channels/slack-emoji.ts'
import skype from '../../../src/text/channels/tables/skype-emoticons.json' with { type: 'json' }
import slack from '../../../src/text/channels/tables/slack-names.json' with { type: 'json' }
import viber from '../../../src/text/channels/tables/viber-emoticons.json' with { type: 'json' }
import { viberCodeOfEmoji } from '../../../src/text/channels/viber-emoticons.ts'
import { emojiTables, nameOfEmoji } from '../../../src/text/emoji.ts'

/**
 * What does not come back from a channel exactly as it was sent, found by trying every emoji, name and code. The table in
 * docs/emoji.md is made of it: `node test/unit/text/emoji-exceptions.ts` prints it, `--write` puts it there.
 */
export interface ExceptionGroup {
  readonly channel: string
  readonly what: string
  readonly reason: string
  readonly members: readonly string[]
}

const DOCUMENT = new URL('../../../docs/emoji.md', import.meta.url)
const BEGIN = '<!-- exceptions: written by test/unit/text/emoji-exceptions.ts -->'
const END = '<!-- end of exceptions -->'

/** Groups with more than the first are shown by as many as the second. */
const LONG_GROUP = 60
const SHOWN_OF_LONG = 12

type Rule = readonly [fits: (emoji: string, name: string) => boolean, what: string, reason: string]

const strategy: Readonly<Record<string, { shortname: string; keywords: readonly string[] }>> =
  createRequire(import.meta.url)('emoji-toolkit/emoji_strategy.json')
const versionOf = new Map(
  Object.values(strategy).map(({ shortname, keywords }) => [
    shortname,
    Number(keywords.find((word) => /^uc\d+$/.test(word))?.slice(2)),
  ]),
)

const isToned = (emoji: string): boolean => /.\p{EMod}/u.test(emoji)
const isFlag = (emoji: string): boolean => /^\p{RI}\p{RI}$|\u{E007F}$/u.test(emoji)
const isFlagLetter = (emoji: string): boolean => /^\p{RI}$/u.test(emoji)
const isSign = (emoji: string): boolean => /^[0-9#*]\uFE0F$/.test(emoji)
const isHair = (emoji: string): boolean => /^[🦰🦱🦲🦳]$/u.test(emoji)
const always = (): boolean => true

const UNICODE = 'Sent and received as Unicode, which the channel shows.'

export function findExceptions(): ExceptionGroup[] {
  const emoji = [...emojiTables().nameByUnicode]
  return [
    ...shortNameExceptions(emoji),
    ...bySlack(emoji),
    ...bySkype(emoji),
    ...byViber(emoji),
  ].filter((group) => group.members.length > 0)
}

function shortNameExceptions(emoji: readonly (readonly [string, string])[]): ExceptionGroup[] {
  const { unicodeByName, nameByUnicode } = emojiTables()
  const alternates = [...unicodeByName]
    .filter(([name, unicode]) => nameByUnicode.get(unicode) !== `:${name}:`)
    .map(([name, unicode]) => `\`:${name}:\` → \`${nameByUnicode.get(unicode)}\``)
  const channel = 'Short names (portals)'
  return [
    {
      channel,
      what: 'alternate names',
      reason: 'One emoji has several names; all are read, the first is written.',
      members: alternates,
    },
    {
      channel,
      what: 'emoji typed without one or all of their U+FE0F',
      reason:
        'The name would bring them back with it. They pass as the Unicode that was typed; where the channel itself says that it is an emoji, they are named.',
      members: emoji
        .filter(([unicode]) => unicode.includes('\uFE0F'))
        .map(([, name]) => code(name)),
    },
    {
      channel,
      what: 'digits, `#` and `*` that a channel declares an emoji without U+FE0F',
      reason:
        'They are characters of ordinary text and stay that. With U+FE0F or as keycaps they have names.',
      members: emoji
        .filter(([unicode]) => nameOfEmoji(unicode) === undefined)
        .map(([unicode]) => code(unicode.replace('\uFE0F', ''))),
    },
  ]
}

function bySlack(emoji: readonly (readonly [string, string])[]): ExceptionGroup[] {
  const channel = 'Slack'
  const without = emoji.filter(([unicode]) => {
    const name = slackNameOfEmoji(unicode)
    return name === undefined || emojiOfSlackName(name) !== unicode
  })
  const { unicodeByName } = emojiTables()
  const names = Object.entries(slack).flatMap(([unicode, list]) =>
    list.split(' ').map((name, index) => ({ unicode, name, first: list.split(' ')[0], index })),
  )
  return [
    ...sortInto(channel, without, [
      [isFlagLetter, 'single flag letters', `No emoji by themselves for Slack. ${UNICODE}`],
      [isHair, 'hair by itself', `Slack names it only as part of a person. ${UNICODE}`],
      [isSign, 'digits and signs with U+FE0F', `No emoji for Slack without the keycap. ${UNICODE}`],
    ]),
    {
      channel,
      what: 'names that emoji-toolkit gives to another emoji',
      reason: "In Slack's text Slack's meaning counts, in a portal's emoji-toolkit's.",
      members: names
        .filter(({ name, unicode }) => (unicodeByName.get(name) ?? unicode) !== unicode)
        .map(
          ({ name, unicode }) => `\`:${name}:\` ${unicode} (portal: ${unicodeByName.get(name)})`,
        ),
    },
    {
      channel,
      what: 'alternate names',
      reason: 'One emoji has several names; all are read, the first is what Slack makes of it.',
      members: names
        .filter(({ index }) => index > 0)
        .map(({ name, first }) => `\`:${name}:\` → \`:${first}:\``),
    },
  ]
}

function bySkype(emoji: readonly (readonly [string, string])[]): ExceptionGroup[] {
  const channel = 'Skype codes'
  const without = emoji.filter(([unicode]) => {
    const typed = skypeCodeOfEmoji(unicode)
    return typed === undefined || emojiOfSkypeCode(typed) !== unicode
  })
  const isNew = (_: string, name: string): boolean => (versionOf.get(name) ?? 0) > 12
  const classic = Object.entries(skype.classic).map(([id, list]) => [id, list.split(' ')] as const)
  return [
    ...sortInto(channel, without, [
      [isToned, 'with a skin tone', `Typed codes have none. ${UNICODE}`],
      [isFlag, 'flags', `No codes in the list that equal a flag's name. ${UNICODE}`],
      [isFlagLetter, 'single flag letters', `Skype has none. ${UNICODE}`],
      [isSign, 'digits and signs with U+FE0F', `Skype has none. ${UNICODE}`],
      [isNew, 'newer than Unicode 12', `The code list was matched with Unicode 12. ${UNICODE}`],
      [always, 'others', `No code's name equals the emoji's. ${UNICODE}`],
    ]),
    {
      channel,
      what: 'emoticons that share an emoji with another',
      reason: 'Skype has two pictures, Unicode one: the second comes back as the first.',
      members: classic.flatMap(([id, [unicode = '', own = '']]) => {
        const written = skypeCodeOfEmoji(unicode)
        return written === own ? [] : [`\`${id}\` ${unicode} → \`${written}\``]
      }),
    },
    {
      channel,
      what: 'code of two emoticons',
      reason: 'It may mean Movember or money: it stays as typed.',
      members: emojiOfSkypeCode('(mo)') === undefined ? ['`(mo)`'] : [],
    },
  ]
}

function byViber(emoji: readonly (readonly [string, string])[]): ExceptionGroup[] {
  const channel = 'Viber codes'
  const codes = new Map(Object.entries(viber))
  const without = emoji.filter(([unicode]) => {
    const typed = viberCodeOfEmoji(unicode)
    return typed === undefined || codes.get(typed) !== unicode
  })
  return [
    ...sortInto(channel, without, [
      [always, 'emoji without a picture of its own', `Viber has 284. ${UNICODE}`],
    ]),
    {
      channel,
      what: 'codes that share an emoji with another',
      reason: 'Viber has two pictures, Unicode one: the second comes back as the first.',
      members: [...codes].flatMap(([typed, unicode]) => {
        const written = viberCodeOfEmoji(unicode)
        return written === typed ? [] : [`\`${typed}\` ${unicode} → \`${written}\``]
      }),
    },
  ]
}

/** Each emoji under the first rule that fits it; what no rule explains is 'unexplained'. */
function sortInto(
  channel: string,
  emoji: readonly (readonly [string, string])[],
  rules: readonly Rule[],
): ExceptionGroup[] {
  const all: Rule[] = [...rules, [always, 'unexplained', 'unexplained']]
  const members = all.map((): string[] => [])
  for (const [unicode, name] of emoji) {
    members[all.findIndex(([fits]) => fits(unicode, name))]?.push(code(name))
  }
  return all.map(([, what, reason], index) => ({
    channel,
    what,
    reason,
    members: members[index] ?? [],
  }))
}

function code(value: string): string {
  return `\`${value}\``
}

/** The table as it stands in docs/emoji.md. */
export function exceptionTable(): string {
  const rows = findExceptions().map(({ channel, what, reason, members }) => {
    const isLong = members.length > LONG_GROUP
    const shown = isLong ? [...members.slice(0, SHOWN_OF_LONG), '…'] : members
    return `| ${channel} | ${what} | ${members.length} | ${reason} | ${shown.join(', ')} |`
  })
  return [
    '| channel | what | how many | why | which |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n')
}

/** docs/emoji.md with the table as it should be. */
export function documentWithTable(): { is: string; should: string } {
  const is = readFileSync(DOCUMENT, 'utf8')
  const begin = is.indexOf(BEGIN) + BEGIN.length
  const end = is.indexOf(END)
  return { is, should: `${is.slice(0, begin)}\n\n${exceptionTable()}\n\n${is.slice(end)}` }
}

if (import.meta.main) {
  if (process.argv.includes('--write')) writeFileSync(DOCUMENT, documentWithTable().should)
  else process.stdout.write(`${exceptionTable()}\n`)
}
