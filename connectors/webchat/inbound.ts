import type { z } from 'zod'
import type { ParsedUpdate } from '#core/connector.ts'
import { BadUpdateError } from '#core/errors.ts'
import type { InboundEvent, InboundFile, Person } from '#core/event.ts'
import { given } from '#core/given.ts'
import type { HttpReply, RawRequest } from '#core/http.ts'
import { isRecord } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import { readReference } from '#core/parts.ts'
import { plainText } from '#core/rich-text.ts'
import { updateCheck } from '#kit/check-update.ts'
import { lookUp } from '#kit/look-up.ts'
import { digest } from '#kit/parsed.ts'
import { readFileWord } from './files.ts'
import type { WebChatSettings } from './settings.ts'
import { readToken, tokenIn } from './token.ts'
import { buttonSchema, type Frame, frameSchema, messageSchema, seenSchema } from './types.ts'

const check = updateCheck('a post of the widget')
/** Pages sleep and come back; what they have not been answered they post again. */
const REPEATS_FOR_MS = 7 * 24 * 3600 * 1000
const MAX_SEEN = 50

interface Context {
  readonly frame: Frame
  readonly line: Line<WebChatSettings>
  readonly base: {
    readonly at: number
    readonly user: Person
    readonly chat: { readonly id: string; readonly kind: 'private' }
  }
}

type Reader = (update: unknown, context: Context) => Pick<ParsedUpdate, 'events' | 'afterSendsTo'>

const READERS: Readonly<Record<string, Reader>> = {
  'message.new': readMessage,
  button: readButton,
  'chat.started': (_, { frame, base }) => {
    const { page, referrer } = frame
    const ref = [page, referrer].filter(Boolean).join(' ')
    return { events: [{ type: 'chat.started', ...base, ...given({ ref }) }] }
  },
  'chat.typing': (_, { base }) => ({ events: [{ type: 'chat.typing', ...base }] }),
  'chat.read': (update, context) => {
    const seen = readSeen(update, context, 'read')
    return { ...seen, events: [{ type: 'chat.read', ...context.base }, ...seen.events] }
  },
  'message.status': (update, context) => readSeen(update, context),
}

/** The post with the visitor whose token came with it, in the place of the token. A message may stand in `message`. */
export function readPost(
  request: RawRequest,
  line: Line<WebChatSettings>,
  now: number,
): Readonly<Record<string, unknown>> {
  const body = request.json()
  if (!isRecord(body)) throw new BadUpdateError('not a post of the widget')
  const { token: _, message, ...rest } = body
  const visitor = readToken(line, tokenIn(request), now)
  if (visitor === undefined) {
    throw new BadUpdateError(
      'whose post it is can not be told without the token, which no trace keeps',
    )
  }
  const type = rest['type'] ?? 'message.new'
  return { ...rest, ...(isRecord(message) ? message : {}), type, visitor }
}

/** Throws BadUpdateError. */
export function parseUpdate(
  update: unknown,
  line: Line<WebChatSettings>,
  receivedAt: number,
): ParsedUpdate {
  const frame = check(frameSchema, update)
  const { visitor, type, id = digest(update) } = frame
  const chat = { id: visitor, kind: 'private' } as const
  const base = { at: receivedAt, user: personOf(frame), chat }
  const reader = lookUp(READERS, type) ?? readUnknown
  return {
    key: `${visitor}:${type.slice(0, 64)}:${id.length > 100 ? digest(id) : id}`,
    repeatsForMs: REPEATS_FOR_MS,
    reply: OK,
    ...reader(update, { frame, line, base }),
  }
}

const OK: HttpReply = {
  status: 200,
  body: '{"ok":true}',
  contentType: 'application/json; charset=utf-8',
}

function personOf({ visitor: id, user = {} }: Frame): Person {
  const { name, contact = '', language } = user
  const isMail = contact.includes('@')
  return {
    id,
    ...given({ name, language, email: isMail && contact, phone: !isMail && contact }),
  }
}

function readMessage(update: unknown, { frame, line, base }: Context): { events: InboundEvent[] } {
  const { id, text = '', files: named, replyTo } = checkMessage(update)
  const files = filesOf(named ?? [], line, frame.visitor)
  const words = text.replaceAll('\r\n', '\n').trim()
  if (words === '' && files.length === 0) throw refused('text: there is nothing in this message')
  const message = {
    // The visitor's browser has chosen it, so that it is unique only with the visitor.
    id: `${frame.visitor}:${id}`,
    sentAt: base.at,
    ...(words === '' ? {} : { text: plainText(words) }),
    ...(files.length > 0 ? { files } : {}),
    ...(replyTo ? { replyTo: { id: replyTo } } : {}),
  }
  return { events: [{ type: 'message.new', ...base, message }] }
}

/** Pages of other people's making post here too: they are told which field is wrong. */
function checkMessage(update: unknown): z.infer<typeof messageSchema> {
  const { data, error } = messageSchema.safeParse(update)
  if (data) return data
  const faults = error.issues.map(({ path: [field], message }) => `${String(field)}: ${message}`)
  throw refused(faults.join('; '))
}

/** All that a message names must be there: without one of them it says something else. */
function filesOf(
  named: readonly string[],
  line: Line<WebChatSettings>,
  visitor: string,
): InboundFile[] {
  if (new Set(named).size < named.length) throw refused('files: a file is named twice')
  return named.map((word) => {
    const file = readFileWord(line, visitor, word)
    if (!file) throw refused('files: no file that this visitor has uploaded has this id')
    return file
  })
}

function refused(told: string): BadUpdateError {
  return new BadUpdateError(`not a post of the widget: ${told}`, { told })
}

function readButton(update: unknown, { base }: Context): { events: InboundEvent[] } {
  const { payload, text, messageId } = check(buttonSchema, update)
  const message = messageId ? { message: { id: messageId } } : {}
  return { events: [{ type: 'button', ...base, payload, ...given({ text }), ...message }] }
}

/** The page may be quicker than the hub, which has yet to write down that a message was sent. */
function readSeen(
  update: unknown,
  context: Context,
  seen?: 'read',
): { events: InboundEvent[]; afterSendsTo?: string[] } {
  const { at, chat } = context.base
  const { status = seen, messageIds = [] } = check(seenSchema, update)
  if (!status || (!seen && messageIds.length === 0)) return readUnknown(update, context)
  const events = messageIds.slice(0, MAX_SEEN).map((id): InboundEvent => {
    const reference = readReference(id)
    const what = { type: 'message.status', at, chat, status, messageIds: [id] } as const
    return { ...what, ...(reference && { reference }) }
  })
  return events.length > 0 ? { events, afterSendsTo: [chat.id] } : { events }
}

function readUnknown(_: unknown, { frame, base }: Context): { events: InboundEvent[] } {
  return { events: [{ type: 'unsupported', ...base, kind: frame.type.slice(0, 64) }] }
}
