import { type Command, Option } from 'commander'
import { given } from '../core/given.ts'
import {
  EMOJI_FORMATS,
  LANGUAGES,
  type Language,
  type Portal,
  TEXT_FORMATS,
  type TextFormat,
} from '../core/portal.ts'
import type { PortalOperations } from '../lines/portal-operations.ts'
import { dialects } from '../portal/dialects/index.ts'
import { CommandError, print, table, UsageError, withServices } from './context.ts'

interface JsonOption {
  readonly json?: boolean
}

interface AddOptions extends TextFormat, JsonOption {
  readonly allow?: string
  readonly language?: Language
  readonly dialect: string
  readonly set?: Readonly<Record<string, string>>
}

interface EditOptions extends Partial<TextFormat>, JsonOption {
  readonly allow?: string
  readonly language?: Language
  readonly name?: string
  readonly url?: string
  readonly set?: Readonly<Record<string, string>>
}

interface RotateOptions extends JsonOption {
  readonly revoke?: boolean
}

/** `hub portal add|edit|list|rotate|disable|enable|remove`. */
export function addPortalCommands(program: Command): void {
  const portal = program.command('portal').description('manage the portals that use this hub')
  portal
    .command('add <name> <url>')
    .description('make a portal; its packets are posted to <url>')
    .addOption(choice('--text <format>', 'format of text', TEXT_FORMATS).default('bbcode'))
    .addOption(choice('--emoji <format>', 'format of emoji', EMOJI_FORMATS).default('shortname'))
    .addOption(
      choice(
        '--dialect <id>',
        'what kind of portal it is',
        dialects.map(({ id }) => id),
      ).default('native'),
    )
    .addOption(
      choice('--language <language>', 'in which its administrators are spoken to', LANGUAGES),
    )
    .addOption(allowOption())
    .addOption(settingOption())
    .option('--json', 'print JSON')
    .action((name: string, url: string, options: AddOptions) => add(name, url, options))
  portal
    .command('edit <id>')
    .description('change what is named and leave the rest; a running hub notices within 5 s')
    .option('--name <name>', 'another name')
    .option('--url <url>', 'another address for its packets')
    .addOption(choice('--text <format>', 'another format of text', TEXT_FORMATS))
    .addOption(choice('--emoji <format>', 'another format of emoji', EMOJI_FORMATS))
    .addOption(
      choice('--language <language>', 'in which its administrators are spoken to', LANGUAGES),
    )
    .addOption(allowOption())
    .addOption(settingOption())
    .option('--json', 'print JSON')
    .action((id: string, options: EditOptions) => edit(id, options))
  portal
    .command('list')
    .description('list the portals')
    .option('--json', 'print JSON')
    .action((options: JsonOption) => list(options.json === true))
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
    .description('remove a portal with its lines, settings and queues')
    .option('--json', 'print JSON')
    .action((id: string, options: JsonOption) => remove(id, options.json === true))
}

function choice(flags: string, description: string, choices: readonly string[]): Option {
  return new Option(flags, description).choices(choices)
}

function allowOption(): Option {
  return new Option(
    '--allow <cidr,cidr|none|all>',
    'of HUB_ALLOW_PRIVATE_TARGETS, what this portal may reach',
  )
}

/** May be given several times. */
function settingOption(): Option {
  return new Option('--set <field=value>', "a field of the portal's dialect").argParser(
    (text: string, known: Readonly<Record<string, string>> = {}) => {
      const [key, ...value] = text.split('=')
      if (!key || value.length === 0) {
        // Not repeated: what was given may be the secret alone.
        throw new UsageError('--set takes field=value')
      }
      return { ...known, [key]: value.join('=') }
    },
  )
}

async function add(name: string, url: string, options: AddOptions): Promise<void> {
  const { text, emoji, language, dialect, set: settings, allow, json } = options
  const format = { text, emoji }
  const made = await withServices(async ({ portalOperations }) => {
    const input = {
      ...{ name, url, format, dialect },
      ...given({ settings, language }),
      ...allowPart(allow),
    }
    const portal = await portalOperations.add(input)
    return { ...portal, ...effectPart(portalOperations, allow) }
  })
  print(
    json === true,
    made,
    `portal  ${made.id}\nsecret  ${made.secret}\nurl     ${made.url}\n\nKeep the secret: it is shown only now. It signs packets and calls.${warning(made)}`,
  )
}

async function edit(id: string, options: EditOptions): Promise<void> {
  const { name, url, text, emoji, language, set: settings, allow, json } = options
  const change = {
    ...given({ name, url, language, settings }),
    ...allowPart(allow),
    format: given({ text, emoji }),
  }
  if ([name, url, text, emoji, language, settings, allow].every((value) => value === undefined)) {
    throw new UsageError(
      'say what to change: --name, --url, --text, --emoji, --language, --allow or --set',
    )
  }
  await withServices(async ({ portalOperations }) => {
    if (!(await portalOperations.edit(id, change))) throw unknownPortal(id)
    const edited = { id, ...effectPart(portalOperations, allow) }
    print(json === true, edited, `Portal ${id} is changed.${warning(edited)}`)
  })
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
  const { id, name, url, dialect, format, language, switchedOff, allowedTargets } = portal
  const allow = allowedTargets ? allowedTargets.join(',') || 'none' : 'all'
  return { id, name, url, dialect, ...format, language, state: switchedOff ?? 'enabled', allow }
}

/** An empty text is a fault to be named, and not an option that is absent. */
function allowPart(allow: string | undefined): { allow?: string } {
  return allow === undefined ? {} : { allow }
}

interface Effect {
  readonly withoutEffect?: readonly string[]
}

function effectPart(operations: PortalOperations, allow: string | undefined): Effect {
  const withoutEffect = allow === undefined ? [] : operations.withoutEffect(allow)
  return withoutEffect.length > 0 ? { withoutEffect } : {}
}

function warning({ withoutEffect }: Effect): string {
  if (!withoutEffect) return ''
  return `\nWithout effect, for HUB_ALLOW_PRIVATE_TARGETS does not hold them: ${withoutEffect.join(', ')}`
}

async function rotate(id: string, { revoke = false, json }: RotateOptions): Promise<void> {
  await withServices(async ({ portalOperations }) => {
    const rotated = await portalOperations.rotate(id, { revokeOld: revoke })
    if (!rotated) throw unknownPortal(id)
    const { secret } = rotated
    const oldValidUntil = new Date(rotated.oldValidUntil).toISOString()
    print(
      json === true,
      { id, secret, oldValidUntil },
      `secret  ${secret}\n${revoke ? 'The old secret is valid no more.' : `The old secret is valid until ${oldValidUntil}.`}`,
    )
  })
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

async function remove(id: string, isJson: boolean): Promise<void> {
  await withServices(async ({ portalOperations }) => {
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

function webhooks(count: number): string {
  return count === 1 ? '1 webhook is' : `${count} webhooks are`
}

function unknownPortal(id: string): CommandError {
  return new CommandError(`there is no portal ${id}`)
}
