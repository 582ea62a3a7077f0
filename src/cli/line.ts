import type { Command } from 'commander'
import { given } from '../core/given.ts'
import type { LineRecord } from '../db/lines/lines.ts'
import type { Services } from '../services.ts'
import { CommandError, print, withServices } from './context.ts'
import { explainHealth } from './health-words.ts'
import { checkByHub } from './line-check.ts'
import { addLineConnectCommand } from './line-connect.ts'
import { addLineListCommand } from './line-list.ts'

interface JsonOption {
  readonly json?: boolean
}

/** Does something with the line that is named and says what; the line's status is printed with `--json`. */
interface LineVerb {
  readonly name: string
  readonly description: string
  readonly done: string
  run(services: Services, record: LineRecord): Promise<unknown>
}

const VERBS: readonly LineVerb[] = [
  {
    name: 'retry',
    description: 'deliver now, whatever the lockout says',
    done: 'The line is due; a running hub delivers it within a second.',
    run: ({ lineOperations }, record) => lineOperations.retry(record),
  },
  {
    name: 'pause',
    description: 'stop sending to the channel; what portals queue meanwhile waits',
    done: 'Sending is paused until hub line resume, or until testConnect succeeds.',
    run: ({ lineOperations }, record) => lineOperations.pause(record, 'paused by the operator'),
  },
  {
    name: 'resume',
    description: 'send again',
    done: 'Sending goes on; a running hub notices within a second.',
    run: ({ lineOperations }, record) => lineOperations.resume(record),
  },
]

/** `hub line list|connect|status|check|retry|pause|resume`. */
export function addLineCommands(program: Command): void {
  const line = program.command('line').description('look at lines and their queues')
  addLineListCommand(line)
  addLineConnectCommand(line)
  line
    .command('status <portal> <connector> <line>')
    .description('show one line')
    .option('--json', 'print JSON')
    .action((portal: string, connector: string, id: string, options: JsonOption) =>
      show(portal, connector, id, options),
    )
  line
    .command('check <portal> <connector> <line>')
    .description('ask the channel whether all is well, once a minute at most')
    .option('--json', 'print JSON')
    .action((portal: string, connector: string, id: string, options: JsonOption) =>
      check(portal, connector, id, options),
    )
  for (const verb of VERBS) {
    line
      .command(`${verb.name} <portal> <connector> <line>`)
      .description(verb.description)
      .option('--json', 'print JSON')
      .action((portal: string, connector: string, id: string, options: JsonOption) =>
        change(verb, [portal, connector, id], options),
      )
  }
}

/** Throws CommandError if there is no such line. */
export async function requireLine(
  { lineRepository }: Services,
  portalId: string,
  connector: string,
  externalId: string,
): Promise<LineRecord> {
  const record = await lineRepository.find({ portalId, connector, externalId })
  if (record) return record
  throw new CommandError(`portal ${portalId} has no line ${externalId} of ${connector}`)
}

async function show(
  portal: string,
  connector: string,
  id: string,
  { json }: JsonOption,
): Promise<void> {
  await withServices(async (services) => {
    const record = await requireLine(services, portal, connector, id)
    const portalState = (await services.portalOperations.switchedOff()).get(portal)
    const status = {
      lineId: record.id,
      ...given({ portalState }),
      ...(await services.lineOperations.status(record)),
    }
    const text = `${JSON.stringify(status, null, 2)}\n\n${explainHealth(status.health)}`
    print(json === true, status, text)
  })
}

async function check(
  portal: string,
  connector: string,
  id: string,
  { json }: JsonOption,
): Promise<void> {
  await withServices(async (services) => {
    const record = await requireLine(services, portal, connector, id)
    const health = await checkByHub(services, record)
    print(json === true, health, explainHealth(health))
  })
}

async function change(
  { run, done }: LineVerb,
  words: readonly [portal: string, connector: string, line: string],
  { json }: JsonOption,
): Promise<void> {
  await withServices(async (services) => {
    const record = await requireLine(services, ...words)
    await run(services, record)
    const status = { lineId: record.id, ...(await services.lineOperations.status(record)) }
    print(json === true, status, done)
  })
}
