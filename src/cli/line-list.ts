import type { Command } from 'commander'
import { sleep, systemClock } from '../core/clock.ts'
import { given } from '../core/given.ts'
import { seqTime } from '../core/ids.ts'
import type { SwitchedOff } from '../core/portal.ts'
import { readLastSeqs } from '../db/lines/last-seqs.ts'
import type { StatusObject } from '../lines/status-object.ts'
import type { Services } from '../services.ts'
import { formatAge } from './age.ts'
import { print, table, UsageError, withServices } from './context.ts'
import { nameHealth } from './health-words.ts'

interface ListOptions {
  readonly portal?: string
  readonly json?: boolean
  readonly watch?: boolean
  readonly limit: string
}

type ListedLine = StatusObject & {
  readonly portal: string
  /** As logs number it. */
  readonly lineId: number
  /** Absent: the portal is in service. */
  readonly portalState?: SwitchedOff
  /** When the last event came from the channel, and the last message from the portal. */
  readonly lastInAt?: string
  readonly lastOutAt?: string
}

/** Lines that are read at once. */
const PAGE = 500
/** A screenful or a few; JSON has them all. */
const SHOWN = '200'
const WATCH_MS = 2000
/** Clears the terminal and puts the cursor to its beginning. */
const CLEAR = '\u001b[2J\u001b[H'

/** `hub line list`. */
export function addLineListCommand(line: Command): void {
  line
    .command('list')
    .description('list the lines, those first that somebody should look at')
    .option('--portal <id>', 'only those of this portal')
    .option('--limit <count>', 'at most so many; JSON has them all', SHOWN)
    .option('--watch', 'show it again every two seconds until Ctrl-C')
    .option('--json', 'print JSON')
    .action((options: ListOptions) => list(options))
}

async function list(options: ListOptions): Promise<void> {
  const { portal, json, watch } = options
  const limit = /^[1-9]\d{0,6}$/.test(options.limit) ? Number(options.limit) : undefined
  if (limit === undefined) throw new UsageError('--limit takes a number from 1')
  if (watch && json) throw new UsageError('--watch is for people: leave --json out')
  await withServices(async (services) => {
    if (watch) return await watchLines(services, { portal, limit })
    const lines = await readLines(services, portal)
    print(json === true, lines, describe(lines, { portal, limit }))
  })
}

interface Shown {
  readonly portal: string | undefined
  readonly limit: number
}

async function watchLines(services: Services, shown: Shown): Promise<void> {
  const ended = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => ended.abort())
  while (!ended.signal.aborted) {
    const lines = await readLines(services, shown.portal)
    const at = new Date().toISOString()
    process.stdout.write(`${CLEAR}${at}  ${lines.length} lines\n\n${describe(lines, shown)}\n`)
    await sleep(systemClock, WATCH_MS, ended.signal)
  }
}

async function readLines(services: Services, portalId: string | undefined): Promise<ListedLine[]> {
  const { lineOperations, portalOperations, store } = services
  const off = await portalOperations.switchedOff()
  const all: ListedLine[] = []
  let cursor: string | undefined
  do {
    const page = await lineOperations.page({ limit: PAGE, ...given({ portalId, cursor }) })
    const ids = page.items.map(({ lineId }) => lineId)
    const last = await readLastSeqs(store, ids)
    all.push(
      ...page.items.map(({ portalId: portal, lineId, status }) => ({
        portal,
        lineId,
        ...given({
          portalState: off.get(portal),
          lastInAt: timeOf(last.get(lineId)?.inbox),
          lastOutAt: timeOf(last.get(lineId)?.outbox),
        }),
        ...status,
      })),
    )
    cursor = page.cursor
  } while (cursor !== undefined)
  return all.sort((a, b) => concernOf(b) - concernOf(a))
}

function timeOf(seq: number | undefined): string | undefined {
  return seq ? new Date(seqTime(seq)).toISOString() : undefined
}

/** How much a line wants to be looked at; among equals they stay in the order of their making. */
function concernOf({ health, lockout, queue, outbound, deadLetters, status }: ListedLine): number {
  if (health.state === 'broken') return 5
  if (health.state === 'degraded') return 4
  if (lockout) return 3
  if (deadLetters > 0) return 2
  if (queue.depth + outbound.depth > 0) return 1
  return status === 'connected' ? 0 : -1
}

function describe(lines: readonly ListedLine[], { portal, limit }: Shown): string {
  if (lines.length === 0) {
    return portal === undefined
      ? 'There are no lines yet: a portal makes them with saveSettings.'
      : `There are no lines of a portal ${portal}; hub portal list names the portals.`
  }
  const rows = lines.slice(0, limit).map(toRow)
  const more = lines.length - rows.length
  return `${table(HEADINGS, rows)}${more > 0 ? `\nand ${more} more: --limit` : ''}`
}

const HEADINGS = [
  ...['PORTAL', 'CONNECTOR', 'LINE', 'ID', 'ACCOUNT', 'STATUS', 'HEALTH', 'LOCK'],
  ...['QUEUE', 'OUT', 'DEAD', 'LAST IN', 'LAST OUT'],
]

function toRow(listed: ListedLine): string[] {
  const { portal, connector, line, lineId, status, portalState, health, deadLetters } = listed
  return [
    ...[portal, connector, line, String(lineId), listed.name ?? listed.identity ?? ''],
    portalState ? `${status}, portal ${portalState}` : status,
    nameHealth(health),
    nameLock(listed),
    ...[String(listed.queue.depth), nameOutbound(listed), String(deadLetters)],
    ...[ageOf(listed.lastInAt), ageOf(listed.lastOutAt)],
  ]
}

/** `3 failed, next in 2 min` */
function nameLock({ lockout }: ListedLine): string {
  if (!lockout) return ''
  const waitMs = Date.parse(lockout.lockedUntil) - Date.now()
  const next = waitMs > 0 ? `next in ${formatAge(waitMs)}` : 'next now'
  return `${lockout.attempt} failed, ${next}`
}

function nameOutbound({ outbound }: ListedLine): string {
  return outbound.paused ? `${outbound.depth} paused` : String(outbound.depth)
}

function ageOf(at: string | undefined): string {
  return at === undefined ? 'never' : `${formatAge(Date.now() - Date.parse(at))} ago`
}
