import { glob, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Nobody waits long for the last one, and a failure is still near its file. */
const FILES_OF_PROCESS = { unit: 12, others: 5 }
/** Files that measure the process they run in, take long, or have hooks for all tests beside them: each has its own. */
const ALONE = /processorTimeOf|^(?:before|beforeEach|afterEach)\(|process\.on\(/m
const ALONE_FOLDERS = /^test\/(?:browser|chaos|simulation|contract)\//

/** Test files that share a process. */
export type Group = readonly string[]

export async function findGroups(root: string, beginnings: readonly string[]): Promise<Group[]> {
  const all = (await Array.fromAsync(glob('test/**/*.test.ts', { cwd: root }))).sort()
  const isWanted = (file: string) =>
    beginnings.length === 0 || beginnings.some((one) => file.startsWith(one))
  const alone: Group[] = []
  const shared = { unit: [] as string[], others: [] as string[] }
  for (const file of all.filter(isWanted)) {
    if (await isAlone(root, file)) alone.push([file])
    else shared[file.startsWith('test/unit/') ? 'unit' : 'others'].push(file)
  }
  return [...alone, ...inGroups('others', shared.others), ...inGroups('unit', shared.unit)]
}

async function isAlone(root: string, file: string): Promise<boolean> {
  return ALONE_FOLDERS.test(file) || ALONE.test(await readFile(join(root, file), 'utf8'))
}

function inGroups(kind: 'unit' | 'others', files: readonly string[]): Group[] {
  const size = FILES_OF_PROCESS[kind]
  return Array.from({ length: Math.ceil(files.length / size) }, (_, index) =>
    files.slice(index * size, (index + 1) * size),
  )
}

/** Writes a module that stands for all of a group, and gives its path. */
export async function writeGroup(
  folder: string,
  root: string,
  group: Group,
  index: number,
): Promise<string> {
  // The runner takes them in the order of their names.
  const path = join(folder, `${String(index).padStart(3, '0')}.mjs`)
  const imports = group.map((file) => `import ${JSON.stringify(pathToFileURL(join(root, file)))}\n`)
  await writeFile(path, imports.join(''))
  return path
}
