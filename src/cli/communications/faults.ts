import { HubError, type ParamsError } from '../../core/errors.ts'
import { escapeControls } from '../printable.ts'

/** What is wrong with the fields of something that was given, by the names of options where `names` has them. */
export function describeFaults(
  { fields }: ParamsError,
  names: Readonly<Record<string, string>> = {},
): string {
  const named = (field: string): string =>
    names[field] ?? names[field.replace(IN_LIST, '')] ?? field
  return fields.map(({ field, problem }) => describe(named(field), problem)).join('; ')
}

/** An option that takes several has the same name for each. */
const IN_LIST = /\.\d+$/

/** The same of something in a file: each fault with the name of what it is in. */
export function faultsWithin(what: string, error: unknown): string[] {
  const { fields } = error as Partial<ParamsError>
  if (fields) return fields.map(({ field, problem }) => `${what}: ${describe(field, problem)}`)
  if (error instanceof HubError) return [`${what}: ${escapeControls(error.message)}`]
  throw error
}

/** Fields are named by whoever wrote the file. */
function describe(field: string, problem: string): string {
  return escapeControls(`${field} ${problem}`)
}
