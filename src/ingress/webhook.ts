import type { Clock } from '../core/clock.ts'
import type { Quota } from '../core/connector.ts'
import { BadUpdateError } from '../core/errors.ts'
import type { HttpReply, RawRequest } from '../core/http.ts'
import { takesUpdates } from '../core/line.ts'
import { lineName } from '../core/log-names.ts'
import { RefusedRequestError } from '../core/route.ts'
import type { TraceSpan } from '../core/tracing.ts'
import type { ActiveLine, LineDirectory, WebhookAddress } from '../lines/directory.ts'
import { type CommitDeps, commitUpdates, type LineUpdate, logUnreadable } from './commit.ts'
import { PieceRouter, type RoutedPieces } from './piece-router.ts'
import { readUpdate } from './read-update.ts'
import type { Sight, Traffic } from './traffic.ts'
import { Turns } from './turns.ts'

export interface WebhookDeps extends CommitDeps {
  readonly lineDirectory: LineDirectory
  readonly clock: Clock
  /** True if the line may take one more update now. */
  admit(lineId: number): boolean
  /** Seconds to wait for another update of this kind; 0: it may be taken now. */
  waitFor(lineId: number, quota: Quota & { readonly key: string }): number
  /** An update to the line's address could not be believed: is its channel still set up as it should be? Costs nothing. */
  wonder(lineId: number): void
  /** Is shown the webhooks of traced lines. */
  readonly traffic?: Traffic
}

const HASH_PATTERN = /^[0-9a-f]{32}$/
/** How often an update is checked anew because its line was changed under it. */
const MAX_STALE_RETRIES = 3
/**
 * Values in all pieces of one request together, and at least and at most in each: what surrounds the pieces stands in all of
 * them, and must not be read a thousand times at full size. A message of Meta's has some 30.
 */
const VALUES_OF_PIECES = 200_000
const LEAST_VALUES = 200
const MOST_VALUES = 10_000
const OK: HttpReply = { status: 200, body: '' }

/** How the updates of a request are read. */
interface Reading {
  readonly isFresh: boolean
  readonly turns: Turns
  readonly sight: Sight | undefined
}

/** The single webhook URL (PROTOCOL §3), apart from HTTP itself. */
export class Webhook {
  readonly #deps: WebhookDeps

  constructor(deps: WebhookDeps) {
    this.#deps = deps
  }

  /** Where a request leads. Throws RefusedRequestError 404. */
  async findAddress(hash: string | null, isFresh = false): Promise<WebhookAddress> {
    const isWellFormed = hash !== null && HASH_PATTERN.test(hash)
    const address = isWellFormed
      ? await this.#deps.lineDirectory.findAddress(hash, { isFresh })
      : undefined
    if (!address) throw unknownLine()
    return address
  }

  /** The channel's success answer, after everything in the update is committed. Throws RefusedRequestError, StoreUnavailableError. */
  async handle(request: RawRequest, found: WebhookAddress, span?: TraceSpan): Promise<HttpReply> {
    const { traffic } = this.#deps
    if (!traffic || traffic.isIdle) return await this.#take(request, found, { span })
    return await traffic.watch(request, found, (sight) =>
      this.#take(request, found, { span, sight }),
    )
  }

  async #take(request: RawRequest, found: WebhookAddress, watched: Watched): Promise<HttpReply> {
    try {
      return await this.#attempt(request, found, watched)
    } catch (error) {
      // A refusal may rest on what this process remembers of a line that another one has changed.
      if (!mayBeStale(error)) throw error
      const fresh = await this.findAddress(found.hash, true)
      if (fresh.active?.record.epoch === found.active?.record.epoch) throw error
      return await this.#attempt(request, fresh, watched)
    }
  }

  async #attempt(
    request: RawRequest,
    found: WebhookAddress,
    { span, sight }: Watched,
  ): Promise<HttpReply> {
    let address = found
    for (let tries = 0; ; tries++) {
      const shake = await shakeHands(request, address)
      if (shake) return shake
      if (request.method !== 'POST') {
        throw new RefusedRequestError(
          'HUB_METHOD_NOT_ALLOWED',
          'this request is no handshake of the channel',
          { headers: { allow: 'GET, POST' } },
        )
      }
      const turns = new Turns(this.#deps.stopwatch)
      sight?.begin()
      const updates = await verified(span, () =>
        this.#updatesIn(request, address, { isFresh: tries > 0, turns, sight }),
      )
      const outcome = await commitUpdates(this.#deps, updates, turns, span)
      if (outcome !== 'stale') return updates[0]?.parsed.reply ?? OK
      if (tries >= MAX_STALE_RETRIES) throw notConnected()
      address = await this.findAddress(address.hash, true)
    }
  }

  async #updatesIn(
    request: RawRequest,
    address: WebhookAddress,
    reading: Reading,
  ): Promise<LineUpdate[]> {
    if (address.connector.route) return await this.#readPieces(request, address, reading)
    if (!address.active) throw unknownLine()
    return await this.#read(request, address.active, reading.sight)
  }

  async #read(
    request: RawRequest,
    active: ActiveLine,
    sight: Sight | undefined,
  ): Promise<LineUpdate[]> {
    if (!takesUpdates(active.record.status)) throw notConnected()
    if (!(await this.#verify(request, active))) throw notGenuine()
    this.#admit(active)
    this.#count(request, active)
    const receivedAt = this.#deps.clock.now()
    const { connector } = active
    let update: unknown
    try {
      update = connector.readUpdate ? connector.readUpdate(request, active.line) : request.json()
      const parsed = readUpdate(update, active, receivedAt, this.#deps.log)
      sight?.see({ active, receivedAt, update, parsed })
      return [{ active, parsed }]
    } catch (error) {
      // It is genuine: that the hub can't read it concerns the operator, for the channel will give up at some time.
      if (error instanceof BadUpdateError) {
        logUnreadable(this.#deps.log, active, '', error)
        sight?.see({ active, receivedAt, ...(update === undefined ? {} : { update }) })
      }
      throw error
    }
  }

  /**
   * The updates of a request to an address that accounts share, whichever lines hold them. It is refused as a whole when
   * it isn't genuine for any line; what concerns nobody here is passed over, since the channel would repeat it for ever.
   */
  async #readPieces(
    request: RawRequest,
    address: WebhookAddress,
    { isFresh, turns, sight }: Reading,
  ): Promise<LineUpdate[]> {
    const { lineDirectory, log } = this.#deps
    const verify = (line: ActiveLine): Promise<boolean> => this.#isGenuine(request, line)
    const routed = await new PieceRouter({ lineDirectory, verify }, address, isFresh).route(request)
    if (!routed) throw this.#unbelievable(address)
    const { pieces, passedOver, isIdle } = routed
    if (pieces.length === 0 && isIdle) throw notConnected()
    if (!address.active) await lineDirectory.noteUse(address)
    if (passedOver > 0) {
      log.info(
        { event: 'update.unrouted', pieces: passedOver, ...lineFields(address.active) },
        'a part of an update concerns no account that is connected here',
      )
    }
    for (const line of new Set(pieces.map((piece) => piece.active))) this.#admit(line)
    sight?.passOver(passedOver)
    return await this.#readAll(pieces, turns, sight)
  }

  /** Others have their turns in between. */
  async #readAll(
    pieces: RoutedPieces['pieces'],
    turns: Turns,
    sight: Sight | undefined,
  ): Promise<LineUpdate[]> {
    const { clock, log } = this.#deps
    const receivedAt = clock.now()
    const maxValues = Math.max(LEAST_VALUES, Math.floor(VALUES_OF_PIECES / pieces.length))
    const updates: LineUpdate[] = []
    for (const [index, { active, update }] of pieces.entries()) {
      if (turns.isOver) await turns.next()
      try {
        const most = Math.min(MOST_VALUES, maxValues)
        const parsed = readUpdate(update, active, receivedAt, log, most)
        sight?.see({ active, receivedAt, update, parsed })
        updates.push({ active, parsed })
      } catch (error) {
        // The pieces of others must not be lost with it, and the channel would repeat all of them for days.
        if (!(error instanceof BadUpdateError)) throw error
        sight?.see({ active, receivedAt, update })
        logUnreadable(log, active, `piece ${index + 1} of ${pieces.length}`, error)
      }
    }
    return updates
  }

  async #isGenuine(request: RawRequest, { connector, line }: ActiveLine): Promise<boolean> {
    return (await connector.verify(request, line)).ok
  }

  async #verify(request: RawRequest, { record, connector, line }: ActiveLine): Promise<boolean> {
    const verification = await connector.verify(request, line)
    if (!verification.ok) this.#refused({ record }, verification.reason)
    return verification.ok
  }

  /** The same for accounts that are connected here and for those that aren't: the sender has proven nothing. */
  #unbelievable(address: WebhookAddress): RefusedRequestError {
    const { active } = address
    this.#refused(active, 'no line that it may be about can believe it')
    if (!active) return unknownLine()
    return takesUpdates(active.record.status) ? notGenuine() : notConnected()
  }

  #refused(active: Pick<ActiveLine, 'record'> | undefined, reason: string): void {
    if (active) this.#deps.wonder(active.record.id)
    this.#deps.log.warn(
      { event: 'webhook.refused', reason, ...lineFields(active) },
      'an update could not be shown to be genuine',
    )
  }

  #count(request: RawRequest, { connector, line, record }: ActiveLine): void {
    for (const quota of connector.quotas?.(request, line) ?? []) {
      const retryAfterSeconds = this.#deps.waitFor(record.id, quota)
      if (retryAfterSeconds === 0) continue
      throw new RefusedRequestError('HUB_LIMIT', 'too much at once', { retryAfterSeconds })
    }
  }

  #admit({ record }: ActiveLine): void {
    if (this.#deps.admit(record.id)) return
    throw new RefusedRequestError('HUB_LIMIT', 'more updates than this line may take', {
      retryAfterSeconds: 1,
    })
  }
}

/** Who watches a webhook: its span, and what a trace of the line is to see of it. */
interface Watched {
  readonly span: TraceSpan | undefined
  readonly sight?: Sight
}

async function verified<T>(span: TraceSpan | undefined, work: () => Promise<T>): Promise<T> {
  const part = span?.child('verify')
  try {
    const result = await work()
    part?.end()
    return result
  } catch (error) {
    part?.end('refused')
    throw error
  }
}

async function shakeHands(
  request: RawRequest,
  { active }: WebhookAddress,
): Promise<HttpReply | undefined> {
  return await active?.connector.handshake?.(request, active.line)
}

function lineFields(active: Pick<ActiveLine, 'record'> | undefined): object {
  return active ? { lineId: active.record.id, line: lineName(active.record) } : {}
}

function unknownLine(): RefusedRequestError {
  return new RefusedRequestError('HUB_UNKNOWN_LINE', 'no line has this hash')
}

function notConnected(): RefusedRequestError {
  return new RefusedRequestError('HUB_LINE_NOT_CONNECTED', 'the line is not connected')
}

function notGenuine(): RefusedRequestError {
  return new RefusedRequestError('HUB_BAD_SIGNATURE', 'the update could not be shown to be genuine')
}

/** The refusal follows from the line's settings or status, which may have changed. */
function mayBeStale(error: unknown): boolean {
  if (!(error instanceof RefusedRequestError)) return false
  return error.code === 'HUB_BAD_SIGNATURE' || error.code === 'HUB_LINE_NOT_CONNECTED'
}
