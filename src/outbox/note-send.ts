import { DeliveryError } from '../core/errors.ts'
import { FIELD_LIMITS, fitId } from '../core/field-limits.ts'
import { given } from '../core/given.ts'
import type { Journal, JournalLine } from '../core/journal.ts'
import { stripQuotes, stripSecrets } from '../core/strip-secrets.ts'
import type { OutboxMessage } from '../db/outbox/messages.ts'
import type { ActiveLine } from '../lines/directory.ts'
import type { Verdict } from './verdict.ts'

/** How a try ended. */
export type Tried = Verdict | { readonly kind: 'sent' }

/** Of what a channel says. */
const MAX_WORDS = 200
const MAX_CODE = 64
/** Of one message: each part of it has one, and few have more than one part. */
const MAX_IDS = 50

type Message = Pick<OutboxMessage, 'seq' | 'chatId' | 'payload'>

/** Notes a try at the channel. */
export function noteTry(
  journal: Journal | undefined,
  active: ActiveLine,
  message: Message,
  { verdict, ms, now }: { readonly verdict: Tried; readonly ms: number; readonly now: number },
): void {
  if (!journal) return
  const isAnswered = verdict.kind !== 'sent' && verdict.kind !== 'release'
  const code = isAnswered ? verdict.code.slice(0, MAX_CODE) : undefined
  const words = isAnswered ? withoutContent(verdict.message, active, message) : undefined
  const nextAt = verdict.kind === 'retry' ? now + verdict.delayMs : undefined
  journal.note(lineOf(active), {
    kind: 'tried',
    out: message.seq,
    chat: message.chatId,
    outcome: verdict.kind,
    ms,
    ...given({ code, words, nextAt }),
  })
}

/** For the log: a channel's refusal without what it quotes of the message, any other error as it is. */
export function errorFields(error: unknown, active: ActiveLine, message: Message): object {
  if (error === undefined) return {}
  if (!(error instanceof DeliveryError)) return { err: error }
  const { channelCode: code, disposition } = error.fault
  return { code, disposition, error: withoutContent(error.message, active, message) }
}

/** Notes that a message has come to its end, as far as sending goes. */
export function noteEnd(
  journal: Journal | undefined,
  active: ActiveLine,
  message: Message,
  end: {
    readonly status: 'sent' | 'failed' | 'noAccount'
    readonly messageIds: readonly string[]
    readonly code?: string
  },
): void {
  journal?.note(lineOf(active), {
    kind: 'status',
    out: message.seq,
    chat: message.chatId,
    status: end.status,
    messageIds: end.messageIds.slice(0, MAX_IDS).map((id) => fitId(id, FIELD_LIMITS.messageId)),
    ...given({ code: end.code?.slice(0, MAX_CODE) }),
  })
}

/** Channels quote what they refuse: the text, and sometimes the token. Never throws: a message must not fail for it. */
function withoutContent(words: string, { record, portal }: ActiveLine, message: Message): string {
  try {
    const secrets = [...Object.values(record.settings), record.webhookSecret, ...portal.secrets]
    const stripped = stripQuotes(stripSecrets(words, secrets), message.payload)
    return stripped.slice(0, MAX_WORDS).toWellFormed()
  } catch {
    // What can't be told apart from the message isn't repeated.
    return ''
  }
}

function lineOf({ record }: ActiveLine): JournalLine {
  return { lineId: record.id, portalId: record.portalId }
}
