import type { Command } from 'commander'
import type { z } from 'zod'
import type { apiTokenPageShape, createdApiTokenShape } from '../../core/shapes/notification.ts'
import { CommandError } from '../context.ts'
import { type JsonOption, withPortal } from './called-line.ts'
import {
  addPageOptions,
  formatWhen,
  numberOf,
  PAGE_NAMES,
  type PageOptions,
  portalCommand,
  printLines,
  printPage,
} from './commands.ts'

type Created = z.infer<typeof createdApiTokenShape>

interface PlaceOptions extends JsonOption {
  readonly connector?: string
  readonly line?: string
}

const NAMES = { connector: '--connector', line: '--line', ...PAGE_NAMES }
const idOf = numberOf('<id>')

/** `hub token list|create|revoke`. */
export function addTokenCommands(program: Command): void {
  const token = program
    .command('token')
    .description('tokens with which other systems schedule jobs: docs/notifications.md')
  addPlace(addPageOptions(portalCommand(token, 'list', { does: "list a portal's tokens" }))).action(
    (portal: string, options: PageOptions & PlaceOptions) => list(portal, options),
  )
  addPlace(
    portalCommand(token, 'create', {
      args: '<name>',
      does: 'make a token, for all lines of the portal or for one; it is shown only now',
      example: 'shop --connector telegram --line 12',
    }),
  ).action((portal: string, name: string, options: PlaceOptions) => create(portal, name, options))
  portalCommand(token, 'revoke', {
    args: '<id>',
    does: 'end a token at once',
    example: '3',
  }).action((portal: string, id: string, options: JsonOption) => revoke(portal, id, options))
}

function addPlace(command: Command): Command {
  return command
    .option('--connector <id>', 'with --line: of one line')
    .option('--line <line>', 'with --connector: of one line')
}

async function list(
  portalId: string,
  { json, ...search }: PageOptions & PlaceOptions,
): Promise<void> {
  await withPortal(portalId, async (portal) => {
    const page = await portal.call<z.infer<typeof apiTokenPageShape>>(
      'listApiTokens',
      search,
      NAMES,
    )
    const now = portal.services.clock.now()
    printPage(page, json, {
      headings: ['ID', 'NAME', 'LINE', 'MADE', 'LAST USE'],
      none: 'There are no tokens yet: hub token create makes them.',
      row: ({ id, name, connector, line, createdAt, usedAt }) => [
        ...[String(id), name, connector === undefined ? 'all' : `${connector}/${line}`],
        ...[formatWhen(createdAt, now), usedAt === undefined ? 'never' : formatWhen(usedAt, now)],
      ],
    })
  })
}

async function create(
  portalId: string,
  name: string,
  { json, ...place }: PlaceOptions,
): Promise<void> {
  await withPortal(portalId, async (portal) => {
    const made = await portal.call<Created>('createApiToken', { ...place, name }, NAMES)
    printLines(json, made, [
      `token  ${made.token}`,
      `id     ${made.id}`,
      '',
      'Keep the token: it is shown only now.',
    ])
  })
}

async function revoke(portalId: string, text: string, { json }: JsonOption): Promise<void> {
  const id = idOf(text)
  await withPortal(portalId, async (portal) => {
    const done = await portal.call<{ readonly ok: boolean }>('revokeApiToken', { id })
    if (!done.ok) throw new CommandError(`there is no token ${id}`)
    printLines(json, done, [`Token ${id} is revoked.`])
  })
}
