import { open } from 'node:fs/promises'
import { parseJson } from '../../core/json.ts'
import { CommandError, UsageError } from '../context.ts'
import { escapeControls } from '../printable.ts'

/** What stands for stdin in place of a file's name. */
const STDIN = '-'
/** Many times what the largest script may have. */
const MAX_BYTES = 4 * 1024 * 1024

/** A file by the name that faults are told under. */
export function nameOfFile(file: string): string {
  return file === STDIN ? 'stdin' : escapeControls(file)
}

/** The JSON of a file, or of stdin for `-`. Throws CommandError. */
export async function readJsonFile(file: string): Promise<unknown> {
  const bytes = await readBytes(file)
  const name = nameOfFile(file)
  if (!bytes) throw new CommandError(`${name} has more than ${MAX_BYTES / 1024 / 1024} MiB`)
  try {
    return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw new CommandError(`${name} is no JSON: ${reasonOf(error)}`, { cause: error })
  }
}

/** JSON on the command line itself, or `@file`. Throws UsageError, CommandError. */
export async function readJsonOption(option: string, text: string): Promise<unknown> {
  if (text.startsWith('@')) return await readJsonFile(text.slice(1))
  try {
    return parseJson(text)
  } catch (error) {
    throw new UsageError(`${option} is no JSON: ${reasonOf(error)}`, { cause: error })
  }
}

/** The parser shows a piece of what it has read. */
function reasonOf(error: unknown): string {
  const isNotText = error instanceof TypeError
  return isNotText ? 'it is not UTF-8' : escapeControls((error as Error).message)
}

/** Undefined where there is too much: a device has no end. */
async function readBytes(file: string): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of await openFile(file)) {
    size += chunk.length
    if (size > MAX_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

async function openFile(file: string): Promise<AsyncIterable<Buffer>> {
  if (file === STDIN) return process.stdin
  return readPieces(file)
}

async function* readPieces(file: string): AsyncGenerator<Buffer> {
  try {
    await using handle = await open(file, 'r')
    yield* handle.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>
  } catch (error) {
    const { code = 'UNKNOWN' } = error as { code?: string }
    throw new CommandError(`${nameOfFile(file)} can not be read: ${code}`, { cause: error })
  }
}
