import { parseNumberedId } from '../../src/core/ids.ts'
import { Violation } from './invariants.ts'
import type { ChannelCall } from './outbox-channel.ts'
import type { Owner } from './sim-clock.ts'
import type { SimDatabase } from './sim-database.ts'

interface Book {
  readonly out: string
  readonly lineId: number
  readonly seq: number
  readonly chatId: string
  readonly lane: number
  /** How often each part was shown. */
  readonly shown: number[]
  /** Reasons for a repetition. */
  excuses: number
  isRefused: boolean
  /** By part: the try that was under way, or the last one, when the hub had heard that the channel has the part. */
  readonly heard: Map<number, number>
  isDelivered: boolean
  lastSender: Owner | undefined
}

interface Row {
  seq: number
  line_id: number
  state: string
  uncertain: number
  attempt: number
}

/** What the channel has seen of each message, checked at every call against what was promised. */
export class OutboxBooks {
  readonly #database: SimDatabase
  readonly #isExclusive: boolean
  readonly #books = new Map<string, Book>()
  readonly #open = new Set<ChannelCall>()
  calls = 0

  /** `isExclusive` is false where processes stand still: two may then send for a line for a moment. */
  constructor(database: SimDatabase, isExclusive: boolean) {
    this.#database = database
    this.#isExclusive = isExclusive
  }

  /** The hub has answered a portal's sendMessage: it must come to an end. */
  queued(out: string): void {
    this.#find(out)
  }

  /** From the store: a message may be sent before the portal has the answer to its call. */
  #find(out: string): Book {
    const known = this.#books.get(out)
    if (known) return known
    const { lineId, seq } = parseNumberedId('out_', out) ?? { lineId: 0, seq: 0 }
    const { rows } = this.#database.execute(
      'SELECT chat_id, lane, payload FROM outbox_message WHERE line_id = ? AND seq = ?',
      [lineId, seq],
    )
    const [row] = rows as { chat_id: string; lane: number; payload: string }[]
    if (!row) throw new Violation(`${out} was never queued`)
    const { message } = JSON.parse(row.payload) as { message: { text: string } }
    const book: Book = {
      out,
      lineId,
      seq,
      chatId: row.chat_id,
      lane: row.lane,
      shown: message.text.split('|').map(() => 0),
      excuses: 0,
      isRefused: false,
      heard: new Map(),
      isDelivered: false,
      lastSender: undefined,
    }
    this.#books.set(out, book)
    return book
  }

  begins(call: ChannelCall): () => void {
    this.calls += 1
    for (const other of this.#open) {
      if (!this.#isExclusive || other.lineId !== call.lineId || other.sender === call.sender)
        continue
      if (other.sender.isDead) continue
      throw new Violation(`two processes send for line ${call.lineId} at once`)
    }
    this.#checkTurn(call)
    this.#checkNeed(call)
    this.#find(call.out).lastSender = call.sender
    this.#open.add(call)
    return () => this.#open.delete(call)
  }

  /** Everything queued before it in its chat and lane has come to its end. */
  #checkTurn({ out }: ChannelCall): void {
    const { lineId, chatId, lane, seq } = this.#find(out)
    const { rows } = this.#database.execute(
      `SELECT seq FROM outbox_message WHERE line_id = ? AND chat_id = ? AND lane = ? AND seq < ?
       AND state IN ('queued', 'sending')`,
      [lineId, chatId, lane, seq],
    )
    if (rows.length > 0 && this.#isExclusive) {
      throw new Violation(`${out} is sent before ${rows.length} others of its chat`)
    }
  }

  /** A try that was begun after the hub had heard of a part must not send it again. */
  #checkNeed({ out, part }: ChannelCall): void {
    const book = this.#find(out)
    const attempt = this.#stateOf(book)?.attempt ?? 0
    if (attempt > (book.heard.get(part) ?? Number.POSITIVE_INFINITY) && this.#isExclusive) {
      throw new Violation(`${out}: part ${part} is sent again although the channel has told of it`)
    }
  }

  /** The hub has committed what the channel tells of a part. */
  heard({ out, part }: ChannelCall, status: 'sent' | 'delivered'): void {
    const book = this.#find(out)
    if (!book.heard.has(part)) book.heard.set(part, this.#stateOf(book)?.attempt ?? 0)
    if (status === 'delivered') book.isDelivered = true
  }

  shown({ out, part }: ChannelCall): void {
    const book = this.#find(out)
    if (part > 0 && (book.shown[part - 1] ?? 0) === 0) {
      throw new Violation(`${out}: part ${part} before the one in front of it`)
    }
    const times = (book.shown[part] ?? 0) + 1
    book.shown[part] = times
    if (times > 1 && book.excuses < times - 1) {
      throw new Violation(`${out}: part ${part} was shown again without need`)
    }
  }

  /** A repetition would be forgiven: nobody can know what became of the call. */
  excuse(out: string): void {
    this.#find(out).excuses += 1
  }

  refused(out: string): void {
    this.#find(out).isRefused = true
  }

  /** A process has died, or has lost its leases: whatever it had under way may come again. */
  lost(sender: Owner): void {
    for (const call of this.#open) {
      if (call.sender !== sender) continue
      this.#open.delete(call)
    }
    // It may also have been between the channel's answer and the commit.
    for (const book of this.#books.values()) {
      if (book.lastSender === sender && this.#stateOf(book)?.state === 'sending') book.excuses += 1
    }
  }

  get isDone(): boolean {
    const { rows } = this.#database.execute(
      "SELECT 1 FROM outbox_message WHERE state IN ('queued', 'sending') LIMIT 1",
      [],
    )
    return rows.length === 0
  }

  atEnd(): void {
    const news = this.#news()
    for (const book of this.#books.values()) {
      const row = this.#stateOf(book)
      if (!row) throw new Violation(`${book.out} is gone`)
      this.#checkEnd(book, row, news.get(book.out) ?? [])
    }
    const { rows } = this.#database.execute('SELECT 1 FROM outbox_line WHERE owner IS NOT NULL', [])
    if (rows.length > 0) throw new Violation('a line is still held though it has nothing to send')
  }

  #checkEnd(book: Book, row: Row, news: readonly { status: string; uncertain?: true }[]): void {
    const { out } = book
    if (!['sent', 'delivered', 'failed'].includes(row.state))
      throw new Violation(`${out} is stuck: ${row.state}`)
    if (row.state === 'failed' && !book.isRefused)
      throw new Violation(`${out} failed without cause`)
    if (row.state !== 'failed' && book.shown.some((times) => times === 0)) {
      throw new Violation(`${out} counts as sent and was not shown`)
    }
    const isDelivered = book.isDelivered && row.state !== 'failed'
    const expected = isDelivered ? ['sent', 'delivered'] : [row.state]
    const said = news.map(({ status }) => status)
    if (said.join() !== expected.join()) {
      throw new Violation(
        `${out}: the portal was told ${said.join()} instead of ${expected.join()}`,
      )
    }
    const [told] = news
    if (!told) throw new Violation(`${out}: the portal was told nothing`)
    if (book.shown.some((times) => times > 1) && !told.uncertain) {
      throw new Violation(`${out} was shown twice and is not marked`)
    }
  }

  #stateOf({ lineId, seq }: Book): Row | undefined {
    const { rows } = this.#database.execute(
      'SELECT line_id, seq, state, uncertain, attempt FROM outbox_message WHERE line_id = ? AND seq = ?',
      [lineId, seq],
    )
    return rows[0] as Row | undefined
  }

  #news(): Map<string, { status: string; uncertain?: true }[]> {
    const { rows } = this.#database.execute('SELECT payload FROM inbox_event', [])
    const news = new Map<string, { status: string; uncertain?: true }[]>()
    for (const { payload } of rows as { payload: string }[]) {
      const event = JSON.parse(payload) as { out?: string; status: string; uncertain?: true }
      if (event.out) news.set(event.out, [...(news.get(event.out) ?? []), event])
    }
    return news
  }
}
