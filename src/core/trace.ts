/** One HTTP exchange of a line, as whoever made it saw it. Holds secrets: it is written down only without them. */
export interface Exchange {
  /** From the hub's point of view. */
  readonly direction: 'in' | 'out'
  readonly party: 'channel' | 'portal'
  /** `POLLED`: no exchange of its own, but an update that the answer to a poll has brought. */
  readonly method: string
  readonly url: string
  /** Epoch ms. */
  readonly startedAt: number
  readonly ms: number
  readonly status?: number
  /** Why there was no answer. */
  readonly error?: string
  readonly request: ExchangeHalf
  readonly response: ExchangeHalf
  /** Where it has brought updates of the channel's, beyond doubt. */
  readonly updates?: {
    /** The instant that they were read with, epoch ms: what has none of its own is dated by it. */
    readonly receivedAt: number
    /** The events that they gave, as JSON. */
    readonly events: readonly string[]
  }
  /** The body of the request is a list of the line's own pieces of it; the rest was about other lines. */
  readonly isPieces?: true
}

export interface ExchangeHalf {
  readonly headers: Headers
  /** Absent where there was none, or where bodies aren't kept. */
  readonly body?: string | Buffer
}

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

/** Where the exchanges of a line go while it is traced. */
export interface LineTap {
  readonly keepsBodies: boolean
  /** Returns at once and never throws: `write` is called behind the work, and what it throws costs the trace alone. */
  note(write: () => Noted): void
}

export interface Noted {
  readonly exchange: Exchange
  /** What may stand in it besides the line's and the portal's own secrets as they are in the store. */
  readonly secrets?: readonly string[]
}

/** Which lines are traced. */
export interface Taps {
  /** No line at all is. */
  readonly isIdle: boolean
  of(lineId: number): LineTap | undefined
}

/** The address of a file, whose query may open it for whoever has it. */
export function withoutQuery(url: string): string {
  const [path = '', query] = url.split('?', 2)
  return query === undefined ? path : `${path}?[secret]`
}
