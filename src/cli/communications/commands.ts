import type { Command } from 'commander'
import { formatAge } from '../age.ts'
import { CommandError, print, REPEAT, table, UsageError } from '../context.ts'
import { escapeControls } from '../printable.ts'
import type { JsonOption } from './called-line.ts'

/** What the commands of the communications have in common. */

interface Described {
  /** Words behind the line's. */
  readonly args?: string
  readonly does: string
  /** What stands behind the line's words in the example. */
  readonly example?: string
}

const WORDS = '<portal> <connector> <line>'
const SHOWN_LINE = 'prt_… telegram 12'

/** A command about a line, with `--json`, and an example in its `--help`. */
export function lineCommand(group: Command, name: string, described: Described): Command {
  return addCommand(group, name, { words: WORDS, shown: SHOWN_LINE, ...described })
}

/** A command about a portal. */
export function portalCommand(group: Command, name: string, described: Described): Command {
  return addCommand(group, name, { words: '<portal>', shown: 'prt_…', ...described })
}

function addCommand(
  group: Command,
  name: string,
  {
    words,
    shown,
    args = '',
    does,
    example = '',
  }: Described & { readonly words: string; readonly shown: string },
): Command {
  const written = ['hub', group.name(), name, shown, example].filter((word) => word !== '')
  return group
    .command([name, words, args].filter((word) => word !== '').join(' '))
    .description(does)
    .option('--json', 'print JSON')
    .addHelpText('after', `\nExample:\n  ${written.join(' ')}`)
}

export interface PageOptions extends JsonOption {
  readonly limit?: number
  readonly cursor?: string
}

/** `--limit` and `--cursor`, as the methods take them. */
export function addPageOptions(command: Command): Command {
  return command
    .option('--limit <count>', 'at most so many', numberOf('--limit'))
    .option('--cursor <cursor>', 'where the page before has ended')
}

/** A whole number behind an option; what it may be is the method's to say. */
export function numberOf(option: string): (text: string) => number {
  return (text) => {
    if (/^\d{1,15}$/.test(text)) return Number(text)
    throw new UsageError(`${option} takes a number`)
  }
}

/** For options that may be given several times. */
export function gather(text: string, known: readonly string[] = []): readonly string[] {
  return [...known, text]
}

export const PAGE_NAMES = { limit: '--limit', cursor: '--cursor' }

/** A script, trigger or broadcast by its code, or by its number as `id:12`: no code has a colon. */
export function refOf(text: string): string | number {
  const [, digits] = /^id:([1-9]\d{0,14})$/.exec(text) ?? []
  return digits === undefined ? text : Number(digits)
}

export interface Page<T> {
  readonly items: readonly T[]
  readonly cursor?: string
}

/** A page as a table, or as the method gives it. */
export function printPage<T>(
  page: Page<T>,
  json: boolean | undefined,
  shown: {
    readonly headings: readonly string[]
    readonly none: string
    row(item: T): readonly string[]
  },
): void {
  const { items, cursor } = page
  const rows = items.map((item) => shown.row(item))
  const text = rows.length === 0 ? shown.none : table(shown.headings, rows)
  const more = cursor === undefined ? '' : `\nThere are more: --cursor ${cursor}`
  print(json === true, page, `${text}${more}`)
}

/** Lines may hold what people and portals have written. */
export function printLines(
  json: boolean | undefined,
  value: unknown,
  lines: readonly string[],
): void {
  print(json === true, value, lines.map(escapeControls).join('\n'))
}

/** `3 min 12 s ago`, `in 2 h`; nothing where there is no instant. */
export function formatWhen(at: string | undefined, now: number): string {
  if (at === undefined) return ''
  const ms = Date.parse(at) - now
  return ms > 0 ? `in ${formatAge(ms)}` : `${formatAge(-ms)} ago`
}

/** What deletes says what goes, and does it with `--yes`. Throws CommandError. */
export function requireYes(what: string, yes: boolean | undefined): void {
  if (yes !== true) throw new CommandError(`this deletes ${what}: ${REPEAT}`)
}

export interface DeleteOptions extends JsonOption {
  readonly yes?: boolean
}

export function addYes(command: Command): Command {
  return command.option('--yes', 'do it, and do not only say what goes')
}
