/** How reading an answer has ended. */
export type AnswerEnd =
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly headers: Readonly<Record<string, string | string[] | undefined>>
      readonly body: Buffer
    }
  /** It holds more bytes than may be read. */
  | { readonly kind: 'too-large'; readonly status: number }
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'broken-off' }

/** What breaks off the request that is answered. */
interface Control {
  abort(reason: Error): void
}

/**
 * Reads one whole answer: the handler that undici's `dispatch` takes. `request` would make a stream, a promise and an abort listener of its own for
 * each: measured, a tenth of all that the hub does for an event, and a third of its memory while it drains a queue.
 */
export class AnswerReader {
  readonly end: Promise<AnswerEnd>
  readonly #maxBytes: number
  readonly #chunks: Buffer[] = []
  #settle: (end: AnswerEnd) => void = () => undefined
  #controller: Control | undefined
  #status = 0
  #headers: Readonly<Record<string, string | string[] | undefined>> = {}
  #size = 0
  #isOver = false

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
    this.end = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  /** Nobody waits for the rest of it, or for its beginning. */
  breakOff(): void {
    this.#endEarly({ kind: 'broken-off' })
  }

  onRequestStart(controller: Control): void {
    this.#controller = controller
    if (this.#isOver) controller.abort(new Error('broken off'))
  }

  onResponseStart(
    _controller: Control,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    this.#status = status
    this.#headers = headers
  }

  onResponseData(_controller: Control, chunk: Buffer): void {
    this.#size += chunk.length
    if (this.#size <= this.#maxBytes) this.#chunks.push(chunk)
    else this.#endEarly({ kind: 'too-large', status: this.#status })
  }

  onResponseEnd(): void {
    const [only = Buffer.alloc(0)] = this.#chunks
    const body = this.#chunks.length > 1 ? Buffer.concat(this.#chunks) : only
    this.#settle({ kind: 'answered', status: this.#status, headers: this.#headers, body })
  }

  onResponseError(_controller: Control, error: Error): void {
    this.#settle({ kind: 'failed', error })
  }

  #endEarly(end: AnswerEnd): void {
    // First, for aborting reports an error to this very reader at once.
    this.#settle(end)
    this.#isOver = true
    this.#controller?.abort(new Error('broken off'))
  }
}
