import type { Clock, Timer } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import type { Mailbox, MailboxReader, NewLetter } from '../core/mailbox.ts'
import type { Store } from '../db/engine/store.ts'
import { type FeedLetter, putLetter, readLastSeqs, readLetters } from '../db/mailbox/letters.ts'
import { Feed } from './feed.ts'
import { Turns } from './turns.ts'

export interface MailboxDeps {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  /** A letter was put here: other processes may have its reader. */
  onPut?(): void
}

/** How often the store is asked for letters that other processes have put, while anybody here waits for some. */
const POLL_MS = 200
/** How often those who wait are compared with the store: where a number comes later than the feed looks back for it. */
const SWEEP_MS = 15_000
/** Chats that one statement of it asks for. */
const SWEEP_SIZE = 500
/** Letters that are read of one chat at a time. */
const PAGE = 200
/** Chats that are read at once: after an outage all pages come back together. */
const MOST_READS = 16
/** Pages of one chat that are open in this process: nobody looks at more tabs. */
const PAGES_PER_CHAT = 10
const SAY_EVERY_MS = 60_000

/** Somebody's page that is open here. */
interface Following extends MailboxReader {
  last: number
  isReading: boolean
  /** Something has come while it was being read. */
  isBehind: boolean
  hasEnded: boolean
}

/**
 * Letters in the store, and the pages that wait for them in this process. One reader asks for what is new, whatever the number of
 * pages: it costs one statement in 200 ms, and none while no page is open.
 */
export class StoreMailbox implements Mailbox {
  readonly #deps: MailboxDeps
  readonly #feed: Feed
  readonly #reads = new Turns(MOST_READS)
  readonly #followings = new Map<string, Set<Following>>()
  #timer: Timer | undefined
  #polling: Promise<void> | undefined
  #isDue = false
  #isStopped = false
  #sweptAt: number
  #saidAt = Number.NEGATIVE_INFINITY

  constructor(deps: MailboxDeps) {
    this.#deps = deps
    this.#feed = new Feed(deps)
    this.#sweptAt = deps.clock.now()
  }

  async put(letter: NewLetter): Promise<void> {
    const { store, clock } = this.#deps
    await putLetter(store, letter, clock.now())
    this.#deps.onPut?.()
    this.wake()
  }

  /** There is something new in the store: it is read now instead of with the next look. */
  wake(): void {
    if (this.#followings.size > 0) this.#poll()
  }

  follow(reader: MailboxReader): () => void {
    const key = keyOf(reader)
    const following: Following = {
      lineId: reader.lineId,
      chatId: reader.chatId,
      take: (letters) => reader.take(letters),
      end: () => reader.end(),
      last: reader.after ?? 0,
      isReading: false,
      isBehind: false,
      hasEnded: false,
    }
    const others = this.#followings.get(key)
    if (others) others.add(following)
    else this.#followings.set(key, new Set([following]))
    void this.#begin(following)
    const [oldest] = others ?? []
    if (oldest && (others?.size ?? 0) > PAGES_PER_CHAT) {
      this.#leave(oldest)
      oldest.end()
    }
    return () => this.#leave(following)
  }

  #leave(following: Following): void {
    const key = keyOf(following)
    following.hasEnded = true
    const left = this.#followings.get(key)
    left?.delete(following)
    if (left?.size === 0) this.#followings.delete(key)
    if (this.#followings.size === 0) this.#rest()
  }

  /** Resolves when nothing is being read any more. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#rest()
    await this.#polling
    await this.#reads.settled()
  }

  /** Where the feed begins is known before the chat is read: what comes in between comes by the feed. */
  async #begin(following: Following): Promise<void> {
    await this.#try(() => this.#feed.begin())
    this.#schedule()
    await this.#catchUp(following)
  }

  #rest(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#feed.forget()
  }

  #schedule(): void {
    if (this.#isStopped || this.#timer || this.#followings.size === 0) return
    this.#timer = this.#deps.clock.after(POLL_MS, () => {
      this.#timer = undefined
      this.#poll()
    })
  }

  /** One at a time; what comes while it is under way is asked for right behind it. */
  #poll(): void {
    if (this.#isStopped) return
    if (this.#polling !== undefined) {
      this.#isDue = true
      return
    }
    this.#polling = this.#try(() => this.#read()).then(() => {
      this.#polling = undefined
      if (this.#isDue) {
        this.#isDue = false
        this.#poll()
      } else this.#schedule()
    })
  }

  async #read(): Promise<void> {
    for (const letter of await this.#feed.read()) this.#hand(letter)
    const now = this.#deps.clock.now()
    if (now - this.#sweptAt < SWEEP_MS) return
    this.#sweptAt = now
    await this.#sweep()
  }

  #hand(letter: FeedLetter): void {
    for (const following of this.#followings.get(keyOf(letter)) ?? []) {
      if (letter.seq <= following.last) continue
      if (following.isReading || letter.seq !== following.last + 1) void this.#catchUp(following)
      else this.#give(following, [letter])
    }
  }

  #give(following: Following, letters: readonly FeedLetter[]): void {
    const last = letters.at(-1)
    if (!last || following.hasEnded) return
    following.last = last.seq
    const now = this.#deps.clock.now()
    const current = letters.filter(({ until = now + 1 }) => until > now)
    if (current.length > 0) following.take(current)
  }

  async #catchUp(following: Following): Promise<void> {
    if (following.isReading) {
      following.isBehind = true
      return
    }
    following.isReading = true
    await this.#reads.take(() =>
      this.#try(async () => {
        do {
          following.isBehind = false
          await this.#readAll(following)
        } while (following.isBehind && !following.hasEnded)
      }),
    )
    following.isReading = false
  }

  async #readAll(following: Following): Promise<void> {
    const { store, clock } = this.#deps
    while (!following.hasEnded && !this.#isStopped) {
      const { lineId, chatId, last: after } = following
      const page = { now: clock.now(), limit: PAGE }
      const letters = await readLetters(store, { lineId, chatId, after }, page)
      this.#give(following, letters)
      if (letters.length < PAGE) return
    }
  }

  async #sweep(): Promise<void> {
    const all = [...this.#followings.values()].flatMap(([first]) => first ?? [])
    for (let from = 0; from < all.length; from += SWEEP_SIZE) {
      const part = all.slice(from, from + SWEEP_SIZE)
      for (const found of await readLastSeqs(this.#deps.store, part)) {
        for (const following of this.#followings.get(keyOf(found)) ?? []) {
          if (found.lastSeq > following.last) void this.#catchUp(following)
        }
      }
    }
  }

  /** What failed is tried again with the next poll, or the next sweep. */
  async #try(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (err) {
      const { clock, log } = this.#deps
      // Whoever has missed something is found as soon as the store is back.
      this.#sweptAt = Number.NEGATIVE_INFINITY
      if (this.#isStopped || clock.now() - this.#saidAt < SAY_EVERY_MS) return
      this.#saidAt = clock.now()
      log.warn({ event: 'mailbox.unread', err }, 'letters for people’s pages wait in the store')
    }
  }
}

function keyOf({ lineId, chatId }: Pick<FeedLetter, 'lineId' | 'chatId'>): string {
  return `${lineId} ${chatId}`
}
