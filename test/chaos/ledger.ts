/** A packet at a portal, from when it was read to when its answer was out or its connection gone. */
export interface Visit {
  readonly packetId: string
  readonly line: number
  readonly numbers: readonly number[]
  readonly beganAt: number
  endedAt?: number
  end?: 'answered' | 'gone'
}

interface LineBook {
  /** Updates answered 2xx: all below this number. */
  answered: number
  /** The highest number a portal has seen. */
  seen: number
  readonly idOf: Map<number, string>
  /** Taken by the portal, whatever the hub has heard of it. */
  readonly processed: Set<number>
  readonly asked: Set<number>
  last: Visit | undefined
  repeats: number
}

/** Portals see a connection's end a moment after the hub has closed it. */
const CLOSE_LAG_MS = 100
const MAX_TOLD = 40

/** Everything that was posted and everything that came, and whether the two fit together. */
export class Ledger {
  readonly violations: string[] = []
  /** Packets that overlapped one that had been under way when its hub was stopped: nobody could have called it back. */
  overlapsInStall = 0
  packets = 0
  events = 0
  readonly #lines: LineBook[]
  readonly #records = new Set<Visit[]>()
  readonly #pending = new Set<{ older: Visit; newer: Visit }>()
  /** Times in which some hub was stopped. */
  readonly #stalls: { readonly from: number; to?: number }[] = []

  constructor(lines: number) {
    this.#lines = Array.from({ length: lines }, () => ({
      answered: 0,
      seen: -1,
      idOf: new Map(),
      processed: new Set(),
      asked: new Set(),
      last: undefined,
      repeats: 0,
    }))
  }

  get repeats(): number {
    return this.#lines.reduce((sum, { repeats }) => sum + repeats, 0)
  }

  get answered(): number {
    return this.#lines.reduce((sum, { answered }) => sum + answered, 0)
  }

  /** How many updates of the line have been answered 2xx. */
  answeredOf(line: number): number {
    return this.#book(line).answered
  }

  get processed(): number {
    return this.#lines.reduce((sum, { processed }) => sum + processed.size, 0)
  }

  violation(text: string): void {
    if (this.violations.length === MAX_TOLD) this.violations.push('… and more')
    if (this.violations.length < MAX_TOLD) this.violations.push(text)
  }

  /** The messenger has its 2xx for this update. */
  posted(line: number, number: number): void {
    this.#book(line).answered = number + 1
  }

  stallBegins(): () => void {
    const stall: { readonly from: number; to?: number } = { from: Date.now() }
    this.#stalls.push(stall)
    return () => {
      stall.to = Date.now()
    }
  }

  /** When the line's last packet came, epoch milliseconds; 0 if none has. */
  lastArrival(line: number): number {
    return this.#book(line).last?.beganAt ?? 0
  }

  /** Packets that came from now until the returned function is called. */
  record(): () => Visit[] {
    const visits: Visit[] = []
    this.#records.add(visits)
    return () => {
      this.#records.delete(visits)
      return visits
    }
  }

  /** A packet has come whole. `ids` are its events', in order. */
  arrives(
    packetId: string,
    line: number,
    events: readonly { readonly id: string; readonly number: number }[],
  ): Visit {
    const book = this.#book(line)
    const now = Date.now()
    const numbers = events.map(({ number }) => number)
    const visit: Visit = { packetId, line, numbers, beganAt: now }
    for (const record of this.#records) record.push(visit)
    this.packets += 1
    this.events += events.length
    for (const { id, number } of events) this.#see(line, book, id, number)
    if (book.last && book.last.end === undefined) {
      this.#pending.add({ older: book.last, newer: visit })
    }
    book.last = visit
    return visit
  }

  leaves(visit: Visit, end: 'answered' | 'gone'): void {
    if (visit.end !== undefined) return
    visit.end = end
    visit.endedAt = Date.now()
    for (const pair of this.#pending) {
      if (pair.older !== visit) continue
      this.#pending.delete(pair)
      this.#judge(pair.older, pair.newer)
    }
  }

  process(line: number, numbers: readonly number[]): void {
    for (const number of numbers) this.#book(line).processed.add(number)
  }

  /** The portal refuses this event for good; it belongs into the dead letters. */
  askToBury(line: number, number: number): void {
    this.#book(line).asked.add(number)
  }

  /** What is answered but not yet with the portal: `line number` of each. `buried` holds the same of the dead letters. */
  missing(buried: ReadonlySet<string>): string[] {
    return this.#lines.flatMap(({ answered, processed }, line) =>
      Array.from({ length: answered }, (_, number) => number)
        .filter((number) => !processed.has(number) && !buried.has(`${line} ${number}`))
        .map((number) => `${line} ${number}`),
    )
  }

  wasAskedToBury(line: number, number: number): boolean {
    return this.#book(line).asked.has(number)
  }

  #see(line: number, book: LineBook, id: string, number: number): void {
    const known = book.idOf.get(number)
    if (known !== undefined) {
      book.repeats += 1
      if (known !== id)
        this.violation(`line ${line}: update ${number} came as ${known} and as ${id}`)
      return
    }
    book.idOf.set(number, id)
    if (number !== book.seen + 1) {
      this.violation(`line ${line}: update ${number} came first after update ${book.seen}`)
    }
    book.seen = Math.max(book.seen, number)
  }

  #judge(older: Visit, newer: Visit): void {
    const overlapMs = (older.endedAt ?? 0) - newer.beganAt
    if (older.end === 'gone' && overlapMs <= CLOSE_LAG_MS) return
    const isStall = this.#stalls.some(
      ({ from, to = Number.POSITIVE_INFINITY }) =>
        older.beganAt <= from && newer.beganAt < to + CLOSE_LAG_MS && newer.beganAt > from,
    )
    if (isStall) {
      this.overlapsInStall += 1
      return
    }
    this.violation(
      `line ${older.line}: ${older.packetId} and ${newer.packetId} were at the portal at once for ${overlapMs} ms (${older.end})`,
    )
  }

  #book(line: number): LineBook {
    const book = this.#lines[line]
    if (!book) throw new RangeError(`no line ${line}`)
    return book
  }
}
