import { type Command, Option } from 'commander'
import { SettingsError } from '../core/errors.ts'
import { given } from '../core/given.ts'
import {
  EMOJI_FORMATS,
  LANGUAGES,
  type Language,
  type Portal,
  TEXT_FORMATS,
  type TextFormat,
} from '../core/portal.ts'
import type { PortalContents } from '../db/lines/portal-contents.ts'
import type { PortalInput, PortalOperations } from '../lines/portal-operations.ts'
import { warningsOfPortal } from '../outgoing/reach.ts'
import { dialects } from '../portal/dialects/index.ts'
import type { Services } from '../services.ts'
import { CommandError, print, REPEAT, table, UsageError, withServices } from './context.ts'
import { addSettingOptions, readGivenSettings, type SettingOptions } from './given-settings.ts'
import { numbered, showDialects } from './portal-dialects.ts'
import { testPortal } from './portal-test.ts'
import { warn } from './warnings.ts'

interface JsonOption {
  readonly json?: boolean
}

interface AddOptions extends TextFormat, JsonOption, SettingOptions {
  readonly ack?: string
  readonly allow?: string
  readonly language?: Language
  readonly dialect: string
}

interface EditOptions extends Partial<TextFormat>, JsonOption, SettingOptions {
  readonly ack?: string
  readonly allow?: string
  readonly language?: Language
  readonly name?: string
  readonly url?: string
}

interface RotateOptions extends JsonOption {
  readonly revoke?: boolean
}

interface RemoveOptions extends JsonOption {
  readonly yes?: boolean
}

const SETTING = "a field of the portal's dialect"

/** `hub portal dialects|add|edit|list|test|rotate|disable|enable|remove`. */
export function addPortalCommands(program: Command): void {
  const portal = program.command('portal').description('manage the portals that use this hub')
  const adding = portal
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
    .addOption(ackOption())
    .option('--json', 'print JSON')
  addSettingOptions(adding, SETTING).action((name: string, url: string, options: AddOptions) =>
    add(name, url, options),
  )
  const editing = portal
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
    .addOption(ackOption())
    .option('--json', 'print JSON')
  addSettingOptions(editing, SETTING).action((id: string, options: EditOptions) =>
    edit(id, options),
  )
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

function choice(flags: string, description: string, choices: readonly string[]): Option {
  return new Option(flags, description).choices(choices)
}

function allowOption(): Option {
  return new Option(
    '--allow <cidr,cidr|none|all>',
    'of HUB_ALLOW_PRIVATE_TARGETS, what this portal may reach',
  )
}

/** A field of the hub's own dialect, so often needed that it has a name of its own. */
function ackOption(): Option {
  return choice('--ack <mode>', 'strict: only a JSON answer with "accepted" counts', [
    'any',
    'strict',
  ])
}

function withAck(
  settings: Readonly<Record<string, string>> | undefined,
  ack: string | undefined,
): Readonly<Record<string, string>> | undefined {
  return ack === undefined ? settings : { ...settings, ack }
}

/** It is the first command that a newcomer gives, maybe before the first start. */
const MAKES_STORE = { makesStore: true, seals: true }
const SEALS = { seals: true }

async function add(name: string, url: string, options: AddOptions): Promise<void> {
  const { text, emoji, language, dialect, allow, json } = options
  const settings = withAck(await readGivenSettings(options), options.ack)
  const format = { text, emoji }
  const made = await withServices(async ({ portalOperations, guard, publicUrl, ...services }) => {
    const input = {
      ...{ name, url, format, dialect },
      ...given({ settings, language }),
      ...allowPart(allow),
    }
    const { secret, ...portal } = await addGuiding(portalOperations, input)
    await warnOf(portal.id, { portalOperations, guard })
    const known = dialects.find(({ id }) => id === dialect)
    const added = await services.portalRepository.find(portal.id, services.clock.now())
    const nextSteps = added && known?.nextSteps?.(added, { publicUrl })
    const isSigning = known?.usesSecret === true
    const shown = isSigning ? { id: portal.id, secret, url: portal.url } : portal
    return { ...shown, ...given({ nextSteps }), ...effectPart(portalOperations, allow) }
  }, MAKES_STORE)
  print(json === true, made, describeAdded(made))
}

/** Who doesn't know what the fields are is told where it stands. */
async function addGuiding(
  operations: PortalOperations,
  input: PortalInput,
): ReturnType<PortalOperations['add']> {
  try {
    return await operations.add(input)
  } catch (error) {
    const isMissing =
      error instanceof SettingsError &&
      error.fields.some(({ problem }) => problem === 'is required')
    if (!isMissing) throw error
    const faults = error.fields.map(({ field, problem }) => `${field} ${problem}`).join('; ')
    const more = `hub portal dialects ${input.dialect} says what they are`
    throw new CommandError(`${faults}; ${more}`, { cause: error })
  }
}

interface Added extends Effect {
  readonly id: string
  readonly url: string
  readonly secret?: string
  readonly nextSteps?: readonly string[]
}

function describeAdded(made: Added): string {
  const { id, url, secret, nextSteps = [] } = made
  const head = [
    `portal  ${id}`,
    ...(secret === undefined ? [] : [`secret  ${secret}`]),
    `url     ${url}`,
  ].join('\n')
  const keep =
    secret === undefined
      ? []
      : ['Keep the secret: it is shown only now. It signs packets and calls.']
  const next = nextSteps.length === 0 ? [] : ['What is to be done now:', numbered(nextSteps)]
  return `${[head, ...keep, ...next].join('\n\n')}${warning(made)}`
}

async function edit(id: string, options: EditOptions): Promise<void> {
  const { name, url, text, emoji, language, allow, json } = options
  const settings = withAck(await readGivenSettings(options), options.ack)
  const change = {
    ...given({ name, url, language, settings }),
    ...allowPart(allow),
    format: given({ text, emoji }),
  }
  if ([name, url, text, emoji, language, settings, allow].every((value) => value === undefined)) {
    throw new UsageError(
      'say what to change: --name, --url, --text, --emoji, --language, --allow, --ack, --set or --set-file',
    )
  }
  await withServices(async ({ portalOperations, guard }) => {
    if (!(await portalOperations.edit(id, change))) throw unknownPortal(id)
    await warnOf(id, { portalOperations, guard })
    const edited = { id, ...effectPart(portalOperations, allow) }
    print(json === true, edited, `Portal ${id} is changed.${warning(edited)}`)
  }, SEALS)
}

/** Of its address. */
async function warnOf(
  id: string,
  { portalOperations, guard }: Pick<Services, 'portalOperations' | 'guard'>,
): Promise<void> {
  const portal = (await portalOperations.list()).find((one) => one.id === id)
  if (!portal) return
  warn(await warningsOfPortal(new URL(portal.url), guard.narrowed(portal.allowedTargets)))
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
    ...given({ ack: settings['ack'] }),
  }
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
  await withServices(async ({ portalOperations, portalDirectory }) => {
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
  }, SEALS)
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

function unknownPortal(id: string): CommandError {
  return new CommandError(`there is no portal ${id}`)
}
