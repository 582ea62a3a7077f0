import type { Writable } from 'node:stream'
import type { Clock, Timer } from '../core/clock.ts'
import { endStream } from '../core/end-stream.ts'
import { StoreUnavailableError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { JournalItem } from './journal-item.ts'
import type { LineItemObject } from './line-items.ts'
import type { OverviewBook, OverviewObject } from './overview.ts'
import { type Scope, scopeKey } from './scope.ts'

export interface LiveDeps {
  readonly clock: Clock
  readonly log: Log
  readonly overviews: OverviewBook
  /** Which of these sessions are still open, by what they are stored under. */
  stillOpen(hashes: readonly string[]): Promise<ReadonlySet<string>>
  /** Those that are there. */
  readLines(lineIds: readonly number[]): Promise<readonly LineItemObject[]>
  /** What became of its messages of the last half minute, the latest first. */
  readJournal(item: LineItemObject): Promise<readonly JournalItem[]>
}

/** Somebody who looks. */
export interface Onlooker {
  readonly scope: Scope
  readonly lineId?: number
  /** What the session is stored under; absent: a bearer. */
  readonly session?: string
}

const EVERY_MS = 2000
/**
 * Scopes other than the operators' that are read in one look, some seven statements each. Where more are open, each has its turn
 * in every second or third look, so that a portal's administrators never cost more than this.
 */
const MAX_SCOPES_READ = 40
/** Lines of one reading. */
const LINES_AT_ONCE = 100
/** Proxies and browsers give up on what stays silent. */
const COMMENT_EVERY_MS = 15_000
export const MAX_ONLOOKERS = 2000
/** Of one session, and of one portal's sessions together, so that nobody's administrators use up what is there for all. */
export const MAX_OF_SESSION = 250
export const MAX_OF_PORTAL = 500
/** What a reader that takes nothing may leave in memory. */
const MAX_UNREAD_BYTES = 1024 * 1024

interface Stream extends Onlooker {
  readonly to: Writable
  readonly end: () => void
}

/** What is read once for all who look at it. */
interface View {
  readonly streams: Set<Stream>
  /** What was written last, without what always changes. */
  last: string
}

interface ScopeView extends View {
  readonly scope: Scope
}

interface LineView extends View {
  /** Journal items as they were written last. */
  journal: Map<string, string>
}

/**
 * What consoles see without asking. However many are open, each scope and each line is read once every two seconds, and what
 * has not changed isn't written.
 */
export class Live {
  readonly #deps: LiveDeps
  readonly #streams = new Set<Stream>()
  readonly #overviews = new Map<string, ScopeView>()
  readonly #lines = new Map<number, LineView>()
  #timer: Timer | undefined
  #commentedAt = 0
  #isClosed = false

  constructor(deps: LiveDeps) {
    this.#deps = deps
  }

  /** Is there room for one more? Those who look already are never ended for others. */
  hasRoomFor({ session, scope }: Onlooker): boolean {
    if (this.#isClosed || this.#streams.size >= MAX_ONLOOKERS) return false
    if (scope.kind === 'operator' && session === undefined) return true
    let ofSession = 0
    let ofPortal = 0
    for (const { scope: other, session: theirs } of this.#streams) {
      if (theirs === session) ofSession += 1
      if (isOfPortal(other, scope)) ofPortal += 1
    }
    return ofSession < MAX_OF_SESSION && ofPortal < MAX_OF_PORTAL
  }

  /** Writes to `to` until it is closed, the session has ended or the hub stops. */
  async show(onlooker: Onlooker, to: Writable, hello: object): Promise<void> {
    if (this.#isClosed) return endStream(to, this.#deps.clock)
    const over = Promise.withResolvers<void>()
    const stream: Stream = { ...onlooker, to, end: () => over.resolve() }
    to.once('close', stream.end)
    to.on('error', stream.end)
    write([stream], frame('hello', hello))
    this.#add(stream)
    // What is there at once, without waiting for the next look.
    void this.#look([stream])
    this.#timer ??= this.#deps.clock.after(EVERY_MS, () => void this.#tick())
    await over.promise
    this.#remove(stream)
    endStream(to, this.#deps.clock)
  }

  /** Ends all of them. */
  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
    this.#timer = undefined
    for (const { end } of this.#streams) end()
  }

  #add(stream: Stream): void {
    this.#streams.add(stream)
    const { scope, lineId } = stream
    const key = scopeKey(scope)
    const view = this.#overviews.get(key) ?? { scope, streams: new Set(), last: '' }
    view.streams.add(stream)
    this.#overviews.set(key, view)
    if (lineId === undefined) return
    const line = this.#lines.get(lineId) ?? { streams: new Set(), last: '', journal: new Map() }
    line.streams.add(stream)
    this.#lines.set(lineId, line)
  }

  #remove(stream: Stream): void {
    this.#streams.delete(stream)
    const { scope, lineId } = stream
    const key = scopeKey(scope)
    const view = this.#overviews.get(key)
    view?.streams.delete(stream)
    if (view?.streams.size === 0) this.#overviews.delete(key)
    const line = lineId === undefined ? undefined : this.#lines.get(lineId)
    line?.streams.delete(stream)
    if (lineId !== undefined && line?.streams.size === 0) this.#lines.delete(lineId)
  }

  async #tick(): Promise<void> {
    try {
      await this.#endClosed()
      await this.#look()
      this.#comment()
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) {
        this.#deps.log.error({ event: 'console.failed', err: error }, 'nothing was shown live')
      }
    }
    const isWanted = this.#streams.size > 0 && !this.#isClosed
    this.#timer = isWanted ? this.#deps.clock.after(EVERY_MS, () => void this.#tick()) : undefined
  }

  /** A session that has ended shows nothing more. While the store is away nobody can tell, and nothing new is read either. */
  async #endClosed(): Promise<void> {
    const hashes = [...this.#streams].flatMap(({ session }) => session ?? [])
    const open = await this.#stillOpen([...new Set(hashes)])
    if (!open) return
    for (const { session, end } of this.#streams) {
      if (session !== undefined && !open.has(session)) end()
    }
  }

  async #stillOpen(hashes: readonly string[]): Promise<ReadonlySet<string> | undefined> {
    try {
      return hashes.length === 0 ? undefined : await this.#deps.stillOpen(hashes)
    } catch (error) {
      if (error instanceof StoreUnavailableError) return undefined
      throw error
    }
  }

  /** For all, or for some who have just come: those are shown everything. */
  async #look(only?: readonly Stream[]): Promise<void> {
    const isMeant = (view: View): boolean => !only || only.some((one) => view.streams.has(one))
    const overviews = only ? [...this.#overviews.values()].filter(isMeant) : this.#nextOverviews()
    try {
      for (const view of overviews) await this.#showOverview(view, only)
      const lines = [...this.#lines].filter(([, one]) => isMeant(one))
      for (let from = 0; from < lines.length; from += LINES_AT_ONCE) {
        await this.#showLines(lines.slice(from, from + LINES_AT_ONCE), only)
      }
    } catch (error) {
      if (error instanceof StoreUnavailableError) return
      this.#deps.log.error({ event: 'console.failed', err: error }, 'nothing was shown live')
    }
  }

  /** Whose turn it is. They go to the end of the row. */
  #nextOverviews(): ScopeView[] {
    const all = [...this.#overviews]
    const narrow = all.filter(([, { scope }]) => scope.kind !== 'operator')
    const next = narrow.slice(0, MAX_SCOPES_READ)
    for (const [key, view] of next) {
      this.#overviews.delete(key)
      this.#overviews.set(key, view)
    }
    return [...all.filter(([, { scope }]) => scope.kind === 'operator'), ...next].map(
      ([, view]) => view,
    )
  }

  async #showOverview(view: ScopeView, only: readonly Stream[] | undefined): Promise<void> {
    const overview = await this.#overviewOf(view.scope)
    if (!overview) return
    const { at: _, ...lasting } = overview
    const text = JSON.stringify(lasting)
    if (!only && text === view.last) return
    if (!only) view.last = text
    write(only ?? view.streams, frame('overview', overview))
  }

  async #overviewOf(scope: Scope): Promise<OverviewObject | undefined> {
    try {
      return await this.#deps.overviews.of(scope)
    } catch (error) {
      if (error instanceof StoreUnavailableError) return this.#deps.overviews.lastOf(scope)
      throw error
    }
  }

  async #showLines(
    views: readonly (readonly [number, LineView])[],
    only: readonly Stream[] | undefined,
  ): Promise<void> {
    const items = await this.#deps.readLines(views.map(([lineId]) => lineId))
    const byId = new Map(items.map((item) => [item.id, item]))
    for (const [lineId, view] of views) {
      const item = byId.get(lineId)
      if (item) await this.#showLine(item, view, only)
    }
  }

  async #showLine(
    item: LineItemObject,
    view: LineView,
    only: readonly Stream[] | undefined,
  ): Promise<void> {
    const text = JSON.stringify(item)
    if (only || text !== view.last) write(only ?? view.streams, frame('line', item))
    const journal = new Map(
      (await this.#deps.readJournal(item)).map((one) => [keyOf(one), JSON.stringify(one)]),
    )
    const changed = [...journal].filter(([key, one]) => only || view.journal.get(key) !== one)
    if (changed.length > 0) {
      const items = changed.map(([, one]) => one).join(',')
      write(only ?? view.streams, `event: journal\ndata: {"items":[${items}]}\n\n`)
    }
    if (only) return
    view.last = text
    view.journal = journal
  }

  #comment(): void {
    const now = this.#deps.clock.now()
    if (now - this.#commentedAt < COMMENT_EVERY_MS - EVERY_MS) return
    this.#commentedAt = now
    write(this.#streams, ':\n\n')
  }
}

function isOfPortal(one: Scope, other: Scope): boolean {
  return one.kind !== 'operator' && other.kind !== 'operator' && one.portalId === other.portalId
}

function keyOf({ evt, out }: JournalItem): string {
  return evt ?? out ?? ''
}

function frame(event: string, data: object): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}

function write(streams: Iterable<Stream>, text: string): void {
  for (const { to, end } of streams) {
    if (to.writableLength > MAX_UNREAD_BYTES) end()
    else if (to.writable) to.write(text)
  }
}
