import { hash } from 'node:crypto'
import { BoundedMap } from '../core/bounded-map.ts'
import type { Clock, Timer } from '../core/clock.ts'
import { StoreUnavailableError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { ChatSighting } from '../core/recipient.ts'
import type { RenderedPerson } from '../core/stored-event.ts'
import type { Store } from '../db/engine/store.ts'
import { type ChatNote, findNoted, type Noted, writeNoted } from '../db/recipients/notes.ts'

export interface RecipientBookDeps {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  /** Milliseconds, for how long writing has taken; the system's if absent. */
  readonly stopwatch?: () => number
}

type Note = { -readonly [Key in keyof ChatNote]: ChatNote[Key] }

const FLUSH_EVERY_MS = 1000
/** Writing may take a fortieth of the time, for noting takes some, too, … */
const PACE = 40
/** … but what is noted is written after so long in any case. */
const FLUSH_AT_LATEST_MS = 10_000
/** Rows of one transaction. */
const MAX_BATCH = 500
/** Chats with something to write, some 250 bytes each: at so many it is written at once, … */
const MANY_NOTED = 100_000
/** … and of more than these nothing is noted until it was. */
const MAX_NOTED = 150_000
/** Chats whose row is known to be there: some 100 bytes each. */
const MAX_KNOWN = 250_000
/** A longer id of a chat is remembered by its digest. */
const MAX_KEY = 64
const RETRY_MS = 1000
const SAY_EVERY_MS = 60_000
/** At the end of the process. */
const STOP_GRACE_MS = 2000

/**
 * What the traffic shows of recipients: when they were seen last, what their channels tell of them, whether they have blocked
 * the line. It is put together in memory, chat by chat, and written behind the work. A crash loses some seconds of it; the rows
 * themselves are made in the commit of the events (db/inbox/append.ts), for chats that aren't `known` here.
 */
export class RecipientBook {
  readonly #deps: RecipientBookDeps
  /** The version of what was last told of the person, or an empty text. */
  readonly #known = new BoundedMap<string, string>(MAX_KNOWN)
  #notes = new Map<string, Note>()
  #timer: Timer | undefined
  #dueAt = Number.POSITIVE_INFINITY
  #flushing: Promise<boolean> | undefined
  #earliest = Number.NEGATIVE_INFINITY
  #retryAt = Number.NEGATIVE_INFINITY
  #isClosed = false
  #saidAt = Number.NEGATIVE_INFINITY

  constructor(deps: RecipientBookDeps) {
    this.#deps = deps
  }

  /** Has this process seen that the chat has its row? */
  isKnown(lineId: number, chatId: string): boolean {
    return this.#known.has(keyOf(lineId, chatId))
  }

  /** Of events that were committed at this time, in order, with the rows of chats that weren't known. */
  note(sightings: readonly ChatSighting[], at: number): void {
    for (const sighting of sightings) {
      const key = keyOf(sighting.lineId, sighting.chatId)
      this.#add(key, sighting, at)
    }
  }

  /** A person of the company has written to the chat. */
  noteAnswer(lineId: number, chatId: string): void {
    const sighting = { lineId, portalId: '', chatId, isTalk: true } as const
    this.#add(keyOf(lineId, chatId), sighting, this.#deps.clock.now())
  }

  /** Writes what was noted, so that it is found. Never rejects. */
  async flush(): Promise<void> {
    await this.#flushing
    if (this.#notes.size > 0) await this.#flush()
  }

  /** Writes what it can within a moment, and takes nothing more. */
  async close(): Promise<void> {
    const grace = Promise.withResolvers<void>()
    const timer = setTimeout(grace.resolve, STOP_GRACE_MS)
    await Promise.race([this.flush(), grace.promise])
    clearTimeout(timer)
    this.#isClosed = true
    this.#timer?.cancel()
  }

  #add(key: string, sighting: ChatSighting, at: number): void {
    if (this.#isClosed) return
    let note = this.#notes.get(key)
    if (!note) {
      if (this.#notes.size >= MAX_NOTED) {
        this.#say(undefined)
        return
      }
      note = { lineId: sighting.lineId, chatId: sighting.chatId }
      this.#notes.set(key, note)
    }
    addSighting(note, sighting, at)
    if (sighting.person) this.#addPerson(key, note, sighting.person, at)
    else if (!this.#known.has(key) && sighting.portalId !== '') this.#known.set(key, '')
    const isMuch = this.#notes.size >= MANY_NOTED
    if (this.#timer && !isMuch) return
    const now = this.#deps.clock.now()
    this.#schedule(
      isMuch ? Math.max(now, this.#retryAt) : Math.max(now + FLUSH_EVERY_MS, this.#earliest),
    )
  }

  /** Nearly always the channel tells the same of a person as before: then nothing of it is kept. */
  #addPerson(key: string, note: Note, person: RenderedPerson, at: number): void {
    const { version = '' } = person
    if (this.#known.get(key) === version) return
    this.#known.set(key, version)
    note.person = person
    note.personAt = at
  }

  #schedule(at: number): void {
    if (this.#flushing || this.#isClosed || at >= this.#dueAt) return
    this.#timer?.cancel()
    this.#dueAt = at
    const { clock } = this.#deps
    this.#timer = clock.after(Math.max(0, at - clock.now()), () => void this.#flush())
  }

  async #flush(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#dueAt = Number.POSITIVE_INFINITY
    this.#flushing ??= this.#write()
    const isDone = await this.#flushing
    this.#flushing = undefined
    if (this.#notes.size === 0) return
    const now = this.#deps.clock.now()
    if (!isDone) this.#retryAt = now + RETRY_MS
    this.#schedule(Math.max(now + FLUSH_EVERY_MS, this.#earliest))
  }

  /** False if the store is away: then the notes are kept, and what has come meanwhile is on top of them. */
  async #write(): Promise<boolean> {
    const { store, clock, stopwatch = () => performance.now() } = this.#deps
    const startedAt = stopwatch()
    const notes = [...this.#notes.values()].sort(byChat)
    this.#notes = new Map()
    const noted: Noted[] = []
    const unread = await this.#inBatches(notes, async (batch) => {
      noted.push(...(await findNoted(store, batch)))
    })
    // Rows that lie together are written together, whatever lines they are of.
    noted.sort((a, b) => a.row.lead - b.row.lead)
    const unwritten = await this.#inBatches(noted, (batch) => writeNoted(store, batch))
    const left = [...unread, ...unwritten.map(({ note }) => note)]
    this.#takeBack(left)
    const pause = Math.min(PACE * (stopwatch() - startedAt), FLUSH_AT_LATEST_MS)
    this.#earliest = clock.now() + Math.ceil(pause)
    return left.length === 0
  }

  /** Gives those that are left because the store is away. */
  async #inBatches<T>(
    items: readonly T[],
    work: (batch: readonly T[]) => Promise<void>,
  ): Promise<readonly T[]> {
    for (let from = 0; from < items.length; from += MAX_BATCH) {
      if (from > 0) await this.#deps.store.letOthersIn()
      const isDone = await this.#try(items.slice(from, from + MAX_BATCH), work)
      if (!isDone) return items.slice(from)
    }
    return []
  }

  /** What the store has refused it would refuse again: it is tried one by one, and given up. What it could not answer waits. */
  async #try<T>(
    batch: readonly T[],
    work: (batch: readonly T[]) => Promise<void>,
  ): Promise<boolean> {
    try {
      await work(batch)
      return true
    } catch (error) {
      this.#say(error)
      if (error instanceof StoreUnavailableError) return false
      if (batch.length === 1) return true
      for (const one of batch) if (!(await this.#try([one], work))) return false
      return true
    }
  }

  #takeBack(notes: readonly ChatNote[]): void {
    for (const note of notes) {
      const key = keyOf(note.lineId, note.chatId)
      const later = this.#notes.get(key)
      if (!later && this.#notes.size >= MAX_NOTED) {
        this.#known.delete(key)
        continue
      }
      const first = note.firstSeenAt ?? later?.firstSeenAt
      this.#notes.set(key, {
        ...note,
        ...later,
        ...(first === undefined ? {} : { firstSeenAt: first }),
      })
    }
  }

  #say(error: unknown): void {
    const now = this.#deps.clock.now()
    if (now < this.#saidAt + SAY_EVERY_MS) return
    this.#saidAt = now
    this.#deps.log.warn(
      { event: 'recipients.put-off', noted: this.#notes.size, err: error },
      'what was seen of recipients could not be written yet',
    )
  }
}

function addSighting(
  note: Note,
  { hasWritten, isTalk, isBlocked }: ChatSighting,
  at: number,
): void {
  if (hasWritten) {
    note.firstSeenAt ??= at
    note.seenAt = at
    // Who writes has not blocked.
    if (note.blocked) note.blocked = { at, isBlocked: false }
  }
  if (hasWritten || isTalk) note.talkAt = at
  if (isBlocked !== undefined) note.blocked = { at, isBlocked }
}

/** In which the unique key has them. */
function byChat(a: ChatNote, b: ChatNote): number {
  return a.lineId - b.lineId || (a.chatId < b.chatId ? -1 : 1)
}

function keyOf(lineId: number, chatId: string): string {
  if (chatId.length <= MAX_KEY) return `${lineId}:${chatId}`
  return `${lineId}:sha256:${hash('sha256', chatId, 'base64url')}`
}
