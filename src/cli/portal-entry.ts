import { type Command, Option } from 'commander'
import { SettingsError } from '../core/errors.ts'
import { given } from '../core/given.ts'
import { LANGUAGES, type Language } from '../core/language.ts'
import { EMOJI_FORMATS, TEXT_FORMATS, type TextFormat } from '../core/portal.ts'
import type { PortalInput, PortalOperations } from '../lines/portal-operations.ts'
import { warningsOfPortal } from '../outgoing/reach.ts'
import { dialects } from '../portal/dialects/index.ts'
import type { Services } from '../services.ts'
import { CommandError, print, UsageError, withServices } from './context.ts'
import { addSettingOptions, readGivenSettings, type SettingOptions } from './given-settings.ts'
import { numbered } from './portal-dialects.ts'
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

const SETTING = "a field of the portal's dialect"

/** `hub portal add|edit`: what a portal is made of. */
export function addPortalEntryCommands(portal: Command): void {
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

/** Of a portal that was named. */
export function unknownPortal(id: string): CommandError {
  return new CommandError(`there is no portal ${id}`)
}
