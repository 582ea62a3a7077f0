import type { Command } from 'commander'
import { given } from '../core/given.ts'
import { PORTAL_DEFAULTS, type Portal } from '../core/portal.ts'
import type { PortalContents } from '../db/lines/portal-contents.ts'
import { dialects } from '../portal/dialects/index.ts'
import { CommandError, print, REPEAT, table, withServices } from './context.ts'
import { showDialects } from './portal-dialects.ts'
import { addPortalEntryCommands, unknownPortal } from './portal-entry.ts'
import { addPortalSetCommand } from './portal-set.ts'
import { testPortal } from './portal-test.ts'

interface JsonOption {
  readonly json?: boolean
}

interface RotateOptions extends JsonOption {
  readonly revoke?: boolean
}

interface RemoveOptions extends JsonOption {
  readonly yes?: boolean
}

/** `hub portal dialects|add|edit|set|list|test|rotate|disable|enable|remove`. */
export function addPortalCommands(program: Command): void {
  const portal = program.command('portal').description('manage the portals that use this hub')
  addPortalEntryCommands(portal)
  addPortalSetCommand(portal)
  addFurtherCommands(portal)
}

/** What needs nothing but the portal's id. */
function addFurtherCommands(portal: Command): void {
  portal
    .command('list')
    .description('list the portals')
    .option('--json', 'print JSON')
    .action((options: JsonOption) => list(options.json === true))
  portal
    .command('dialects [id]')
    .description('list the makes of portal that can be added, or say what one of them needs')
    .option('--json', 'print JSON')
    .action((id: string | undefined, options: JsonOption) =>
      showDialects(id, options.json === true),
    )
  portal
    .command('test <id>')
    .description('try whether a portal answers and believes the hub')
    .option('--json', 'print JSON')
    .action((id: string, options: JsonOption) => testPortal(id, options.json === true))
  portal
    .command('rotate <id>')
    .description('give a portal a new secret; the old one stays valid for 24 h')
    .option('--revoke', 'the old secret ends at once; a running hub notices within 5 s')
    .option('--json', 'print JSON')
    .action((id: string, options: RotateOptions) => rotate(id, options))
  portal
    .command('disable <id>')
    .description('switch a portal off: calls are refused, deliveries and sends wait')
    .option('--json', 'print JSON')
    .action((id: string, options: JsonOption) => disable(id, options.json === true))
  portal
    .command('enable <id>')
    .description('switch a portal on again; what has waited goes out in order')
    .option('--json', 'print JSON')
    .action((id: string, options: JsonOption) => enable(id, options.json === true))
  portal
    .command('remove <id>')
    .description('remove a portal with its lines, settings and queues; first says what goes')
    .option('--yes', 'do it')
    .option('--json', 'print JSON')
    .action((id: string, options: RemoveOptions) => remove(id, options))
}

async function list(isJson: boolean): Promise<void> {
  await withServices(async ({ portalOperations }) => {
    const all = (await portalOperations.list()).map(toListed)
    print(
      isJson,
      all,
      all.length === 0
        ? 'There are no portals yet: hub portal add <name> <url>'
        : table(
            ['ID', 'NAME', 'URL', 'DIALECT', 'TEXT', 'EMOJI', 'LANGUAGE', 'STATE', 'ALLOW'],
            all.map((one) => [
              one.id,
              one.name,
              one.url,
              one.dialect,
              one.text,
              one.emoji,
              one.language,
              one.state,
              one.allow,
            ]),
          ),
    )
  })
}

function toListed(portal: Portal) {
  const { id, name, url, dialect, format, language, settings, switchedOff, allowedTargets } = portal
  const allow = allowedTargets ? allowedTargets.join(',') || 'none' : 'all'
  return {
    id,
    name,
    url,
    dialect,
    ...format,
    language,
    state: switchedOff ?? 'enabled',
    allow,
    ...paceOf(portal),
    ...given({ ack: settings['ack'] }),
  }
}

function paceOf(portal: Portal) {
  const { notificationRate, timeZone, dialogIdleMs } = { ...PORTAL_DEFAULTS, ...portal }
  return { notificationRate, timeZone, dialogIdleMin: dialogIdleMs / 60_000 }
}

async function rotate(id: string, { revoke = false, json }: RotateOptions): Promise<void> {
  await withServices(
    async ({ portalOperations, portalDirectory }) => {
      const rotated = await portalOperations.rotate(id, { revokeOld: revoke })
      if (!rotated) throw unknownPortal(id)
      const { secret } = rotated
      const oldValidUntil = new Date(rotated.oldValidUntil).toISOString()
      const { dialect } = (await portalDirectory.find(id)) ?? {}
      const isSigning = dialects.find((known) => known.id === dialect)?.usesSecret === true
      const shown = isSigning
        ? `secret  ${secret}`
        : 'The hub has another secret for this portal. It is to be entered nowhere: such a portal has credentials of its own, which "hub portal edit" changes.'
      const old = revoke ? 'is valid no more' : `is valid until ${oldValidUntil}`
      const data = { id, ...(isSigning ? { secret } : {}), oldValidUntil }
      print(json === true, data, `${shown}\nThe old secret ${old}.`)
    },
    { seals: true },
  )
}

async function disable(id: string, isJson: boolean): Promise<void> {
  await withServices(async ({ portalOperations }) => {
    if (!(await portalOperations.disable(id))) throw unknownPortal(id)
    print(
      isJson,
      { id, state: 'disabled' },
      `Portal ${id} is disabled; a running hub notices within 5 s. Events wait, messages that were not sent after 24 h fail.`,
    )
  })
}

async function enable(id: string, isJson: boolean): Promise<void> {
  await withServices(async ({ portalOperations }) => {
    if (!(await portalOperations.enable(id))) {
      throw new CommandError(`there is no portal ${id}, or it is being removed`)
    }
    print(
      isJson,
      { id, state: 'enabled' },
      `Portal ${id} is enabled; a running hub notices within 5 s.`,
    )
  })
}

async function remove(id: string, { yes, json }: RemoveOptions): Promise<void> {
  const isJson = json === true
  await withServices(async ({ portalOperations }) => {
    const contents = yes ? undefined : await portalOperations.contents(id)
    if (contents) throw new CommandError(`${describeContents(id, contents)}: ${REPEAT}`)
    const removed = await portalOperations.remove(id)
    if (!removed) throw unknownPortal(id)
    const { left } = removed
    if (left === 0) return print(isJson, { removed: id }, `Portal ${id} is removed.`)
    print(
      isJson,
      { removing: id, left },
      `Portal ${id} is switched off and being removed: ${webhooks(left)} still to be removed at the channels; the hub does it in the background.`,
    )
  })
}

function describeContents(id: string, contents: PortalContents): string {
  const { lines, connected, events, messages, deadLetters } = contents
  return `this removes portal ${id} with ${lines} lines (${connected} connected), ${events} events and ${messages} messages that wait, and ${deadLetters} dead letters`
}

function webhooks(count: number): string {
  return count === 1 ? '1 webhook is' : `${count} webhooks are`
}
