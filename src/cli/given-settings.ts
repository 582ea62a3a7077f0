import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { type Command, Option } from 'commander'
import { CommandError, UsageError } from './context.ts'

export interface SettingOptions {
  readonly set?: Readonly<Record<string, string>>
  readonly setFile?: string
}

const STDIN = '-'

/** `--set`, which may be given several times, and `--set-file`. */
export function addSettingOptions(command: Command, what: string): Command {
  return command
    .addOption(
      new Option('--set <field=value>', what).argParser(
        (written: string, known: Readonly<Record<string, string>> = {}) => ({
          ...known,
          ...readPair(written, '--set takes field=value'),
        }),
      ),
    )
    .option(
      '--set-file <file>',
      'the same from a file, or - for stdin: a line of field=value each, in no shell’s history',
    )
}

/** What was given by either; a field on the command line goes before one in the file. Undefined if nothing was. */
export async function readGivenSettings({
  set,
  setFile,
}: SettingOptions): Promise<Readonly<Record<string, string>> | undefined> {
  if (setFile === undefined) return set
  return { ...parse(await read(setFile)), ...set }
}

async function read(file: string): Promise<string> {
  if (file === STDIN) return await text(process.stdin)
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const { code = 'UNKNOWN' } = error as { code?: string }
    throw new CommandError(`--set-file can not be read: ${code}`, { cause: error })
  }
}

/** Empty lines, and those that begin with `#`, are passed over. */
function parse(content: string): Readonly<Record<string, string>> {
  const settings: Record<string, string> = {}
  for (const [index, raw] of content.split(/\r?\n/).entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    Object.assign(settings, readPair(line, `line ${index + 1} of --set-file is no field=value`))
  }
  return settings
}

/** What was given isn't repeated: it may be the secret alone. */
function readPair(written: string, problem: string): Readonly<Record<string, string>> {
  const at = written.indexOf('=')
  if (at < 1) throw new UsageError(problem)
  return { [written.slice(0, at).trim()]: written.slice(at + 1) }
}
