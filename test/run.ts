import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { glob, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/**
 * `npm test`: every test, several files to a process. A process loads the hub's 1900 modules before its first test, half a second
 * of work each time, so that neighbours share one. Words that aren't flags are beginnings of paths: `npm test test/unit`.
 */

const ROOT = fileURLToPath(new URL('../', import.meta.url))
/** Nobody waits long for the last one, and a failure is still near its file. */
const FILES_OF_PROCESS = { unit: 12, others: 5 }
/** Files that measure the process they run in, take long, or have hooks for all tests beside them: each has its own. */
const ALONE = /processorTimeOf|^(?:before|beforeEach|afterEach)\(|process\.on\(/m
const ALONE_FOLDERS = /^test\/(?:browser|chaos|simulation|contract)\//

interface Group {
  readonly name: string
  readonly files: readonly string[]
}

async function findGroups(beginnings: readonly string[]): Promise<Group[]> {
  const all = (await Array.fromAsync(glob('test/**/*.test.ts', { cwd: ROOT }))).sort()
  const isWanted = (file: string) =>
    beginnings.length === 0 || beginnings.some((one) => file.startsWith(one))
  const files = all.filter(isWanted)
  const alone: Group[] = []
  const shared = { unit: [] as string[], others: [] as string[] }
  for (const file of files) {
    if (await isAlone(file)) alone.push({ name: file, files: [file] })
    else shared[file.startsWith('test/unit/') ? 'unit' : 'others'].push(file)
  }
  return [...alone, ...inGroups('others', shared.others), ...inGroups('unit', shared.unit)]
}

async function isAlone(file: string): Promise<boolean> {
  return ALONE_FOLDERS.test(file) || ALONE.test(await readFile(join(ROOT, file), 'utf8'))
}

function inGroups(kind: 'unit' | 'others', files: readonly string[]): Group[] {
  const size = FILES_OF_PROCESS[kind]
  return Array.from({ length: Math.ceil(files.length / size) }, (_, index) => ({
    name: `${kind}-${index}`,
    files: files.slice(index * size, (index + 1) * size),
  }))
}

/** A module that stands for all of a group. */
async function writeGroup(folder: string, { files }: Group, index: number): Promise<string> {
  // The runner takes them in the order of their names.
  const path = join(folder, `${String(index).padStart(3, '0')}.mjs`)
  const imports = files.map((file) => `import ${JSON.stringify(pathToFileURL(join(ROOT, file)))}\n`)
  await writeFile(path, imports.join(''))
  return path
}

const folder = await mkdtemp(join(tmpdir(), 'hub-test-groups-'))
try {
  const words = process.argv.slice(2)
  const groups = await findGroups(words.filter((word) => !word.startsWith('-')))
  const paths = await Promise.all(groups.map((group, index) => writeGroup(folder, group, index)))
  const flags = [
    ...['--test', '--test-concurrency=2', '--test-timeout=180000'],
    `--test-global-setup=${join(ROOT, 'test/setup.ts')}`,
  ]
  const runner = spawn(
    process.execPath,
    [...flags, ...words.filter((word) => word.startsWith('-')), ...paths],
    {
      cwd: ROOT,
      stdio: 'inherit',
    },
  )
  const [code] = (await once(runner, 'exit')) as [number | null]
  process.exitCode = code ?? 1
} finally {
  await rm(folder, { recursive: true, force: true })
}
