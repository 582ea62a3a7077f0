import { parseArgs } from 'node:util'

export type StoreKind = 'mysql' | 'sqlite'

/** `accept` and `deliver` are two sides of one run. */
export const PARTS = ['echo', 'baseline', 'accept', 'deliver', 'latency', 'memory'] as const
export type Part = (typeof PARTS)[number]

export interface Options {
  readonly store: StoreKind
  /** Of each measurement at full load, and of the one at a fixed rate. */
  readonly seconds: number
  readonly lines: number
  /** Of the memory run. */
  readonly events: number
  readonly connections: number
  /** Updates per second of the latency run. */
  readonly rate: number
  readonly parts: ReadonlySet<Part>
  readonly isJson: boolean
  readonly isProfiled: boolean
}

export const HELP = `Usage: npm run bench -- [options]

  --store mysql|sqlite   where hub and baseline keep events (mysql: a private MariaDB, flush at every commit)
  --seconds <n>          length of each measurement, 10 if absent
  --lines <n>            open lines that the load is spread over, 50 if absent
  --connections <n>      connections of the load generator, 64 if absent
  --rate <n>             updates per second of the latency run, 500 if absent
  --events <n>           events of the memory run, 200000 if absent
  --only <parts>         of ${PARTS.join(',')}; all if absent
  --cpu-prof             profile the hub into bench/profiles/ and print where its time went
  --json                 print the figures as one JSON object (progress goes to stderr)
  --help                 this text
`

/** A wrong command line; `message` is for a person. */
export class UsageError extends Error {
  override name = 'UsageError'
}

/** Undefined when only help is wanted. Throws UsageError. */
export function readOptions(args: readonly string[]): Options | undefined {
  const values = parse(args)
  if (values.help) return undefined
  if (values.store !== 'mysql' && values.store !== 'sqlite') {
    throw new UsageError('--store must be mysql or sqlite')
  }
  return {
    store: values.store,
    seconds: readCount('seconds', values.seconds),
    lines: readCount('lines', values.lines),
    events: readCount('events', values.events),
    connections: readCount('connections', values.connections),
    rate: readCount('rate', values.rate),
    parts: readParts(values.only),
    isJson: values.json,
    isProfiled: values['cpu-prof'],
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        store: { type: 'string', default: 'mysql' },
        seconds: { type: 'string', default: '10' },
        lines: { type: 'string', default: '50' },
        events: { type: 'string', default: '200000' },
        connections: { type: 'string', default: '64' },
        rate: { type: 'string', default: '500' },
        only: { type: 'string' },
        'cpu-prof': { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : 'bad arguments', { cause })
  }
}

function readCount(name: string, raw: string): number {
  const value = /^\d{1,7}$/.test(raw) ? Number(raw) : 0
  if (value < 1) throw new UsageError(`--${name} must be a whole number from 1`)
  return value
}

function readParts(raw: string | undefined): ReadonlySet<Part> {
  if (raw === undefined) return new Set(PARTS)
  const names = raw.split(',')
  const strangers = names.filter((name) => !PARTS.some((part) => part === name))
  if (strangers.length > 0) {
    throw new UsageError(`--only knows ${PARTS.join(', ')}, not ${strangers.join(', ')}`)
  }
  return new Set(PARTS.filter((part) => names.includes(part)))
}
