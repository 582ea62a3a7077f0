import type { Progress } from '../archive/progress.ts'

/** Between two lines of progress. */
const TELL_EVERY_MS = 1000

/** `1 200` */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ' ')
}

/** Progress on stderr, once a second; none for programs. */
export function tellRows(isJson: boolean): Progress {
  let toldAt = performance.now()
  return (done, total) => {
    const now = performance.now()
    if (isJson || now - toldAt < TELL_EVERY_MS) return
    toldAt = now
    process.stderr.write(`${grouped(done)} of ${grouped(total)} rows\n`)
  }
}
