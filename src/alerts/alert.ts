/** What an operator is told of. */
export type AlertType =
  | 'line.broken'
  | 'line.recovered'
  | 'lock.old'
  | 'dead_letters'
  | 'process.died'
  | 'store.away'
  | 'store.back'
  | 'test'

/** The body of an alert, as docs/operations.md describes it. */
export interface Alert {
  /** `alr_…`, the same in every try. */
  readonly id: string
  readonly type: AlertType
  /** ISO 8601. */
  readonly at: string
  /** The hub's public address. */
  readonly hub: string
  /** One sentence for a person. */
  readonly message: string
  readonly connector?: string
  /** Of the health of the lines, where it is the same for all of them. */
  readonly code?: string
  /** Lines, dead letters or processes. */
  readonly count?: number
  /** The first few, as `portal/connector/line`. */
  readonly lines?: readonly string[]
  /** `host (process id)`. */
  readonly processes?: readonly string[]
}

/** Something that happened, before it is decided whether and when somebody is told. */
export interface Occurrence {
  readonly type: Exclude<AlertType, 'test'>
  /** What belongs together beside the type: a connector, a machine. */
  readonly group: string
  /** The first few lines or processes. */
  readonly subjects: readonly string[]
  readonly count: number
  readonly code?: string
}

/** How often somebody is told of the same. */
export const HOLD_MS = 600_000

export function describe(type: AlertType, count: number, group: string, code = ''): string {
  const lines = `${count} ${count === 1 ? 'line' : 'lines'} of ${group}`
  const why = code === '' ? '' : ` (${code})`
  switch (type) {
    case 'line.broken':
      return `${lines} let no messages through${why}`
    case 'line.recovered':
      return `${lines} let messages through again`
    case 'lock.old':
      return `the portal of ${lines} has not taken packets for 10 minutes`
    case 'dead_letters':
      return `${count} ${count === 1 ? 'event' : 'events'} of ${group} went to the dead letters`
    case 'process.died':
      return `${count} ${count === 1 ? 'process' : 'processes'} of the hub died on ${group}`
    case 'store.away':
      return 'the store does not answer'
    case 'store.back':
      return 'the store answers again'
    case 'test':
      return 'this is a test'
  }
}
