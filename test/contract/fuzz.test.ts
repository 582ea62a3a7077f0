import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ParsedUpdate } from '../../src/core/connector.ts'
import { BadUpdateError } from '../../src/core/errors.ts'
import type { InboundEvent } from '../../src/core/event.ts'
import { visibleText } from '../../src/core/rich-text.ts'
import {
  type GoldenUpdate,
  nameOf,
  type Path,
  pathsIn,
  readGoldenUpdates,
  valueAt,
} from './golden.ts'

/** What a whole update is known by: without it, and with another, the body isn't the channel's and may be refused. */
const IDENTIFIES: Readonly<Record<string, RegExp>> = {
  telegram: /^update_id$/,
  viber: /^event$/,
  vk: /^(?:type|group_id)$/,
  botframework: /^type$/,
  facebook: /^(?:object|entry)$/,
  instagram: /^(?:object|entry)$/,
  whatsapp: /^(?:object|entry)$/,
  slack: /^type$/,
  // Whose post it is comes with the token, and what is said must be within its bounds.
  webchat: /^(?:visitor|type|id|text|payload|status|messageIds)$/,
  webform: /^fields(?:\.|$)/,
}

/** Fields that say whose update it is or who wrote it: with another value the connector may rightly leave it out. */
const MAY_BE_IGNORED: Readonly<Record<string, RegExp>> = {
  // A kind that nobody is interested in, or an update of this hub's own messages.
  telegram: /reaction/,
  viber: /^event$/,
  // Of what the community sent, only the person who wrote it tells a message from an echo.
  vk: /admin_author_id$|(?:^|\.)out$|^type$/,
  // A line of one channel passes over those of others.
  botframework: /^(?:channelId|from|recipient)/,
  // One address is for all accounts of an app.
  facebook: /^(?:object|entry|entry\.(?:id|messaging|standby|changes))$/,
  instagram: /^(?:object|entry|entry\.(?:id|messaging|standby|changes))$/,
  whatsapp:
    /^(?:object|entry|entry\.changes(?:\.value)?)$|value\.(?:messages|statuses)$|metadata\.phone_number_id$/,
}

/** Fields by which other words are found (a button's label, a person's name) or of which addresses are made. */
const NAMES_OTHERS: Readonly<Record<string, RegExp>> = {
  telegram: /reply_markup|callback_query\.data$/,
  viber: /^message\.text$/,
  vk: /attachments\.(?:wall|wall_reply)/,
  botframework: /^(?:text|entities)(?:\.|$)/,
  // Which name is the card's, and which stands in the text.
  whatsapp: /messages\.contacts/,
  // What a field is called says what it means.
  webform: /^fields\./,
}

const LEFT_OUT = Symbol('left out')
const REPLACEMENTS = [LEFT_OUT, null, 7, 'odd', '', {}, [], [null], true] as const

function change(value: unknown, path: Path, replacement: unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined) return replacement
  if (Array.isArray(value)) {
    const copy: unknown[] = [...(value as unknown[])]
    if (rest.length > 0) copy[Number(key)] = change(copy[Number(key)], rest, replacement)
    else if (replacement === LEFT_OUT) copy.splice(Number(key), 1)
    else copy[Number(key)] = replacement
    return copy
  }
  const { [key]: inner, ...others } = value as Record<string, unknown>
  if (rest.length > 0) return { ...others, [key]: change(inner, rest, replacement) }
  return replacement === LEFT_OUT ? others : { ...others, [key]: replacement }
}

function describeChange(path: Path, replacement: unknown): string {
  const how = replacement === LEFT_OUT ? 'left out' : `= ${JSON.stringify(replacement)}`
  return `${path.join('.')} ${how}`
}

/** What a person wrote, and what buttons said, word by word. */
function wordsOf(events: readonly InboundEvent[]): string[] {
  const texts = events.flatMap((event) => {
    if (event.type === 'message.new' || event.type === 'message.updated') {
      const { text } = event.message
      return text ? [visibleText(text)] : []
    }
    return event.type === 'button' ? [event.payload, event.text ?? ''] : []
  })
  return texts.flatMap(split)
}

/** Files, places and contacts. */
function countParts(events: readonly InboundEvent[]): number {
  return events
    .map((event) => {
      if (event.type !== 'message.new' && event.type !== 'message.updated') return 0
      const { files = [], location, contact } = event.message
      return files.length + (location ? 1 : 0) + (contact ? 1 : 0)
    })
    .reduce((sum, count) => sum + count, 0)
}

function isMissed({ events, unreadable = [] }: ParsedUpdate): boolean {
  return unreadable.length > 0 || events.some(({ type }) => type === 'unsupported')
}

function check(golden: GoldenUpdate, before: ParsedUpdate, path: Path, replacement: unknown): void {
  const { real, update, parse } = golden
  const what = describeChange(path, replacement)
  let parsed: ParsedUpdate
  try {
    parsed = parse(change(update, path, replacement))
  } catch (error) {
    assert.ok(error instanceof BadUpdateError, `${what}: ${String(error)}`)
    assert.match(nameOf(path), IDENTIFIES[real] ?? /^$/, `refused as a whole: ${what}`)
    return
  }
  assert.ok(parsed.key.length > 0 && parsed.key.length <= 512, what)
  for (const { at } of parsed.events) {
    assert.ok(Number.isSafeInteger(at) && at > 946_684_800_000, `${what}: dated ${at}`)
  }
  if (before.events.length === 0) return
  if (parsed.ignored !== undefined) {
    assert.match(nameOf(path), MAY_BE_IGNORED[real] ?? /^$/, `passed over: ${what}`)
    return
  }
  assert.ok(parsed.events.length > 0 || isMissed(parsed), `lost silently: ${what}`)
  if (isMissed(parsed)) return
  checkParts(before, parsed, replacement, what)
  if (!NAMES_OTHERS[real]?.test(nameOf(path))) {
    checkWords(before, parsed, change(update, path, replacement), valueAt(update, path), what)
  }
}

/** What is there and can't be read is missed; what isn't there, or is empty, can't be. */
function checkParts(
  before: ParsedUpdate,
  parsed: ParsedUpdate,
  replacement: unknown,
  what: string,
): void {
  const isThere =
    replacement !== LEFT_OUT && !['null', '""', '[]', '{}'].includes(asJson(replacement))
  const isLess = countParts(parsed.events) < countParts(before.events)
  assert.ok(!isThere || !isLess, `a part is lost silently: ${what}`)
}

function asJson(value: unknown): string {
  return String(JSON.stringify(value))
}

/** Whatever else was changed, the words of the message are still there. */
function checkWords(
  before: ParsedUpdate,
  parsed: ParsedUpdate,
  update: unknown,
  replaced: unknown,
  what: string,
): void {
  const told = new Set(wordsOf(parsed.events))
  const written = new Set(writtenIn(update))
  for (const word of wordsOf(before.events)) {
    const isExpected = written.has(word) && !asJson(replaced).includes(word)
    assert.ok(told.has(word) || !isExpected, `"${word}" is lost: ${what}`)
  }
}

/** All words in an update's values. */
function writtenIn(update: unknown): string[] {
  return pathsIn(update).flatMap((path) => {
    const value = valueAt(update, path)
    return typeof value === 'object' ? [] : split(String(value))
  })
}

function split(text: string): string[] {
  return text.match(/[\p{L}\p{N}]+/gu) ?? []
}

describe('no field of an update costs a message', () => {
  for (const golden of readGoldenUpdates()) {
    it(`${golden.connector}: ${golden.name}`, () => {
      const before = golden.parse(golden.update)
      for (const path of pathsIn(golden.update)) {
        for (const replacement of REPLACEMENTS) check(golden, before, path, replacement)
      }
    })
  }
})
