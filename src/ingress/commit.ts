import { hash } from 'node:crypto'
import type { ParsedUpdate } from '../core/connector.ts'
import type { Chat, InboundEvent, MessageStatusEvent } from '../core/event.ts'
import { given } from '../core/given.ts'
import { eventId, parseNumberedId } from '../core/ids.ts'
import { type Journal, NO_JOURNAL } from '../core/journal.ts'
import { MAX_CHAT_ID_LENGTH, MAX_CONTEXT_BYTES } from '../core/line.ts'
import type { Log } from '../core/log.ts'
import { chatName, lineName } from '../core/log-names.ts'
import type { IngressMeter } from '../core/meters.ts'
import type { ChannelStatus } from '../core/statuses.ts'
import type { NewEvent } from '../core/stored-event.ts'
import type { Tracer, TraceSpan } from '../core/tracing.ts'
import type { AppendOutcome } from '../db/inbox/append.ts'
import type { NewUpdate, ReceivedUpdate } from '../db/inbox/new-update.ts'
import type { ActiveLine } from '../lines/directory.ts'
import { fitEvent } from './fit-event.ts'
import { nameStored, noteIgnored, noteUpdate, type RenderedPair } from './note-update.ts'
import { logTruncated } from './read-update.ts'
import { type RecipientWatch, sightingOf, sightingsIn } from './sightings.ts'
import { Turns } from './turns.ts'

/** What the ingress needs of the inbox. */
export interface EventSink {
  /** All in one commit; resolves after it. Throws StoreUnavailableError. */
  appendAll(updates: readonly ReceivedUpdate[]): Promise<readonly AppendOutcome[]>
}

export interface CommitDeps {
  readonly sink: EventSink
  readonly log: Log
  readonly journal?: Journal
  readonly meter?: IngressMeter
  readonly tracer?: Tracer
  readonly recipients?: RecipientWatch
  /** Milliseconds, for how long work has taken; the system's if absent. */
  readonly stopwatch?: () => number
  /** An event as the line's portal will read it. */
  render(event: InboundEvent, active: ActiveLine): NewEvent
  /** Adds names and pictures of people whom the update names by id alone. Never throws. */
  introduce(events: readonly InboundEvent[], active: ActiveLine): Promise<readonly InboundEvent[]>
  /** Waits, for a while, until the sends to these chats that are under way have ended. Throws StoreUnavailableError. */
  sendsEnded(lineId: number, chatIds: readonly string[]): Promise<void>
  /** Called when an update says which account a line is connected to. Never throws. */
  learnIdentity(active: ActiveLine, identity: string): Promise<void>
}

/**
 * Of events in one commit. Short names and escapes make ten bytes of one, so that a request of 3 MB could outgrow the
 * 16 MiB that a database takes at once; then it is committed in several, in order.
 */
const MAX_COMMIT_BYTES = 4 * 1024 * 1024

/** An update of one line, understood. */
export interface LineUpdate {
  readonly active: ActiveLine
  readonly parsed: ParsedUpdate
}

/**
 * Commits what updates hold, all of it together unless it is very much, and says so in the log. `stale`: a line was changed
 * meanwhile and its updates were not taken; what was taken of the others is a duplicate when all of them are tried again.
 */
export async function commitUpdates(
  deps: CommitDeps,
  updates: readonly LineUpdate[],
  turns = new Turns(),
  span?: TraceSpan,
): Promise<'done' | 'stale'> {
  for (const { active, parsed } of updates) {
    for (const { path, problem } of parsed.unreadable ?? []) {
      logUnreadable(deps.log, active, path, { message: problem })
    }
  }
  const full = updates.filter((update) => hasContent(update, deps))
  if (full.length > 0 && (await traced(deps, full, turns, span)) === 'stale') return 'stale'
  const identities = updates.flatMap(({ active, parsed: { identity } }) =>
    identity === undefined ? [] : [[active, identity] as const],
  )
  for (const [active, identity] of new Map(identities)) await deps.learnIdentity(active, identity)
  return 'done'
}

async function traced(
  deps: CommitDeps,
  updates: readonly LineUpdate[],
  turns: Turns,
  span: TraceSpan | undefined,
): Promise<'done' | 'stale'> {
  const part = span?.child('commit')
  try {
    const end = await append(deps, updates, turns, span)
    part?.end()
    return end
  } catch (error) {
    part?.end('failed')
    throw error
  }
}

async function append(
  deps: CommitDeps,
  updates: readonly LineUpdate[],
  turns: Turns,
  span: TraceSpan | undefined,
): Promise<'done' | 'stale'> {
  await Promise.all(
    updates.map(async ({ active, parsed: { afterSendsTo = [] } }) => {
      if (afterSendsTo.length > 0) await deps.sendsEnded(active.record.id, afterSendsTo)
    }),
  )
  const introduced = await Promise.all(updates.map((update) => introduce(update, deps)))
  let commit: ReceivedUpdate[] = []
  let pairs: RenderedPair[][] = []
  let size = 0
  let from = 0
  for (const [index, update] of introduced.entries()) {
    const rendered = await render(update, deps, turns)
    const entry = toReceivedUpdate(update, rendered, deps)
    commit.push(entry)
    pairs.push(rendered)
    size += sizeOf(entry)
    if (size < MAX_COMMIT_BYTES && index < introduced.length - 1) continue
    const outcomes = await deps.sink.appendAll(commit)
    const ms = Math.max(0, Math.round(turns.ms))
    const taken = introduced.slice(from, index + 1)
    outcomes.forEach((outcome, at) => {
      const one = taken[at]
      if (!one || outcome.kind === 'stale') return
      if (span) trace(span, one, outcome)
      report(one, pairs[at] ?? [], { outcome, ms }, deps)
    })
    if (outcomes.some(({ kind }) => kind === 'stale')) return 'stale'
    commit = []
    pairs = []
    size = 0
    from = index + 1
  }
  return 'done'
}

/** `message` names the fields at fault and none of their values. */
export function logUnreadable(
  log: Log,
  { record }: ActiveLine,
  path: string,
  { message: problem }: { readonly message: string },
): void {
  const { id: lineId, portalId, connector } = record
  const line = lineName(record)
  log.warn(
    { event: 'update.unreadable', lineId, line, portalId, connector, ...given({ path }), problem },
    'a genuine update, or a part of one, could not be read and is lost to the portal',
  )
}

function hasContent(
  { active, parsed }: LineUpdate,
  { log, journal = NO_JOURNAL }: CommitDeps,
): boolean {
  if (parsed.events.length > 0 || parsed.conversations) return true
  const { id: lineId, portalId } = active.record
  const { about, ignored: reason } = parsed
  noteIgnored(journal, { lineId, portalId }, about, reason ?? 'nothing for the portal')
  const chat = about?.chat === undefined ? undefined : chatName(about.chat)
  log.debug(
    { event: 'update.ignored', lineId, line: lineName(active.record), ...given({ chat }), reason },
    'an update holds nothing for the portal',
  )
  return false
}

/** The update with its events as they are to be told: with people's names, and each field within its limit. */
async function introduce({ active, parsed }: LineUpdate, deps: CommitDeps): Promise<LineUpdate> {
  const { events } = parsed
  const named = active.connector.profile ? await deps.introduce(events, active) : events
  return { active, parsed: { ...parsed, events: named.map((event) => fit(event, active, deps)) } }
}

function fit(event: InboundEvent, active: ActiveLine, { log }: CommitDeps): InboundEvent {
  const fitted = fitEvent(event)
  const lost = countFiles(event) - countFiles(fitted)
  if (lost > 0) logTruncated(log, active, { files: lost })
  return fitted
}

function countFiles(event: InboundEvent): number {
  return 'message' in event && event.message && 'files' in event.message
    ? (event.message.files?.length ?? 0)
    : 0
}

/** Others have their turns between the events. */
async function render(
  { active, parsed }: LineUpdate,
  deps: CommitDeps,
  turns: Turns,
): Promise<RenderedPair[]> {
  const { id: lineId, portalId } = active.record
  const pairs: RenderedPair[] = []
  for (const event of parsed.events) {
    if (turns.isOver) await turns.next()
    const rendered = deps.render(event, active)
    const sighting = deps.recipients && sightingOf(event, rendered, { lineId, portalId })
    pairs.push({ event, rendered, sighting })
  }
  return pairs
}

/** What is told of people goes to the store twice when they are new. */
function sizeOf({ events, recipients }: ReceivedUpdate): number {
  const bytes = events.reduce((sum, { payload }) => sum + Buffer.byteLength(payload), 0)
  return recipients ? 2 * bytes : bytes
}

function toReceivedUpdate(
  { active, parsed }: LineUpdate,
  pairs: readonly RenderedPair[],
  deps: CommitDeps,
): ReceivedUpdate {
  const { record } = active
  return {
    lineId: record.id,
    portalId: record.portalId,
    epoch: record.epoch,
    hash: hashKey(parsed.key),
    events: pairs.map(({ rendered }) => rendered),
    ...withStatuses(parsed, active),
    ...withOutgoing(parsed, active),
    ...withRecipients(pairs, deps),
    ...given({ repeatsForMs: parsed.repeatsForMs }),
    conversations: rememberable(parsed),
  }
}

/** Events of an update that its span names. */
const MAX_TRACED = 20

function trace(span: TraceSpan, { active: { record } }: LineUpdate, outcome: AppendOutcome): void {
  const seqs = outcome.kind === 'appended' ? outcome.stored.map(({ seq }) => seq) : []
  span.brought(record.id, seqs)
  span.set({
    'hub.line': record.id,
    'hub.connector': record.connector,
    'hub.outcome': outcome.kind,
    'hub.events': seqs.slice(0, MAX_TRACED).map((seq) => eventId(record.id, seq)),
  })
}

/** Says what became of an update, in the journal and in the log. */
function report(
  { active: { record } }: LineUpdate,
  pairs: readonly RenderedPair[],
  { outcome, ms }: { readonly outcome: AppendOutcome; readonly ms: number },
  { log, meter, recipients, journal = NO_JOURNAL }: CommitDeps,
): void {
  const { id: lineId, portalId, connector } = record
  if (outcome.kind === 'appended') {
    recipients?.note(sightingsIn(pairs, outcome.stored), outcome.at)
  }
  meter?.updateCommitted(connector, ms)
  if (meter && outcome.kind === 'appended') {
    for (const { type } of outcome.stored) meter.eventStored(connector, type)
  }
  const named = outcome.kind === 'appended' ? nameStored(pairs, outcome.stored) : []
  noteUpdate(journal, { lineId, portalId }, pairs, { outcome, named, ms })
  log.debug(
    {
      event: 'update.taken',
      lineId,
      line: lineName(record),
      connector,
      outcome: outcome.kind,
      types: pairs.map(({ event }) => event.type),
      evts: named.map(({ seq }) => eventId(lineId, seq)),
      chats: [...new Set(named.flatMap(({ chat }) => (chat === undefined ? [] : [chat])))].map(
        chatName,
      ),
      ms,
    },
    'an update was committed',
  )
}

function withRecipients(
  pairs: readonly RenderedPair[],
  { recipients: watch }: CommitDeps,
): Pick<NewUpdate, 'recipients'> {
  const recipients = pairs.flatMap(({ sighting }) =>
    sighting && !watch?.isKnown(sighting.lineId, sighting.chatId) ? [sighting] : [],
  )
  return recipients.length > 0 ? { recipients } : {}
}

/** Statuses of messages that went out. The commit finds which of our messages they are about. */
function withStatuses({ events }: ParsedUpdate, active: ActiveLine): Pick<NewUpdate, 'statuses'> {
  const statuses = events.flatMap((event, index) =>
    event.type === 'message.status' && event.out === undefined
      ? [
          {
            index,
            status: event.status,
            messageIds: event.messageIds,
            ...withScope(event, active),
            ...withReference(event, active.record.id),
            ...(event.watermark === undefined
              ? {}
              : { watermark: { chatId: event.chat.id, until: event.watermark } }),
          },
        ]
      : [],
  )
  return statuses.length > 0 ? { statuses } : {}
}

/** Which chats the ids of an event can be of. */
function withScope(
  { chat }: { readonly chat: Chat },
  { connector }: ActiveLine,
): Pick<ChannelStatus, 'isSameChat'> {
  const scopeOf = connector.messageIdScope
  if (!scopeOf) return {}
  const scope = scopeOf(chat.id)
  return { isSameChat: (chatId) => scopeOf(chatId) === scope }
}

/** The channel hands a reference back, so it is input from outside: one that names another line's message is ignored. */
function withReference(
  { reference }: MessageStatusEvent,
  lineId: number,
): Pick<ChannelStatus, 'reference'> {
  const named = reference && parseNumberedId('out_', reference.out)
  if (named?.lineId !== lineId) return {}
  return { reference: { seq: named.seq, part: reference?.part ?? 1 } }
}

/** Messages that the account itself has sent. The commit leaves out those that went through the hub. */
function withOutgoing({ events }: ParsedUpdate, active: ActiveLine): Pick<NewUpdate, 'outgoing'> {
  const outgoing = events.flatMap((event, index) =>
    event.type === 'message.new' && event.message.outgoing
      ? [{ index, messageId: event.message.id, ...withScope(event, active) }]
      : [],
  )
  return outgoing.length > 0 ? { outgoing } : {}
}

/** A chat whose id or context the store can't keep can't be answered, but what is said in it still arrives. */
function rememberable({
  conversations = [],
}: ParsedUpdate): NonNullable<NewUpdate['conversations']> {
  return conversations.flatMap(({ chatId, context }) => {
    const json = JSON.stringify(context)
    const isKept =
      chatId.length <= MAX_CHAT_ID_LENGTH && Buffer.byteLength(json) <= MAX_CONTEXT_BYTES
    return isKept ? [{ chatId, context: json }] : []
  })
}

/** 128 bits of SHA-256, as 22 characters: short in the index, and nobody finds two updates with the same. */
function hashKey(key: string): string {
  return hash('sha256', key, 'base64url').slice(0, 22)
}
