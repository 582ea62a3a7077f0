import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import {
  chmod,
  copyFile,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { isRecord } from '../core/json.ts'
import { ArchiveError } from './archive-file.ts'

const FORMAT = 'openlines-hub-backup'
const MANIFEST = 'backup.json'

/** What a backup's folder says of itself. */
export interface Manifest {
  readonly format: typeof FORMAT
  readonly version: 1
  readonly at: string
  /** `sqlite`: a copy of the file; `rows`: an export. */
  readonly kind: 'sqlite' | 'rows'
  /** The store's file in the folder. */
  readonly store: string
  /** The key's file in the folder. Absent: it came from HUB_SECRET_KEY, and must come from there again. */
  readonly key?: string
  /** Which key secrets are sealed with; tells nothing of it. */
  readonly keyId: string
  /** SHA-256 by file. */
  readonly files: Readonly<Record<string, string>>
}

export interface BackupParts {
  readonly kind: Manifest['kind']
  readonly keyId: string
  /** Writes the store into this file. */
  writeStore(file: string): Promise<void>
  /** The key's own file, where the key lies beside the store. */
  readonly keyFile: string | undefined
  readonly now: number
}

const STORE_NAMES = { sqlite: 'hub.sqlite', rows: 'store.jsonl' } as const
const KEY_NAME = 'hub.sqlite.key'

/**
 * Makes a backup at `path`, a folder; a backup that is there is replaced once the new one is whole, and anything else that is
 * there is refused (ArchiveError).
 */
export async function makeBackup(path: string, parts: BackupParts): Promise<Manifest> {
  await requireOwnFolder(path)
  const fresh = `${path}.new`
  await rm(fresh, { recursive: true, force: true })
  await mkdir(fresh, { recursive: true, mode: 0o700 })
  const store = STORE_NAMES[parts.kind]
  await parts.writeStore(join(fresh, store))
  await chmod(join(fresh, store), 0o600)
  if (parts.keyFile) {
    await copyFile(parts.keyFile, join(fresh, KEY_NAME))
    await chmod(join(fresh, KEY_NAME), 0o600)
  }
  const names = [store, ...(parts.keyFile ? [KEY_NAME] : [])]
  const manifest: Manifest = {
    format: FORMAT,
    version: 1,
    at: new Date(parts.now).toISOString(),
    kind: parts.kind,
    store,
    ...(parts.keyFile ? { key: KEY_NAME } : {}),
    keyId: parts.keyId,
    files: Object.fromEntries(
      await Promise.all(
        names.map(async (name) => [name, await digest(join(fresh, name))] as const),
      ),
    ),
  }
  await writeFile(join(fresh, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 })
  for (const name of [...names, MANIFEST]) await sync(join(fresh, name))
  return manifest
}

/** Puts the backup that `makeBackup` has made, and that was looked at since, where it belongs. */
export async function placeBackup(path: string): Promise<void> {
  const old = `${path}.old`
  await rm(old, { recursive: true, force: true })
  try {
    await rename(path, old)
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT') throw error
  }
  await rename(`${path}.new`, path)
  await rm(old, { recursive: true, force: true })
}

/** Throws ArchiveError if the folder isn't a backup, or isn't as it was made. */
export async function readBackup(path: string): Promise<Manifest> {
  const manifest = await readManifest(path)
  if (!manifest) throw new ArchiveError(`${path} is not a backup of a hub`)
  for (const [name, expected] of Object.entries(manifest.files)) {
    const found = await digest(join(path, name)).catch(() => undefined)
    if (found === undefined) throw new ArchiveError(`the backup is cut: ${name} is missing`)
    if (found !== expected) throw new ArchiveError(`the backup is damaged: ${name} has changed`)
  }
  return manifest
}

async function readManifest(path: string): Promise<Manifest | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(join(path, MANIFEST), 'utf8'))
    if (!isRecord(value) || value['format'] !== FORMAT || value['version'] !== 1) return undefined
    const manifest = value as unknown as Manifest
    // Names that lead out of the folder are nobody's of ours.
    const names = [manifest.store, manifest.key ?? KEY_NAME, ...Object.keys(manifest.files)]
    const isOurs = names.every((name) => [...Object.values(STORE_NAMES), KEY_NAME].includes(name))
    return isOurs ? manifest : undefined
  } catch {
    return undefined
  }
}

async function requireOwnFolder(path: string): Promise<void> {
  const found = await readdir(path).catch((error: { code?: unknown }) => {
    if (error.code === 'ENOENT') return []
    throw new ArchiveError(`${path} is not a folder that can be used`, { cause: error })
  })
  if (found.length === 0 || (await readManifest(path))) return
  throw new ArchiveError(`${path} is there already and is no backup: name a folder for the backup`)
}

async function digest(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

async function sync(file: string): Promise<void> {
  const handle = await open(file, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
