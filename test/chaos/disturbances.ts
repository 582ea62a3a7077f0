interface Span {
  readonly from: number
  to?: number
}

/** What a broken connection or a timer of a process that was stopped still does after the trouble is over. */
const AFTERMATH_MS = 3000

/** Times in which something was wrong. */
export class Disturbances {
  readonly #spans: Span[] = []

  begin(): () => void {
    const span: Span = { from: Date.now() }
    this.#spans.push(span)
    return () => {
      span.to = Date.now()
    }
  }

  /** Milliseconds between `from` and `to` that are covered. Spans that overlap count twice: kind, and rare. */
  within(from: number, to: number): number {
    return this.#spans.reduce((sum, span) => {
      const overlap = Math.min(to, span.to ?? to) - Math.max(from, span.from)
      return sum + Math.max(0, overlap)
    }, 0)
  }

  /** Was anything wrong between the two, or just before? A moment counts too. */
  touches(from: number, to: number): boolean {
    return this.#spans.some((span) => span.from <= to && (span.to ?? to) + AFTERMATH_MS >= from)
  }
}
