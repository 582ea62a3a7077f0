import type { Command } from 'commander'
import { readQueues, type WaitingItem } from '../lines/waiting.ts'
import { formatAge } from './age.ts'
import { print, table, UsageError, withServices } from './context.ts'
import { requireLine } from './line.ts'

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 1000

interface QueueOptions {
  readonly limit: string
  readonly json?: boolean
}

/** `hub queue`. */
export function addQueueCommand(program: Command): void {
  program
    .command('queue <portal> <connector> <line>')
    .description('list what waits in the queues of a line, the oldest first')
    .option('--limit <n>', `at most so many of each queue, up to ${MAX_LIMIT}`, `${DEFAULT_LIMIT}`)
    .option('--json', 'print JSON')
    .action((portal: string, connector: string, line: string, options: QueueOptions) =>
      list([portal, connector, line], options),
    )
}

async function list(
  words: readonly [portal: string, connector: string, line: string],
  { limit: text, json }: QueueOptions,
): Promise<void> {
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (limit < 1 || limit > MAX_LIMIT) {
    throw new UsageError(`--limit must be a number from 1 to ${MAX_LIMIT}`)
  }
  await withServices(async (services) => {
    const record = await requireLine(services, ...words)
    const now = services.clock.now()
    const queues = await readQueues(services.store, record.id, { limit, now })
    const shown = [
      describe('For the portal', queues.inbox, now),
      describe('For the channel', queues.outbox, now),
    ]
    print(json === true, { lineId: record.id, ...queues }, shown.join('\n\n'))
  })
}

function describe(title: string, items: readonly WaitingItem[], now: number): string {
  if (items.length === 0) return `${title}: nothing waits.`
  const rows = items.map((item) => [
    item.id,
    item.type,
    item.chat ?? '',
    formatAge(now - Date.parse(item.createdAt)),
    item.attempt === undefined ? '' : String(item.attempt),
    String(item.bytes),
    item.until === undefined ? item.state : `${item.state} until ${item.until}`,
  ])
  const headings = ['ID', 'TYPE', 'CHAT', 'AGE', 'ATTEMPT', 'BYTES', 'STATE']
  return `${title}:\n${table(headings, rows)}`
}
