import { parseArgs } from 'node:util'

export type StoreKind = 'mysql' | 'sqlite'

export interface Options {
  readonly store: StoreKind
  /** Of each measurement at full load, and of the one at a fixed rate. */
  readonly seconds: number
  /** How often each scenario is measured. */
  readonly rounds: number
  readonly lines: number
  /** Lines in the store in `lines`. */
  readonly manyLines: number
  /** Events that wait in `lines` and `drain`. */
  readonly waiting: number
  /** Of the memory run. */
  readonly events: number
  readonly connections: number
  /** Updates per second of the latency run. */
  readonly rate: number
  /** Names of scenarios; undefined: those that are run when nothing is said. */
  readonly only: readonly string[] | undefined
  readonly hasPeers: boolean
  /** Where the results are kept. */
  readonly jsonFile: string | undefined
  readonly isProfiled: boolean
  readonly isMarkdown: boolean
}

export const HELP = `Usage: npm run bench -- [options]

  --only <scenarios>     comma-separated, or all; listed below
  --repeat <n>           measure each scenario n times and give medians, 1 if absent
  --peers                compare with forwarders on BullMQ and pg-boss as well (installs them in bench/peers)
  --store mysql|sqlite   where the hub keeps events (mysql: a private MariaDB, flush at every commit)
  --seconds <n>          length of each measurement, 10 if absent
  --lines <n>            open lines that the load is spread over, 50 if absent
  --connections <n>      connections of the load generator, 64 if absent
  --rate <n>             updates per second of latency and dead-line, 500 if absent
  --events <n>           events of memory, 200000 if absent
  --many-lines <n>       lines in the store in lines, 100000 if absent
  --waiting <n>          events that wait in lines and drain, 1000000 if absent
  --cpu-prof             profile the hub into bench/profiles/ and print where its time went
  --json <file>          keep the results there as JSON as well
  --markdown             print only the goals, as a Markdown table
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
    rounds: readCount('repeat', values.repeat),
    lines: readCount('lines', values.lines),
    manyLines: readCount('many-lines', values['many-lines']),
    waiting: readCount('waiting', values.waiting),
    events: readCount('events', values.events),
    connections: readCount('connections', values.connections),
    rate: readCount('rate', values.rate),
    only: values.only?.split(','),
    hasPeers: values.peers,
    jsonFile: values.json,
    isProfiled: values['cpu-prof'],
    isMarkdown: values.markdown,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        store: { type: 'string', default: 'mysql' },
        seconds: { type: 'string', default: '10' },
        repeat: { type: 'string', default: '1' },
        lines: { type: 'string', default: '50' },
        'many-lines': { type: 'string', default: '100000' },
        waiting: { type: 'string', default: '1000000' },
        events: { type: 'string', default: '200000' },
        connections: { type: 'string', default: '64' },
        rate: { type: 'string', default: '500' },
        only: { type: 'string' },
        peers: { type: 'boolean', default: false },
        'cpu-prof': { type: 'boolean', default: false },
        json: { type: 'string' },
        markdown: { type: 'boolean', default: false },
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
