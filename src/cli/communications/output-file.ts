import { writeFile } from 'node:fs/promises'
import { CommandError, print } from '../context.ts'
import { toPrettyJson } from '../printable.ts'
import type { JsonOption } from './called-line.ts'
import { nameOfFile } from './written.ts'

export interface OutOptions extends JsonOption {
  readonly out?: string
}

/**
 * Prints something as it is saved, or writes it to `--out`; `--json` prints what the method gave. Fields that only the store has
 * are left out, so that it can be saved again as it is. Throws CommandError.
 */
export async function putOut(
  view: object,
  fields: readonly string[],
  { out, json }: OutOptions,
): Promise<void> {
  const own = Object.entries(view).filter(([name]) => fields.includes(name))
  const text = toPrettyJson(Object.fromEntries(own))
  if (out === undefined) return print(json === true, view, text)
  try {
    await writeFile(out, `${text}\n`)
  } catch (error) {
    const { code = 'UNKNOWN' } = error as { code?: string }
    throw new CommandError(`${nameOfFile(out)} can not be written: ${code}`, { cause: error })
  }
  print(json === true, view, `Written to ${nameOfFile(out)}.`)
}
