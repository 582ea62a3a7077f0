import {
  addEarly,
  type EarlyStatus,
  errorOf,
  readEarly,
  type ToldError,
  writeEarly,
} from '../../core/early-statuses.ts'
import type { OutboundStatus } from '../../core/event.ts'
import { outId } from '../../core/ids.ts'
import type { OutboxState } from '../../core/statuses.ts'
import { climb, isUnsettled } from '../../core/statuses.ts'
import type { NewEvent } from '../../core/stored-event.ts'
import type { Statement, StatementRunner } from '../engine/short-transaction.ts'
import { insertIgnore, markRows } from '../engine/sql.ts'
import type { NewUpdate } from '../inbox/append.ts'
import { type MessageRow, readStatusRows, type StatusRows } from './status-rows.ts'

/** A `message.status` event among the events of an update: what the channel tells of messages that were sent. */
export interface ChannelStatus {
  /** Which of the update's events it is. */
  readonly index: number
  readonly status: OutboundStatus
  readonly messageIds: readonly string[]
  /** Instead of ids: everything that was sent to the chat until then. */
  readonly watermark?: { readonly chatId: string; readonly until: number }
  /** Which message of the line the ids are, and which part of it (1-based), should the hub not know these ids yet. */
  readonly reference?: { readonly seq: number; readonly part: number }
}

/**
 * Finds the messages that channels' statuses are about. Each becomes an event of its own with `out` and `key`; one that
 * says nothing new is left out, and one of a message that isn't settled yet is kept beside the message until it is. Ids that
 * the hub did not send stay in an event without `out`; a watermark tells only of what the hub has sent. Gives the events
 * of each update as they are to be stored. The rows of `inbox_line` of all the updates must be locked: that is what puts
 * statuses in order.
 */
export async function resolveStatuses(
  runner: StatementRunner,
  updates: readonly NewUpdate[],
  now: number,
): Promise<{ events: ReadonlyMap<NewUpdate, readonly NewEvent[]>; statements: Statement[] }> {
  const resolver = new StatusResolver(await readStatusRows(runner, updates))
  const events = new Map(
    updates.map((update) => [update, resolver.resolve(update, update.statuses ?? [])]),
  )
  return { events, statements: resolver.statements(runner, now) }
}

interface Known {
  readonly lineId: number
  readonly seq: number
  readonly chatId: string
  readonly key: string | null
  state: OutboxState
  error: ToldError | undefined
  early: readonly EarlyStatus[]
  hasClimbed: boolean
  hasHeard: boolean
}

/** A message below a watermark. */
interface Covered {
  readonly known: Known
  readonly chatId: string
  readonly sentAt: number
  readonly messageIds: readonly string[]
}

class StatusResolver {
  readonly #bySeq = new Map<string, Known>()
  readonly #byMessageId = new Map<string, Known>()
  readonly #covered: readonly Covered[]
  /** Ids that have turned out to be of messages of ours. */
  readonly #found: unknown[][] = []

  constructor({ named, referenced, covered }: StatusRows) {
    for (const row of named) {
      this.#byMessageId.set(`${row.line_id}:${row.message_id}`, this.#know(row))
    }
    for (const row of referenced) this.#know(row).early = readEarly(row.early)
    this.#covered = covered.map((row) => ({
      known: this.#know(row),
      chatId: row.chat_id,
      sentAt: row.sent_at,
      messageIds: (JSON.parse(row.message_ids) as string[][]).flat(),
    }))
  }

  /** One object per message, however many ids, references and watermarks lead to it. */
  #know({ line_id: lineId, seq, chat_id: chatId, state, portal_key: key }: MessageRow): Known {
    const known = this.#bySeq.get(`${lineId}:${seq}`) ?? {
      lineId,
      seq,
      chatId,
      key,
      state,
      error: undefined,
      early: [],
      hasClimbed: false,
      hasHeard: false,
    }
    this.#bySeq.set(`${lineId}:${seq}`, known)
    return known
  }

  resolve({ lineId, events }: NewUpdate, statuses: readonly ChannelStatus[]): NewEvent[] {
    const byIndex = new Map(statuses.map((status) => [status.index, status]))
    return events.flatMap((event, index) => {
      const status = byIndex.get(index)
      if (!status) return [event]
      return status.watermark
        ? this.#spread(lineId, event, status.status, status.watermark)
        : this.#split(lineId, event, status)
    })
  }

  /** One event per message of ours, and one for the ids that nobody knows. */
  #split(lineId: number, event: NewEvent, told: ChannelStatus): NewEvent[] {
    const groups = new Map<Known | undefined, string[]>()
    for (const id of told.messageIds) {
      const known = this.#byMessageId.get(`${lineId}:${id}`) ?? this.#identify(lineId, id, told)
      const group = groups.get(known)
      if (group) group.push(id)
      else groups.set(known, [id])
    }
    return [...groups].flatMap(([known, ids]) => {
      if (!known) return [withFields(event, { messageIds: ids })]
      if (!isUnsettled(known.state)) return this.#raise(known, event, told.status, ids)
      return this.#hear(known, event, told, ids) ? [] : [named(known, event, ids)]
    })
  }

  /** The message that the channel says an unknown id is of. The id leads to it from now on, once the message is settled. */
  #identify(lineId: number, id: string, { reference }: ChannelStatus): Known | undefined {
    const known = reference && this.#bySeq.get(`${lineId}:${reference.seq}`)
    if (known && !isUnsettled(known.state)) {
      this.#byMessageId.set(`${lineId}:${id}`, known)
      this.#found.push([lineId, id.slice(0, 255), known.seq])
    }
    return known
  }

  /** Remembered until the message is settled, when it is told. False if there is no room for it: it is told too early then. */
  #hear(known: Known, event: NewEvent, told: ChannelStatus, ids: readonly string[]): boolean {
    const { status, reference } = told
    const { payload } = withChat(event, known.chatId)
    const part = reference?.part ?? 1
    const early = ids.reduce((all, id) => addEarly(all, { part, id, status, payload }), known.early)
    if (writeEarly(early) === undefined) return false
    known.early = early
    known.hasHeard = true
    return true
  }

  /** One event per message of ours below the watermark. */
  #spread(
    lineId: number,
    event: NewEvent,
    status: OutboundStatus,
    { chatId, until }: NonNullable<ChannelStatus['watermark']>,
  ): NewEvent[] {
    return this.#covered
      .filter((one) => one.known.lineId === lineId && one.chatId === chatId && one.sentAt <= until)
      .flatMap(({ known, messageIds }) => this.#raise(known, event, status, messageIds))
  }

  #raise(
    known: Known,
    event: NewEvent,
    status: OutboundStatus,
    messageIds: readonly string[],
  ): NewEvent[] {
    const next = climb(known.state, status)
    if (!next) return []
    known.state = next
    known.error = errorOf(event.payload)
    known.hasClimbed = true
    return [named(known, event, messageIds)]
  }

  statements(runner: StatementRunner, now: number): Statement[] {
    const all = [...this.#bySeq.values()]
    const climbed = all
      .filter(({ hasClimbed }) => hasClimbed)
      .map(({ lineId, seq, state, error }) => ({
        sql: `UPDATE outbox_message SET state = ?, error_code = ?, error_message = ?, updated_at = ?
          WHERE line_id = ? AND seq = ?`,
        bindings: [
          state,
          error?.code.slice(0, 64) ?? null,
          error?.message.slice(0, 500) ?? null,
          now,
          lineId,
          seq,
        ],
      }))
    return [...climbed, ...all.flatMap(rememberEarly), ...this.#rememberFound(runner, now)]
  }

  #rememberFound(runner: StatementRunner, now: number): Statement[] {
    if (this.#found.length === 0) return []
    const rows = markRows(this.#found.length, 4)
    return [
      {
        sql: `${insertIgnore(runner)} outbox_receipt (line_id, message_id, seq, sent_at) VALUES ${rows}`,
        bindings: this.#found.flatMap((row) => [...row, now]),
      },
    ]
  }
}

function rememberEarly({ lineId, seq, early, hasHeard }: Known): Statement[] {
  const json = hasHeard ? writeEarly(early) : undefined
  if (json === undefined) return []
  return [
    {
      sql: 'UPDATE outbox_message SET early = ? WHERE line_id = ? AND seq = ?',
      bindings: [json, lineId, seq],
    },
  ]
}

/** With what the portal knows the message by. */
function named(known: Known, event: NewEvent, messageIds: readonly string[]): NewEvent {
  const out = outId(known.lineId, known.seq)
  const key = known.key === null ? {} : { key: known.key }
  return withFields(withChat(event, known.chatId), { messageIds, out, ...key })
}

/** The portal's own chat: channels name the person of a status in other ways than that of a message. */
function withChat(event: NewEvent, id: string): NewEvent {
  const { chat } = JSON.parse(event.payload) as { chat?: { id?: string } }
  return chat === undefined || chat.id === id ? event : withFields(event, { chat: { ...chat, id } })
}

function withFields(event: NewEvent, fields: object): NewEvent {
  return {
    ...event,
    payload: JSON.stringify({ ...(JSON.parse(event.payload) as object), ...fields }),
  }
}
