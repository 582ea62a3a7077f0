import type { z } from 'zod'
import { ParamsError } from '../../core/errors.ts'
import { isRecord } from '../../core/json.ts'
import { parseParams } from '../../core/params.ts'
import { CommandError, explain } from '../context.ts'
import { escapeControls } from '../printable.ts'
import { faultsWithin } from './faults.ts'
import { nameOfFile, readJsonFile } from './written.ts'

/** In one file. */
const MAX_ITEMS = 500
const MAX_SHOWN_CODE = 64

/** What a file holds: things with a code, each as the method takes it that saves one. */
export interface Kind<P extends { readonly code: string }, C> {
  /** `script` */
  readonly what: string
  readonly params: z.ZodType<P>
  /** Whether it can be saved beside the others of the file. Throws ParamsError, HubError. */
  check(params: P, all: readonly P[]): Promise<C>
}

export interface Checked<C> {
  readonly items: readonly C[]
  /** Of which the file is one, even if it holds only one thing. */
  readonly isList: boolean
}

export interface Saved<R> {
  readonly all: readonly R[]
  /** For `--json`. */
  readonly result: R | readonly R[] | undefined
}

/**
 * Reads one thing or a list of them and checks every one. Throws CommandError that names every fault, with the file, the thing
 * and the path within it.
 */
export async function readChecked<P extends { readonly code: string }, C>(
  file: string,
  line: { readonly connector: string; readonly line: string },
  { what, params, check }: Kind<P, C>,
): Promise<Checked<C>> {
  const written = await readJsonFile(file)
  const items: readonly unknown[] = Array.isArray(written) ? written : [written]
  if (items.length > MAX_ITEMS) {
    throw new CommandError(
      `${nameOfFile(file)} holds ${items.length}: at most ${MAX_ITEMS} at once`,
    )
  }
  const faults: string[] = []
  const parsed: { readonly label: string; readonly params: P }[] = []
  const seen = new Set<string>()
  for (const [index, item] of items.entries()) {
    const label = labelOf(what, item, items.length > 1 ? index + 1 : undefined)
    try {
      const one = parse(params, item, line)
      if (seen.has(one.code)) faults.push(`${label}: code is there twice`)
      seen.add(one.code)
      parsed.push({ label, params: one })
    } catch (error) {
      faults.push(...faultsWithin(label, error))
    }
  }
  const all = parsed.map((one) => one.params)
  const checked: C[] = []
  for (const { label, params: one } of parsed) {
    try {
      checked.push(await check(one, all))
    } catch (error) {
      faults.push(...faultsWithin(label, error))
    }
  }
  if (faults.length > 0) throw new CommandError(`${nameOfFile(file)}: ${faults.join('; ')}`)
  if (checked.length === 0) throw new CommandError(`${nameOfFile(file)} holds no ${what}`)
  return { items: checked, isList: Array.isArray(written) }
}

/**
 * Saves them one after the other; gives what the method gives, of a list a list. Throws CommandError that names those that are
 * saved already, where the store takes no more.
 */
export async function saveEach<C, R extends { readonly code: string }>(
  { items, isList }: Checked<C>,
  save: (item: C) => Promise<R>,
): Promise<Saved<R>> {
  const all: R[] = []
  try {
    for (const item of items) all.push(await save(item))
  } catch (error) {
    if (all.length === 0) throw error
    const { line } = explain(error)
    const before = all.map(({ code }) => code).join(', ')
    throw new CommandError(`${line}; saved before that: ${before}`, { cause: error })
  }
  return savedOf(all, isList)
}

export function savedOf<R>(all: readonly R[], isList: boolean): Saved<R> {
  return { all, result: isList ? all : all[0] }
}

function parse<P>(
  schema: z.ZodType<P>,
  item: unknown,
  line: { readonly connector: string; readonly line: string },
): P {
  if (!isRecord(item)) throw new ParamsError([{ field: 'it', problem: 'must be an object' }])
  const named = Object.keys(line).filter((name) => Object.hasOwn(item, name))
  if (named.length === 0) return parseParams(schema, { ...item, ...line })
  throw new ParamsError(
    named.map((field) => ({ field, problem: 'must not be there: the command names it' })),
  )
}

/** `script welcome`, or `script 2 (welcome)` of several. */
function labelOf(what: string, item: unknown, number: number | undefined): string {
  const code = isRecord(item) && typeof item['code'] === 'string' ? item['code'] : ''
  const shown = escapeControls(code.slice(0, MAX_SHOWN_CODE))
  if (number === undefined) return shown === '' ? what : `${what} ${shown}`
  return shown === '' ? `${what} ${number}` : `${what} ${number} (${shown})`
}
