import type { Command } from 'commander'
import { eventId, parseNumberedId } from '../core/ids.ts'
import { deleteDeadLetters, listDeadLetters, replayDeadLetters } from '../db/inbox/dead-letters.ts'
import { CommandError, print, table, withServices } from './context.ts'
import { requireLine } from './line.ts'

interface Options {
  readonly json?: boolean
  readonly limit?: string
}

const PAGE = 100

/** `hub dead-letters list|replay|delete`. */
export function addDeadLetterCommands(program: Command): void {
  const letters = program.command('dead-letters').description('events that were given up')
  letters
    .command('list <portal> <connector> <line>')
    .description(`list the oldest ${PAGE} of a line`)
    .option('--json', 'print JSON')
    .action((portal: string, connector: string, line: string, options: Options) =>
      list(portal, connector, line, options),
    )
  for (const verb of ['replay', 'delete'] as const) {
    letters
      .command(`${verb} <portal> <connector> <line> [events...]`)
      .description(
        verb === 'replay'
          ? 'put them back into the queue: all, or those named'
          : 'delete them: all, or those named',
      )
      .option('--json', 'print JSON')
      .action(
        (portal: string, connector: string, line: string, events: string[], options: Options) =>
          change(verb, [portal, connector, line], events, options),
      )
  }
}

async function list(
  portal: string,
  connector: string,
  line: string,
  { json }: Options,
): Promise<void> {
  await withServices(async (services) => {
    const { id } = await requireLine(services, portal, connector, line)
    const letters = await listDeadLetters(services.store, id, { after: 0, limit: PAGE })
    const items = letters.map(({ seq, type, reason, deadAt }) => ({
      event: eventId(id, seq),
      type,
      reason,
      deadAt: new Date(deadAt).toISOString(),
    }))
    print(
      json === true,
      items,
      items.length === 0
        ? 'There are none.'
        : table(
            ['EVENT', 'TYPE', 'GIVEN UP', 'REASON'],
            items.map((item) => [item.event, item.type, item.deadAt, item.reason]),
          ),
    )
  })
}

async function change(
  verb: 'replay' | 'delete',
  [portal, connector, line]: readonly [string, string, string],
  events: readonly string[],
  { json }: Options,
): Promise<void> {
  await withServices(async (services) => {
    const { id } = await requireLine(services, portal, connector, line)
    const seqs = events.length === 0 ? undefined : events.map((event) => toSeq(event, id))
    const { store, clock } = services
    if (verb === 'replay') {
      const replayed = await replayDeadLetters(store, id, seqs, clock.now())
      print(json === true, { replayed }, `${replayed} put back into the queue.`)
    } else {
      const deleted = await deleteDeadLetters(store, id, seqs)
      print(json === true, { deleted }, `${deleted} deleted.`)
    }
  })
}

function toSeq(event: string, lineId: number): number {
  const parsed = parseNumberedId('evt_', event)
  if (parsed?.lineId === lineId) return parsed.seq
  throw new CommandError(`${event.slice(0, 64)} is no event of this line`)
}
