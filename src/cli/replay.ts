import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { connectors } from '#connectors'
import { BadUpdateError } from '../core/errors.ts'
import { isRecord, parseJson } from '../core/json.ts'
import type { SettingValues } from '../core/settings.ts'
import { type ReplayDeps, replayUpdate, updatesIn } from '../ingress/replay.ts'
import type { ActiveLine } from '../lines/directory.ts'
import { createRootLog } from '../log/index.ts'
import { secretFieldsOf } from '../log/process-log.ts'
import { differences } from '../trace/diff.ts'
import type { ListedItem } from '../trace/operations.ts'
import { isWithoutBody, type Recorded, readRecorded, toRequest } from '../trace/recorded.ts'
import { SECRET_MARK } from '../trace/redactor.ts'
import { CommandError, EXIT, UsageError, withServices } from './context.ts'
import { requireLine } from './line.ts'
import { toPrintableJson } from './printable.ts'
import { createRender, makeLine, offline } from './replay-line.ts'
import { readSince } from './since.ts'
import { keptItems } from './trace.ts'

interface ReplayOptions {
  readonly file?: string
  readonly connector?: string
  readonly set: SettingValues
  readonly since?: string
  readonly diff?: boolean
}

type LineWords = readonly [portal: string, connector: string, line: string]

const LINK_END = `/files/${SECRET_MARK}`

/** One thing to be read again. */
interface Replayed {
  /** The trace's id of it, or its place in the file from 1. */
  readonly webhook: number
  readonly at: string
  readonly recorded: Recorded
  /** What came out when it was recorded; absent if that isn't known. */
  readonly events?: readonly unknown[]
}

/** `hub replay <portal> <connector> <line>` and `hub replay --file <file> --connector <id>`. */
export function addReplayCommand(program: Command): void {
  program
    .command('replay')
    .description(
      "have today's code read the recorded webhooks of a line again, or updates in a file; sends and stores nothing",
    )
    .argument('[portal]')
    .argument('[connector]')
    .argument('[line]')
    .option('--file <file>', 'read updates from a file: one, a JSON array, or JSON lines')
    .option('--connector <id>', 'with --file and without a line: whose updates they are')
    .option('--set <field=value>', 'with --connector: a setting of the line', addSetting, {})
    .option('--since <when>', 'an instant, or so long ago: 30m, 2h, 1d')
    .option('--diff', 'print only where the events differ from those that were recorded')
    .addHelpText(
      'after',
      `
Only webhooks that were recorded with bodies can be read again (hub trace start --bodies), and only those that were
genuine then: signatures are not checked again, for the secrets are not in the trace. Prints JSON lines. Exit code 1
if today's code refuses one, or if --diff finds a difference.`,
    )
    .action(
      (
        portal: string | undefined,
        connector: string | undefined,
        line: string | undefined,
        options: ReplayOptions,
      ) => replay([portal, connector, line], options),
    )
}

function addSetting(text: string, settings: SettingValues): SettingValues {
  const [, key = '', value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  if (key === '') throw new UsageError(`--set must be field=value`)
  return { ...settings, [key]: value }
}

async function replay(
  [portal, connector, line]: readonly (string | undefined)[],
  options: ReplayOptions,
): Promise<void> {
  const { file, diff } = options
  if (file !== undefined && diff) {
    throw new UsageError('--diff compares with what was recorded, and a file holds no events')
  }
  const log = createRootLog('warn', secretFieldsOf(connectors), process.stderr)
  if (portal !== undefined && connector !== undefined && line !== undefined) {
    return await replayLine([portal, connector, line], options, log)
  }
  if (portal !== undefined || file === undefined || options.connector === undefined) {
    throw new UsageError(
      'hub replay needs <portal> <connector> <line>, or --file <file> --connector <id>',
    )
  }
  const active = makeLine(options.connector, options.set, log)
  const reader = new Reader(active, { log, render: createRender() }, false)
  for (const one of await readUpdates(file)) reader.read(one)
  reader.end()
}

async function replayLine(
  words: LineWords,
  { file, since, diff }: ReplayOptions,
  log: ReplayDeps['log'],
): Promise<void> {
  await withServices(async (services) => {
    const record = await requireLine(services, ...words)
    const active = await services.lineDirectory.activate(record)
    if (!active) throw new CommandError('the line has no portal or connector any more')
    const render = createRender(services.publicUrl)
    const reader = new Reader(offline(active, log), { log, render }, diff === true)
    if (file !== undefined) for (const one of await readUpdates(file)) reader.read(one)
    else {
      const from = readSince(since, services.clock.now())
      for await (const item of keptItems(services, record, from)) reader.readItem(item)
    }
    reader.end()
  })
}

/** Reads a file of updates. What is no JSON is a line of its own, to be refused. Throws CommandError. */
async function readUpdates(file: string): Promise<Replayed[]> {
  const at = new Date().toISOString()
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new CommandError(`${file} can not be read: ${error.message}`)
  })
  return splitUpdates(text).map((recorded, index) => ({ webhook: index + 1, at, recorded }))
}

function splitUpdates(text: string): Recorded[] {
  const whole = tryJson(text)
  if (whole) return (Array.isArray(whole.value) ? whole.value : [whole.value]).map(toRecorded)
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const found = tryJson(line)
      return found ? toRecorded(found.value) : { kind: 'unusable', reason: 'it is not JSON' }
    })
}

function tryJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: parseJson(text) }
  } catch {
    return undefined
  }
}

function toRecorded(update: unknown): Recorded {
  const body = Buffer.from(JSON.stringify(update))
  return { kind: 'request', request: toRequest(body, { 'content-type': 'application/json' }) }
}

/** Has one update after the other read, and says what comes out. */
class Reader {
  readonly #active: ActiveLine
  readonly #deps: ReplayDeps
  readonly #isDiff: boolean
  #read = 0
  #refused = 0
  #differing = 0
  #withoutBody = 0

  constructor(active: ActiveLine, deps: ReplayDeps, isDiff: boolean) {
    this.#active = active
    this.#deps = deps
    this.#isDiff = isDiff
  }

  readItem(item: ListedItem): void {
    const { id, at, receivedAt = at, events } = item
    if (isWithoutBody(item)) this.#withoutBody += 1
    const recorded = readRecorded(item)
    if (!recorded) return
    this.read({ webhook: id, at: receivedAt, recorded, ...(events && { events }) })
  }

  read(replayed: Replayed): void {
    this.#read += 1
    const { webhook, at } = replayed
    let events: unknown[]
    try {
      events = this.#eventsOf(replayed)
    } catch (error) {
      this.#refused += 1
      printLine({ webhook, at, refused: reasonOf(error) })
      return
    }
    if (this.#isDiff) this.#compare(replayed, events)
    else for (const event of events) printLine(event)
  }

  end(): void {
    const parts = [
      `${this.#read} read, ${this.#refused} refused`,
      ...(this.#isDiff ? [`${this.#differing} different`] : []),
      ...(this.#withoutBody > 0
        ? [`${this.#withoutBody} kept without bodies, which can't be read again`]
        : []),
    ]
    process.stderr.write(`webhooks: ${parts.join(', ')}\n`)
    if (this.#refused + this.#differing > 0) process.exitCode = EXIT.failure
  }

  #eventsOf({ recorded, at }: Replayed): unknown[] {
    if (recorded.kind === 'unusable') throw new BadUpdateError(recorded.reason)
    const updates =
      recorded.kind === 'updates' ? recorded.updates : updatesIn(recorded.request, this.#active)
    const receivedAt = Date.parse(at)
    return updates
      .flatMap((update) => replayUpdate(update, this.#active, receivedAt, this.#deps))
      .map((event) => JSON.parse(event) as unknown)
  }

  #compare({ webhook, at, events }: Replayed, now: readonly unknown[]): void {
    if (!events) return
    const found = differences(withoutLinks(events), withoutLinks(now))
    if (found.length === 0) return
    this.#differing += 1
    printLine({ webhook, at, differences: found })
  }
}

/** A link to a file is made anew each time: it ends at another instant, and the command may know the hub by another address. */
function withoutLinks(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutLinks)
  if (!isRecord(value)) return value
  const { expiresAt: _, ...rest } = value
  const isLink = String(value['url']).endsWith(LINK_END)
  const shown = isLink ? { ...rest, url: LINK_END } : value
  return Object.fromEntries(Object.entries(shown).map(([name, one]) => [name, withoutLinks(one)]))
}

function reasonOf(error: unknown): string {
  if (error instanceof BadUpdateError) return `${error.code}: ${error.message}`
  const { name, message } = error as Error
  return `${name}: ${message}`
}

function printLine(value: unknown): void {
  process.stdout.write(`${toPrintableJson(value)}\n`)
}
