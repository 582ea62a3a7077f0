import { z } from 'zod'
import type { ParsedUpdate } from '#core/connector.ts'
import { BadUpdateError } from '#core/errors.ts'
import type { InboundEvent } from '#core/event.ts'
import { given } from '#core/given.ts'
import type { HttpReply } from '#core/http.ts'
import type { Line } from '#core/line.ts'
import { plainText } from '#core/rich-text.ts'
import { updateCheck } from '#kit/check-update.ts'
import { maybe, readable, words } from '#kit/loose.ts'
import { digest } from '#kit/parsed.ts'
import { TARGETS, type Target, type WebFormSettings } from './settings.ts'

const check = updateCheck('a form')
const formSchema = z.looseObject({
  kind: words,
  isPage: maybe(z.literal(true)),
  fields: readable(z.looseObject({ name: words, value: words })),
})
/** A form of another kind than those there are today. */
const otherSchema = z.looseObject({ kind: z.string() })

/** A button that is pressed twice, or a page that is sent again: one message. The same wish an hour later is another one. */
const REPEATED_WITHIN_MS = 5 * 60_000

type Said = Partial<Record<Target, string>>

/** Throws BadUpdateError for a form in which nothing is filled in. */
export function parseUpdate(
  update: unknown,
  { settings }: Line<WebFormSettings>,
  receivedAt: number,
): ParsedUpdate {
  const other = otherSchema.safeParse(update)
  if (other.success) {
    const kind = other.data.kind.slice(0, 64)
    return { key: digest(update), events: [{ type: 'unsupported', at: receivedAt, kind }] }
  }
  const { isPage, fields } = check(formSchema, update)
  const reply = replyOf(settings, isPage === true)
  const key = digest([Math.floor(receivedAt / REPEATED_WITHIN_MS), fields])
  const trap = fields.find(({ name }) => name !== undefined && name === settings.honeypot)
  if (trap?.value?.trim()) return { key, events: [], ignored: 'a robot', reply }
  const { said, rest } = sort(fields, settings)
  if (Object.keys(said).length === 0 && rest.length === 0) {
    throw new BadUpdateError('a form with nothing in it')
  }
  return { key, events: [toEvent({ said, rest, key, at: receivedAt })], reply }
}

function replyOf({ redirectUrl }: WebFormSettings, isPage: boolean): HttpReply {
  if (isPage && redirectUrl !== undefined) {
    return { status: 303, body: '', headers: { location: redirectUrl } }
  }
  return { status: 200, body: '{"ok":true}', contentType: 'application/json; charset=utf-8' }
}

interface Field {
  readonly name?: string | undefined
  readonly value?: string | undefined
}

/** What the fields say, and those that are only lines of text. */
function sort(
  fields: readonly Field[],
  settings: WebFormSettings,
): { readonly said: Said; readonly rest: readonly string[] } {
  const said: Said = {}
  const rest: string[] = []
  for (const { name = '', value: raw = '' } of fields) {
    const value = raw.replaceAll('\r\n', '\n').trim()
    const target = targetOf(name, settings)
    if (value === '' || name === settings.honeypot) continue
    if (target === undefined) rest.push(name === '' ? value : `${name}: ${value}`)
    else said[target] = [said[target], value].filter(Boolean).join(' ')
  }
  return { said, rest }
}

/** A field that isn't mapped means what its name says, unless another one means that. */
function targetOf(name: string, { fieldMap }: WebFormSettings): Target | undefined {
  const own = TARGETS.find((target) => target === name.toLowerCase())
  const isTaken = own !== undefined && [...fieldMap.values()].includes(own)
  return fieldMap.get(name) ?? (isTaken ? undefined : own)
}

/** The same person is the same chat: by the address of mail, or the number, if either is given. */
function toEvent({
  said,
  rest,
  key,
  at,
}: {
  readonly said: Said
  readonly rest: readonly string[]
  readonly key: string
  readonly at: number
}): InboundEvent {
  const { name, phone, email, text } = said
  const who = email?.toLowerCase() ?? phone?.replace(/[^\d+]/g, '')
  const id = who ? digest(who).slice(0, 22) : key.slice(0, 22)
  const lines = [text, ...rest].filter((line) => line !== undefined)
  const contact = given({ name, phone })
  return {
    type: 'message.new',
    at,
    user: { id, ...given({ name, phone, email }) },
    chat: { id, kind: 'private', ...given({ name }) },
    message: {
      id: `${key.slice(0, 22)}-${at.toString(36)}`,
      sentAt: at,
      ...(lines.length > 0 ? { text: plainText(lines.join('\n')) } : {}),
      ...(Object.keys(contact).length > 0 ? { contact } : {}),
    },
  }
}
