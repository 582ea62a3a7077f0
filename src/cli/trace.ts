import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import type { Writable } from 'node:stream'
import type { Command } from 'commander'
import { given } from '../core/given.ts'
import type { LineRecord } from '../db/lines/lines.ts'
import type { Services } from '../services.ts'
import { HAR_FRAME, isInHar, toHarEntry } from '../trace/har.ts'
import { type ListedItem, MAX_TRACE_MINUTES } from '../trace/operations.ts'
import { CommandError, print, table, UsageError, withServices } from './context.ts'
import { requireLine } from './line.ts'
import { readSince } from './since.ts'

type LineWords = readonly [portal: string, connector: string, line: string]

interface JsonOption {
  readonly json?: boolean
}

interface StartOptions extends JsonOption {
  readonly minutes: string
  readonly bodies?: boolean
}

interface ShowOptions extends JsonOption {
  readonly since?: string
  /** True: to stdout. */
  readonly har?: string | true
}

const DEFAULT_MINUTES = 60
const PAGE = 200

const SINCE = ['--since <when>', 'an instant, or so long ago: 30m, 2h, 1d'] as const
const HAR = [
  '--har [file]',
  'write HAR 1.2 for the tools of browsers; without a file, to stdout',
] as const

/** `hub trace start|stop|show <portal> <connector> <line>`, and `hub trace <portal> <connector> <line> --har [file]`. */
export function addTraceCommands(program: Command): void {
  const trace = program
    .command('trace')
    // Otherwise it would take its own options out of those of the commands below.
    .enablePositionalOptions()
    .description('keep what a line and its channel and portal say to each other, for 7 days')
    .argument('[portal]')
    .argument('[connector]')
    .argument('[line]')
    .option(...SINCE)
    .option(...HAR)
    .option('--json', 'print JSON')
    .action(
      (portal: string | undefined, connector?: string, line?: string, options: ShowOptions = {}) =>
        show(requireWords([portal, connector, line]), options),
    )
  trace
    .command('start <portal> <connector> <line>')
    .description('begin; running hubs notice within seconds')
    .option('--minutes <n>', `for how long, at most ${MAX_TRACE_MINUTES}`, String(DEFAULT_MINUTES))
    .option('--bodies', 'keep bodies too, which hold what people write; hub replay needs them')
    .option('--json', 'print JSON')
    .action((portal: string, connector: string, line: string, options: StartOptions) =>
      start([portal, connector, line], options),
    )
  trace
    .command('stop <portal> <connector> <line>')
    .description('end; what was kept stays until its 7 days are over')
    .option('--json', 'print JSON')
    .action((portal: string, connector: string, line: string, options: JsonOption) =>
      stop([portal, connector, line], options),
    )
  trace
    .command('show <portal> <connector> <line>')
    .description('list what was kept')
    .option(...SINCE)
    .option(...HAR)
    .option('--json', 'print JSON')
    .action((portal: string, connector: string, line: string, options: ShowOptions) =>
      show([portal, connector, line], options),
    )
}

function requireWords([portal, connector, line]: readonly (string | undefined)[]): LineWords {
  if (portal !== undefined && connector !== undefined && line !== undefined) {
    return [portal, connector, line]
  }
  throw new UsageError('hub trace needs start, stop, show, or <portal> <connector> <line>')
}

async function start(words: LineWords, { minutes, bodies, json }: StartOptions): Promise<void> {
  const count = /^\d{1,5}$/.test(minutes) ? Number(minutes) : 0
  if (count < 1 || count > MAX_TRACE_MINUTES) {
    throw new UsageError(`--minutes must be 1 to ${MAX_TRACE_MINUTES}`)
  }
  await withServices(async (services) => {
    const record = await requireLine(services, ...words)
    const state = await services.traceOperations.start(record, {
      minutes: count,
      bodies: bodies === true,
    })
    const what = bodies
      ? 'with bodies: what people write is kept for 7 days'
      : 'without bodies, so that hub replay has nothing to read'
    print(json === true, state, `Traced until ${state.until}, ${what}.`)
  })
}

async function stop(words: LineWords, { json }: JsonOption): Promise<void> {
  await withServices(async (services) => {
    const stopped = await services.traceOperations.stop(await requireLine(services, ...words))
    print(json === true, { stopped }, stopped ? 'The trace has ended.' : 'No trace was on.')
  })
}

async function show(words: LineWords, options: ShowOptions): Promise<void> {
  await withServices(async (services) => {
    const record = await requireLine(services, ...words)
    const since = readSince(options.since, services.clock.now())
    const items = keptItems(services, record, since)
    if (options.har !== undefined) return await writeHar(items, options.har)
    const all = await Array.fromAsync(items)
    print(
      options.json === true,
      all,
      all.length === 0
        ? 'Nothing is kept of this line: hub trace start begins to.'
        : table(['AT', 'WAY', 'WITH', 'METHOD', 'ADDRESS', 'ANSWER', 'MS'], all.map(toRow)),
    )
  })
}

function toRow({ at, direction, party, method, address, status, error, ms }: ListedItem): string[] {
  const answer = [status, error].filter((part) => part !== undefined).join(' ')
  return [at, direction, party, method, address, answer, String(ms)]
}

/** Page by page: with bodies there may be some 60 MB of them. */
export async function* keptItems(
  { traceOperations }: Services,
  record: LineRecord,
  since: number,
): AsyncGenerator<ListedItem> {
  let cursor: string | undefined
  do {
    const page = await traceOperations.page(record, { since, limit: PAGE, ...given({ cursor }) })
    yield* page.items
    cursor = page.cursor
  } while (cursor !== undefined)
}

async function writeHar(items: AsyncIterable<ListedItem>, to: string | true): Promise<void> {
  if (to === true) {
    await writeEntries(items, process.stdout)
    return
  }
  // It may hold what people write.
  const file = createWriteStream(to, { mode: 0o600 })
  try {
    await once(file, 'open')
    const count = await writeEntries(items, file)
    file.end()
    await once(file, 'finish')
    process.stderr.write(`${count} exchanges were written to ${to}\n`)
  } catch (error) {
    file.destroy()
    const { message } = error as Error
    throw new CommandError(`${to} could not be written: ${message}`, { cause: error })
  }
}

async function writeEntries(items: AsyncIterable<ListedItem>, to: Writable): Promise<number> {
  let count = 0
  to.write(HAR_FRAME.head)
  for await (const item of items) {
    if (!isInHar(item)) continue
    const isTaken = to.write(`${count > 0 ? ',\n' : ''}${JSON.stringify(toHarEntry(item))}`)
    if (!isTaken) await once(to, 'drain')
    count += 1
  }
  to.write(HAR_FRAME.tail)
  return count
}
