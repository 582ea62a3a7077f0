import type { Command } from 'commander'
import { given } from '../core/given.ts'
import { seqsOf } from '../lines/dead-letter-operations.ts'
import { CommandError, print, REPEAT, table, withServices } from './context.ts'
import { requireLine } from './line.ts'

interface JsonOption {
  readonly json?: boolean
}

interface ChangeOptions extends JsonOption {
  readonly yes?: boolean
}

type LineWords = readonly [portal: string, connector: string, line: string]

const PAGE = 100

/** `hub dead-letters list|replay|delete`. */
export function addDeadLetterCommands(program: Command): void {
  const letters = program.command('dead-letters').description('events that were given up')
  letters
    .command('list <portal> <connector> <line>')
    .description(`list the oldest ${PAGE} of a line`)
    .option('--json', 'print JSON')
    .action((portal: string, connector: string, line: string, options: JsonOption) =>
      list([portal, connector, line], options),
    )
  for (const verb of ['replay', 'delete'] as const) {
    letters
      .command(`${verb} <portal> <connector> <line> [events...]`)
      .description(
        verb === 'replay'
          ? 'put them back into the queue: all, or those named'
          : 'delete them: all, or those named',
      )
      .option('--yes', 'with delete: do it, and do not only say what goes')
      .option('--json', 'print JSON')
      .action(
        (
          portal: string,
          connector: string,
          line: string,
          events: string[],
          options: ChangeOptions,
        ) => change(verb, [portal, connector, line], events, options),
      )
  }
}

async function list(words: LineWords, { json }: JsonOption): Promise<void> {
  await withServices(async (services) => {
    const record = await requireLine(services, ...words)
    const page = await services.deadLetterOperations.list(record, { limit: PAGE })
    const items = page.items.map(({ event, reason, deadAt }) => ({
      event: event.id,
      type: event.type,
      ...('chat' in event ? given({ chat: event.chat?.id }) : {}),
      ...('at' in event ? { at: event.at } : {}),
      reason,
      deadAt,
    }))
    print(
      json === true,
      items,
      items.length === 0
        ? 'There are none.'
        : table(
            ['EVENT', 'TYPE', 'CHAT', 'TIME', 'GIVEN UP', 'REASON'],
            items.map((item) => [
              item.event,
              item.type,
              item.chat ?? '',
              item.at ?? '',
              item.deadAt,
              item.reason,
            ]),
          ),
    )
  })
}

async function change(
  verb: 'replay' | 'delete',
  words: LineWords,
  events: readonly string[],
  { json, yes }: ChangeOptions,
): Promise<void> {
  await withServices(async (services) => {
    const record = await requireLine(services, ...words)
    const { deadLetterOperations, lineOperations } = services
    // A mistyped id must not pass unnoticed: with no ids at all, every letter is meant.
    const stranger = events.find((event) => seqsOf([event], record.id).length === 0)
    if (stranger !== undefined) {
      throw new CommandError(`${stranger.slice(0, 64)} is no event of this line`)
    }
    const named = events.length === 0 ? undefined : events
    if (verb === 'replay') {
      const replayed = await deadLetterOperations.replay(record, named)
      print(json === true, { replayed }, `${replayed} put back into the queue.`)
    } else if (!yes) {
      const { deadLetters } = await lineOperations.status(record)
      const what = named ? `${named.length} of ${deadLetters} dead letters` : `all ${deadLetters}`
      throw new CommandError(`this deletes ${what} of the line for good: ${REPEAT}`)
    } else {
      const deleted = await deadLetterOperations.delete(record, named)
      print(json === true, { deleted }, `${deleted} deleted.`)
    }
  })
}
