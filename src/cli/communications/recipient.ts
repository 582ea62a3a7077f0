import type { Command } from 'commander'
import type { z } from 'zod'
import { parseJson } from '../../core/json.ts'
import type { recipientShape } from '../../core/shapes/recipient.ts'
import { UsageError } from '../context.ts'
import { type JsonOption, type LineWords, withLine } from './called-line.ts'
import {
  addPageOptions,
  formatWhen,
  gather,
  lineCommand,
  numberOf,
  PAGE_NAMES,
  type Page,
  type PageOptions,
  printLines,
  printPage,
} from './commands.ts'

type Recipient = z.infer<typeof recipientShape>

interface ListOptions extends PageOptions {
  readonly tag?: readonly string[]
  readonly q?: string
  readonly blocked?: boolean
  readonly seenAfter?: string
  readonly seenBefore?: string
}

interface NameOptions extends JsonOption {
  readonly lead?: number
  readonly chat?: string
}

interface TagOptions extends NameOptions {
  readonly add?: readonly string[]
  readonly remove?: readonly string[]
}

interface SetOptions extends NameOptions {
  readonly unset?: readonly string[]
}

const NAMES = {
  ...{ lead: '--lead', chat: '--chat', 'chat.id': '--chat', tags: '--tag', q: '--q' },
  ...{ addTags: '--add', removeTags: '--remove' },
  ...{ seenAfter: '--seen-after', seenBefore: '--seen-before' },
}

/** `hub recipient list|get|tag|set`. */
export function addRecipientCommands(program: Command): void {
  const recipient = program.command('recipient').description('the people who write to a line')
  addPageOptions(
    lineCommand(recipient, 'list', {
      does: 'list the recipients of a line',
      example: '--tag vip --tag news --q ann',
    }),
  )
    .option('--tag <tag>', 'only those with this tag; may be given several times', gather)
    .option('--q <text>', 'only those with this in name, username, phone or e-mail')
    .option('--blocked', 'only those who have blocked the account')
    .option('--seen-after <instant>', 'only those who have written since')
    .option('--seen-before <instant>', 'only those who wrote last before')
    .action((portal: string, connector: string, line: string, options: ListOptions) =>
      list([portal, connector, line], options),
    )
  addName(lineCommand(recipient, 'get', { does: 'show a recipient', example: '--lead 7' })).action(
    (portal: string, connector: string, line: string, options: NameOptions) =>
      get([portal, connector, line], options),
  )
  addName(
    lineCommand(recipient, 'tag', {
      does: 'add and remove tags of a recipient',
      example: '--lead 7 --add vip --remove new',
    }),
  )
    .option('--add <tag>', 'may be given several times', gather)
    .option('--remove <tag>', 'may be given several times', gather)
    .action((portal: string, connector: string, line: string, options: TagOptions) =>
      tag([portal, connector, line], options),
    )
  addName(
    lineCommand(recipient, 'set', {
      args: '[attributes...]',
      does: 'set attributes of a recipient: name=text, or name:=JSON',
      example: '--lead 7 city=Berlin visits:=3 --unset nickname',
    }),
  )
    .option('--unset <name>', 'removes an attribute; may be given several times', gather)
    .action(
      (portal: string, connector: string, line: string, written: string[], options: SetOptions) =>
        set([portal, connector, line], written, options),
    )
}

function addName(command: Command): Command {
  return command
    .option('--lead <number>', 'the recipient, …', numberOf('--lead'))
    .option('--chat <id>', '… or its chat')
}

async function list(words: LineWords, { json, tag: tags, ...rest }: ListOptions): Promise<void> {
  await withLine(words, async (line) => {
    const search = { ...rest, ...(tags === undefined ? {} : { tags }) }
    const names = { ...NAMES, ...PAGE_NAMES }
    const page = await line.call<Page<Recipient>>('listRecipients', search, names)
    const now = line.services.clock.now()
    printPage(page, json, {
      headings: ['LEAD', 'CHAT', 'NAME', 'USERNAME', 'TAGS', 'LAST SEEN', 'STATE'],
      none: 'There are no such recipients.',
      row: (one) => [
        ...[String(one.lead), one.chat.id, nameOf(one), one.username ?? '', one.tags.join(', ')],
        ...[one.lastSeenAt === undefined ? 'never' : formatWhen(one.lastSeenAt, now), stateOf(one)],
      ],
    })
  })
}

function nameOf({ name, lastName }: Recipient): string {
  return [name, lastName].filter((part) => part !== undefined).join(' ')
}

function stateOf({ blockedAt, dialog }: Recipient): string {
  if (blockedAt !== undefined) return 'has blocked the account'
  return dialog?.open === true ? 'talks' : ''
}

async function get(words: LineWords, options: NameOptions): Promise<void> {
  await change(words, 'getRecipient', {}, options)
}

async function tag(words: LineWords, options: TagOptions): Promise<void> {
  const { add: addTags, remove: removeTags } = options
  if (!addTags && !removeTags) throw new UsageError('say what to change: --add or --remove')
  await change(
    words,
    'updateRecipient',
    { ...(addTags ? { addTags } : {}), ...(removeTags ? { removeTags } : {}) },
    options,
  )
}

async function set(
  words: LineWords,
  written: readonly string[],
  options: SetOptions,
): Promise<void> {
  const { unset = [] } = options
  if (written.length + unset.length === 0) {
    throw new UsageError('say what to change: name=text, name:=JSON or --unset')
  }
  const attributes = Object.fromEntries([
    ...written.map(readAttribute),
    ...unset.map((name): [string, unknown] => [name, null]),
  ])
  await change(words, 'updateRecipient', { attributes }, options)
}

/** `name=text` is text, whatever it looks like. */
function readAttribute(written: string): [name: string, value: unknown] {
  const [, name = '', mark, value = ''] = /^([^=]*?)(:?=)(.*)$/s.exec(written) ?? []
  if (name === '') throw new UsageError('an attribute is name=text, or name:=JSON')
  if (mark === '=') return [name, value]
  try {
    return [name, parseJson(value)]
  } catch (error) {
    throw new UsageError('behind name:= stands JSON', { cause: error })
  }
}

async function change(
  words: LineWords,
  method: 'getRecipient' | 'updateRecipient',
  params: object,
  { json, lead, chat }: NameOptions,
): Promise<void> {
  const named = {
    ...(lead === undefined ? {} : { lead }),
    ...(chat === undefined ? {} : { chat: { id: chat } }),
  }
  await withLine(words, async (line) => {
    const one = await line.call<Recipient>(method, { ...params, ...named }, NAMES)
    printLines(json, one, describe(one, line.services.clock.now()))
  })
}

function describe(one: Recipient, now: number): string[] {
  const { lead, chat, username, phone, email, language, person, tags, attributes } = one
  const fields: readonly (readonly [string, string | undefined])[] = [
    ['name', nameOf(one)],
    ...Object.entries({ username, phone, email, language, person }),
    ['tags', tags.join(', ')],
    ['last seen', formatWhen(one.lastSeenAt, now)],
    ['state', stateOf(one)],
    ...Object.entries(attributes).map(([name, value]) => [name, JSON.stringify(value)] as const),
  ]
  return [
    `Recipient ${lead}, chat ${chat.id}`,
    ...fields.flatMap(([name, value = '']) =>
      value === '' ? [] : [`  ${name.padEnd(10)} ${value}`],
    ),
  ]
}
