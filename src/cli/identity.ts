import type { Command } from 'commander'
import type { ConnectedIdentity, IdentityOperations } from '../lines/identity-operations.ts'
import { CommandError, print, table, UsageError, withServices } from './context.ts'
import { escapeControls, unescapeControls } from './printable.ts'

interface ListOptions {
  readonly connector?: string
  readonly json?: boolean
}

interface ReleaseOptions {
  readonly yes?: boolean
  readonly json?: boolean
}

/** `hub identity list|release`. */
export function addIdentityCommands(program: Command): void {
  const identity = program.command('identity').description('accounts, and the lines that hold them')
  identity
    .command('list')
    .description('list them, with who vouches for each')
    .option('--connector <id>', 'only those of this connector')
    .option('--json', 'print JSON')
    .action((options: ListOptions) => list(options))
  identity
    .command('release <connector> <identity>')
    .description("end the connection of the line that holds an account; the line's portal is told")
    .option('--yes', 'do it: the settings and the queue of the line are deleted')
    .option('--json', 'print JSON')
    .action((connector: string, id: string, options: ReleaseOptions) =>
      release(connector, id, options),
    )
}

async function list({ connector, json }: ListOptions): Promise<void> {
  await withServices(async ({ identityOperations }) => {
    const all = await Array.fromAsync(identityOperations.list(connector))
    print(json === true, all, all.length === 0 ? 'There are none.' : tableOf(all))
  })
}

function tableOf(all: readonly ConnectedIdentity[]): string {
  return table(
    ['CONNECTOR', 'IDENTITY', 'PORTAL', 'LINE', 'STATUS', 'SINCE', 'VOUCHED FOR BY'],
    all.map(({ connector, identity, line, since, vouchedBy, isLearned }) => [
      connector,
      identity,
      line?.portal ?? '–',
      line ? `${line.connector} ${line.line}` : '–',
      line?.status ?? '–',
      since,
      isLearned ? `${vouchedBy} (updates alone)` : vouchedBy,
    ]),
  )
}

async function release(
  connector: string,
  given: string,
  { yes = false, json }: ReleaseOptions,
): Promise<void> {
  await withServices(async ({ identityOperations }) => {
    const found = await find(identityOperations, connector, given)
    if (!found) {
      throw new CommandError(
        `nobody holds ${escapeControls(given)} of ${escapeControls(connector)}`,
      )
    }
    const { identity, line } = found
    const where = line
      ? `line ${line.line} of ${line.connector}, portal ${line.portal}`
      : 'a line that is there no more'
    if (!yes) {
      throw new UsageError(
        `${escapeControls(where)} would be disconnected, with its settings and queue: repeat with --yes`,
      )
    }
    if (!(await identityOperations.release(found.connector, identity))) {
      throw new CommandError(`nobody holds ${escapeControls(given)} any more`)
    }
    const told = `${found.connector} ${identity} is free; ${where} is disconnected, and its portal is told.`
    print(json === true, { released: found }, escapeControls(told))
  })
}

/** As it is, or as `list` has printed it. */
async function find(
  identities: IdentityOperations,
  connector: string,
  given: string,
): Promise<ConnectedIdentity | undefined> {
  return (
    (await identities.find(connector, given)) ??
    (await identities.find(connector, unescapeControls(given)))
  )
}
