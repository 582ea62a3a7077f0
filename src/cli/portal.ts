import type { Command } from 'commander'
import { Option } from 'commander'
import { randomId } from '../core/ids.ts'
import { EMOJI_FORMATS, TEXT_FORMATS, type TextFormat } from '../core/portal.ts'
import { makePortalSecret, OLD_SECRET_LIFE_MS } from '../lines/portal-secrets.ts'
import type { Services } from '../services.ts'
import { CommandError, print, table, withServices } from './context.ts'

interface AddOptions extends TextFormat {
  readonly json?: boolean
}

/** `hub portal add|list|rotate|remove`. */
export function addPortalCommands(program: Command): void {
  const portal = program.command('portal').description('manage the portals that use this hub')
  portal
    .command('add <name> <url>')
    .description('make a portal; its packets are posted to <url>')
    .addOption(
      new Option('--text <format>', 'format of text').choices(TEXT_FORMATS).default('bbcode'),
    )
    .addOption(
      new Option('--emoji <format>', 'format of emoji').choices(EMOJI_FORMATS).default('shortname'),
    )
    .option('--json', 'print JSON')
    .action((name: string, url: string, options: AddOptions) => add(name, url, options))
  portal
    .command('list')
    .description('list the portals')
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }) => list(options.json === true))
  portal
    .command('rotate <id>')
    .description('give a portal a new secret; the old one stays valid for 24 h')
    .option('--json', 'print JSON')
    .action((id: string, options: { json?: boolean }) => rotate(id, options.json === true))
  portal
    .command('remove <id>')
    .description('remove a portal with its lines, settings and queues')
    .option('--json', 'print JSON')
    .action((id: string, options: { json?: boolean }) => remove(id, options.json === true))
}

async function add(name: string, url: string, { text, emoji, json }: AddOptions): Promise<void> {
  const target = URL.parse(url)
  if (target?.protocol !== 'https:' && target?.protocol !== 'http:') {
    throw new CommandError("the portal's URL must begin with https:// or http://")
  }
  if (name.trim() === '' || name.length > 255) {
    throw new CommandError('the name must have 1 to 255 characters')
  }
  const secret = makePortalSecret()
  const id = randomId('prt_')
  await withServices(({ portals, clock }) =>
    portals.add({ id, name, url, secret, format: { text, emoji } }, clock.now()),
  )
  print(
    json === true,
    { id, secret, url },
    `portal  ${id}\nsecret  ${secret}\nurl     ${url}\n\nKeep the secret: it is shown only now. It signs packets and calls.`,
  )
}

async function list(isJson: boolean): Promise<void> {
  await withServices(async ({ portals, clock }) => {
    const all = await portals.list(clock.now())
    print(
      isJson,
      all.map(({ id, name, url, format }) => ({ id, name, url, ...format })),
      all.length === 0
        ? 'There are no portals yet: hub portal add <name> <url>'
        : table(
            ['ID', 'NAME', 'URL', 'TEXT', 'EMOJI'],
            all.map(({ id, name, url, format }) => [id, name, url, format.text, format.emoji]),
          ),
    )
  })
}

async function rotate(id: string, isJson: boolean): Promise<void> {
  const secret = makePortalSecret()
  await withServices(async ({ portals, clock }) => {
    const oldValidUntil = clock.now() + OLD_SECRET_LIFE_MS
    if (!(await portals.rotate(id, secret, oldValidUntil))) throw unknownPortal(id)
    const until = new Date(oldValidUntil).toISOString()
    print(
      isJson,
      { id, secret, oldValidUntil: until },
      `secret  ${secret}\nThe old secret is valid until ${until}.`,
    )
  })
}

async function remove(id: string, isJson: boolean): Promise<void> {
  await withServices(async (services) => {
    await disconnectAll(services, id)
    if (!(await services.portals.remove(id))) throw unknownPortal(id)
    print(isJson, { removed: id }, `Portal ${id} is removed.`)
  })
}

async function disconnectAll({ lines, connection }: Services, portalId: string): Promise<void> {
  for (const record of await lines.list(portalId)) {
    if (record.status !== 'disconnected') await connection.disconnect(record, { purge: true })
  }
}

function unknownPortal(id: string): CommandError {
  return new CommandError(`there is no portal ${id}`)
}
