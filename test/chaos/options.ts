import { parseArgs } from 'node:util'

export interface Options {
  /** How long it is thrown about; what is queued drains after that. */
  readonly seconds: number
  readonly seed: number
  /** Updates per second, over all lines. */
  readonly rate: number
  readonly isGalera: boolean
  /** Sets `wsrep_sync_wait=0` in the cluster, to see what happens without. */
  readonly isStale: boolean
  /** The cluster is written to through one node at a time, as docs/scaling.md recommends, instead of by turns. */
  readonly hasOneWriter: boolean
}

export const HELP = `Usage: npm run chaos -- [options]

  --seconds <n>   how long things go wrong, 120 if absent (60 with --galera)
  --short         16 s of it, about 35 s in all
  --seed <n>      of everything random; a new one if absent
  --rate <n>      updates per second over all lines, 600 if absent
  --galera        three nodes behind HAProxy instead of one MariaDB; a node is killed and rejoins
  --one-writer    with --galera: HAProxy leads to one node as long as that lives, instead of to all by turns
  --stale         with --galera: let nodes read what others have committed late (expected to fail)
  --help          this text
`

/** A wrong command line; `message` is for a person. */
export class UsageError extends Error {
  override name = 'UsageError'
}

/** Undefined when only help is wanted. Throws UsageError. */
export function readOptions(args: readonly string[]): Options | undefined {
  const values = parse(args)
  if (values.help) return undefined
  const usual = values.short ? '16' : values.galera ? '60' : '120'
  return {
    seconds: readCount('seconds', values.seconds ?? usual),
    seed: readCount('seed', values.seed ?? String(1 + Math.floor(Math.random() * 999_999))),
    rate: readCount('rate', values.rate),
    isGalera: values.galera,
    isStale: values.stale,
    hasOneWriter: values['one-writer'],
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        seconds: { type: 'string' },
        seed: { type: 'string' },
        rate: { type: 'string', default: '600' },
        short: { type: 'boolean', default: false },
        galera: { type: 'boolean', default: false },
        'one-writer': { type: 'boolean', default: false },
        stale: { type: 'boolean', default: false },
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
