import type { Actor, Ledger } from './ledger.ts'
import { type SimTime, START } from './sim-clock.ts'
import type { Change } from './sim-database.ts'

const KEPT_LINES = 40

/** What has happened, line by line. Only the last lines are kept, but every one goes into the hash. */
export class Trace {
  readonly #time: SimTime
  readonly #print: ((line: string) => void) | undefined
  readonly #last: string[] = []
  #high = 0x811c9dc5
  #low = 0x01000193
  lines = 0

  constructor(time: SimTime, print?: (line: string) => void) {
    this.#time = time
    this.#print = print
  }

  add(text: string): void {
    const line = `${((this.#time.now - START) / 1000).toFixed(4).padStart(10)}  ${text}`
    this.lines++
    this.#print?.(line)
    this.#last.push(line)
    if (this.#last.length > KEPT_LINES) this.#last.shift()
    for (let index = 0; index < line.length; index++) {
      const code = line.charCodeAt(index)
      this.#high = Math.imul(this.#high ^ code, 0x01000193)
      this.#low = Math.imul(this.#low ^ code, 0x5bd1e995)
    }
  }

  /** Somebody reads all of it. */
  get isPrinted(): boolean {
    return this.#print !== undefined
  }

  get last(): readonly string[] {
    return this.#last
  }

  get hash(): string {
    const [high, low] = [this.#high, this.#low].map((half) => (half >>> 0).toString(16))
    return `${high?.padStart(8, '0')}${low?.padStart(8, '0')}`
  }
}

/** One change of a commit in a few words. Tokens are random, so the trace names their processes instead. */
export function describeChange(
  change: Change,
  ledger: Ledger,
  processes: readonly Actor[],
): string {
  if (change.kind === 'ended') {
    return `${processes.find(({ token }) => token === change.token)?.name ?? 'a lost lease'} is declared dead`
  }
  if (change.kind === 'row') return `${change.table} ${change.what}`
  if (change.kind !== 'line') {
    return `${change.kind} line ${change.lineId} ${ledger.uidOf(change.lineId, change.seq)}`
  }
  const { lineId, owner, dueAt, attempt, lockedUntil, ackUntil } = change.row
  const holder = processes.find(({ token }) => token === owner)?.name
  const held = owner === null ? '-' : (holder ?? 'a lost lease')
  const locked = lockedUntil === null ? '' : ` locked ${seconds(lockedUntil)}`
  const ack = ackUntil === null ? '' : ` awaiting ${seconds(ackUntil)}`
  const due = dueAt === null ? '-' : seconds(dueAt)
  return `line ${lineId} held ${held} due ${due} count ${attempt}${locked}${ack}`
}

function seconds(at: number): string {
  return ((at - START) / 1000).toFixed(3)
}
