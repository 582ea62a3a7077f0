import type { Command } from 'commander'
import { makeDueNow } from '../db/inbox/status.ts'
import type { LineRecord } from '../db/lines/lines.ts'
import { statusObject, statusObjects } from '../lines/status-object.ts'
import type { Services } from '../services.ts'
import { CommandError, print, table, withServices } from './context.ts'

interface JsonOption {
  readonly json?: boolean
}

/** `hub line list|status|retry`. */
export function addLineCommands(program: Command): void {
  const line = program.command('line').description('look at lines and their queues')
  line
    .command('list')
    .description('list the lines')
    .option('--portal <id>', 'only those of this portal')
    .option('--json', 'print JSON')
    .action((options: JsonOption & { portal?: string }) => list(options))
  line
    .command('status <portal> <connector> <line>')
    .description('show one line')
    .option('--json', 'print JSON')
    .action((portal: string, connector: string, id: string, options: JsonOption) =>
      show(portal, connector, id, options),
    )
  line
    .command('retry <portal> <connector> <line>')
    .description('deliver now, whatever the lockout says')
    .option('--json', 'print JSON')
    .action((portal: string, connector: string, id: string, options: JsonOption) =>
      retry(portal, connector, id, options),
    )
}

/** Throws CommandError if there is no such line. */
export async function requireLine(
  { lines }: Services,
  portalId: string,
  connector: string,
  externalId: string,
): Promise<LineRecord> {
  const record = await lines.find({ portalId, connector, externalId })
  if (record) return record
  throw new CommandError(`portal ${portalId} has no line ${externalId} of ${connector}`)
}

async function list({ portal, json }: JsonOption & { portal?: string }): Promise<void> {
  await withServices(async (services) => {
    const records = await services.lines.list(portal)
    const all = (await statusObjects(services, records)).map((status, index) => ({
      portal: records[index]?.portalId ?? '',
      ...status,
    }))
    print(
      json === true,
      all,
      all.length === 0
        ? 'There are no lines yet: a portal makes them with saveSettings.'
        : table(['PORTAL', 'CONNECTOR', 'LINE', 'STATUS', 'QUEUE', 'DEAD'], all.map(toRow)),
    )
  })
}

function toRow(status: Record<string, unknown>): string[] {
  const { depth } = (status['queue'] ?? {}) as { depth?: number }
  return [
    ...['portal', 'connector', 'line', 'status'].map((key) => String(status[key])),
    String(depth ?? 0),
    String(status['deadLetters'] ?? 0),
  ]
}

async function show(
  portal: string,
  connector: string,
  id: string,
  { json }: JsonOption,
): Promise<void> {
  await withServices(async (services) => {
    const status = await statusObject(services, await requireLine(services, portal, connector, id))
    print(json === true, status, JSON.stringify(status, null, 2))
  })
}

async function retry(
  portal: string,
  connector: string,
  id: string,
  { json }: JsonOption,
): Promise<void> {
  await withServices(async (services) => {
    const record = await requireLine(services, portal, connector, id)
    await makeDueNow(services.store, record.id, services.clock.now())
    const status = await statusObject(services, record)
    print(json === true, status, 'The line is due; a running hub delivers it within a second.')
  })
}
