/** What begins with backticks: code, or, without a `value`, the backticks themselves. */
export interface CodeSpan {
  readonly value?: string
  readonly end: number
}

interface Runs {
  readonly starts: number[]
  /** Index in `starts` of the first that was not yet passed. */
  next: number
}

/** Finds the code spans of a paragraph, asked from left to right. Every run of backticks is looked at twice at most. */
export class CodeRuns {
  readonly #source: string
  /** By length. Made when the first backtick is met. */
  #runs: Map<number, Runs> | undefined

  constructor(source: string) {
    this.#source = source
  }

  /** What begins with the backtick at `at`. A backslash inside code is one. */
  read(at: number): CodeSpan {
    const start = endOfRun(this.#source, at)
    const close = this.#find(start - at, start)
    if (close === undefined) return { end: start }
    const inner = this.#source.slice(start, close).replaceAll('\n', ' ')
    const isPadded = inner.startsWith(' ') && inner.endsWith(' ') && /[^ ]/.test(inner)
    return { value: isPadded ? inner.slice(1, -1) : inner, end: close + start - at }
  }

  #find(length: number, from: number): number | undefined {
    this.#runs ??= findRuns(this.#source, from)
    const runs = this.#runs.get(length)
    if (!runs) return undefined
    while ((runs.starts[runs.next] ?? Number.POSITIVE_INFINITY) < from) runs.next += 1
    return runs.starts[runs.next]
  }
}

function findRuns(source: string, from: number): Map<number, Runs> {
  const byLength = new Map<number, Runs>()
  for (let start = source.indexOf('`', from); start >= 0; ) {
    const end = endOfRun(source, start)
    const runs = byLength.get(end - start)
    if (runs) runs.starts.push(start)
    else byLength.set(end - start, { starts: [start], next: 0 })
    start = source.indexOf('`', end)
  }
  return byLength
}

function endOfRun(source: string, start: number): number {
  let end = start + 1
  while (source[end] === '`') end += 1
  return end
}
