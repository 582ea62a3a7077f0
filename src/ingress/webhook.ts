import { hash } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import type { ParsedUpdate } from '../core/connector.ts'
import type { InboundEvent } from '../core/event.ts'
import type { HttpReply, RawRequest } from '../core/http.ts'
import { MAX_CHAT_ID_LENGTH, takesUpdates } from '../core/line.ts'
import type { Log } from '../core/log.ts'
import type { AppendOutcome, NewEvent, NewUpdate } from '../db/inbox-append.ts'
import { WebhookError } from './errors.ts'
import type { ActiveLine, LineDirectory } from './line-directory.ts'

/** What the ingress needs of the inbox. */
export interface EventSink {
  /** Resolves after the commit. Throws StoreUnavailableError. */
  append(update: NewUpdate): Promise<AppendOutcome>
}

export interface WebhookDeps {
  readonly lines: LineDirectory
  readonly sink: EventSink
  readonly clock: Clock
  readonly log: Log
  /** An event as the line's portal will read it. */
  render(event: InboundEvent, active: ActiveLine): NewEvent
  /** True if the line may take one more update now. */
  admit(lineId: number): boolean
}

const HASH_PATTERN = /^[0-9a-f]{32}$/
/** How often an update is checked anew because its line was changed under it. */
const MAX_STALE_RETRIES = 3
const OK: HttpReply = { status: 200, body: '' }

/** The single webhook URL (PROTOCOL §3), apart from HTTP itself. */
export class Webhook {
  readonly #deps: WebhookDeps

  constructor(deps: WebhookDeps) {
    this.#deps = deps
  }

  /** The line a request is for. Throws WebhookError 404. */
  async findLine(hash: string | null, isFresh = false): Promise<ActiveLine> {
    const isWellFormed = hash !== null && HASH_PATTERN.test(hash)
    const active = isWellFormed ? await this.#deps.lines.findByHash(hash, { isFresh }) : undefined
    if (!active) throw new WebhookError('HUB_UNKNOWN_LINE', 'no line has this hash')
    return active
  }

  /** The channel's success answer, after everything in the update is committed. Throws WebhookError, StoreUnavailableError. */
  async handle(request: RawRequest, found: ActiveLine): Promise<HttpReply> {
    try {
      return await this.#attempt(request, found)
    } catch (error) {
      // A refusal may rest on what this process remembers of a line that another one has changed.
      const isRefusal = error instanceof WebhookError && error.mayBeStale
      if (!isRefusal) throw error
      const fresh = await this.findLine(found.record.hash, true)
      if (fresh.record.epoch === found.record.epoch) throw error
      return await this.#attempt(request, fresh)
    }
  }

  async #attempt(request: RawRequest, found: ActiveLine): Promise<HttpReply> {
    let active = found
    for (let tries = 0; ; tries++) {
      const shake = active.connector.handshake?.(request, active.line)
      if (shake) return shake
      await this.#check(request, active)
      const receivedAt = this.#deps.clock.now()
      const parsed = active.connector.parse(request.json(), active.line, receivedAt)
      const outcome = await commitUpdate(this.#deps, active, parsed)
      if (outcome !== 'stale') return parsed.reply ?? OK
      if (tries >= MAX_STALE_RETRIES) throw notConnected()
      active = await this.findLine(active.record.hash, true)
    }
  }

  async #check(request: RawRequest, active: ActiveLine): Promise<void> {
    const { record, connector, line } = active
    if (request.method !== 'POST') {
      throw new WebhookError(
        'HUB_METHOD_NOT_ALLOWED',
        'this request is no handshake of the channel',
      )
    }
    if (!takesUpdates(record.status)) throw notConnected()
    const verification = await connector.verify(request, line)
    if (!verification.ok) {
      this.#deps.log.warn(
        { event: 'webhook.refused', lineId: record.id, reason: verification.reason },
        'an update could not be shown to be genuine',
      )
      throw new WebhookError('HUB_BAD_SIGNATURE', 'the update could not be shown to be genuine')
    }
    if (!this.#deps.admit(record.id)) {
      throw new WebhookError('HUB_LIMIT', 'more updates than this line may take', 1)
    }
  }
}

function notConnected(): WebhookError {
  return new WebhookError('HUB_LINE_NOT_CONNECTED', 'the line is not connected')
}

/** Commits what a parsed update holds, and says so in the log. `stale`: the line was changed meanwhile, nothing was taken. */
export async function commitUpdate(
  deps: Pick<WebhookDeps, 'sink' | 'log' | 'render'>,
  active: ActiveLine,
  parsed: ParsedUpdate,
): Promise<'done' | 'stale'> {
  const { record } = active
  if (parsed.events.length === 0 && !parsed.conversations) {
    deps.log.debug(
      { event: 'update.ignored', lineId: record.id, reason: parsed.ignored },
      'an update holds nothing for the portal',
    )
    return 'done'
  }
  const outcome = await deps.sink.append({
    lineId: record.id,
    epoch: record.epoch,
    hash: hashKey(parsed.key),
    events: parsed.events.map((event) => deps.render(event, active)),
    ...withStatuses(parsed),
    conversations: rememberable(parsed).map(({ chatId, context }) => ({
      chatId,
      context: JSON.stringify(context),
    })),
  })
  if (outcome.kind === 'stale') return 'stale'
  deps.log.debug(
    {
      event: 'update.taken',
      lineId: record.id,
      connector: record.connector,
      outcome: outcome.kind,
      types: parsed.events.map(({ type }) => type),
    },
    'an update was committed',
  )
  return 'done'
}

/** What the channel tells of messages that went out: the commit finds which of ours they are. */
function withStatuses({ events }: ParsedUpdate): Pick<NewUpdate, 'statuses'> {
  const statuses = events.flatMap((event, index) =>
    event.type === 'message.status' && event.out === undefined
      ? [{ index, status: event.status, messageIds: event.messageIds }]
      : [],
  )
  return statuses.length > 0 ? { statuses } : {}
}

/** A chat whose id the store can't keep can't be answered, but what is said in it still arrives. */
function rememberable({
  conversations = [],
}: ParsedUpdate): NonNullable<ParsedUpdate['conversations']> {
  return conversations.filter(({ chatId }) => chatId.length <= MAX_CHAT_ID_LENGTH)
}

/** 128 bits of SHA-256, as 22 characters: short in the index, and nobody finds two updates with the same. */
function hashKey(key: string): string {
  return hash('sha256', key, 'base64url').slice(0, 22)
}
