import { execFile } from 'node:child_process'
import { access, readdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Something that the peers need is missing; `message` says what to do. */
export class PeerError extends Error {
  override name = 'PeerError'
}

/** Installs a package of Debian's. Throws PeerError where that can't be done: elsewhere, or not as root. */
export async function installPackage(name: string): Promise<void> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '')
  if (process.getuid?.() !== 0 || !/^ID(_LIKE)?=.*debian/m.test(release)) {
    throw new PeerError(
      `the comparison needs ${name}: install it (Debian: apt-get install ${name})`,
    )
  }
  // RUNLEVEL=1: the package's scripts don't start a server for the whole system.
  const settings = ['DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1']
  const options = { maxBuffer: 64 * 1024 * 1024 }
  await run('env', [...settings, 'apt-get', 'update'], options)
  const install = ['apt-get', 'install', '-y', '--no-install-recommends', name]
  await run('env', [...settings, ...install], options)
}

/** Finds a program in one of the folders; installs `debianPackage` once if it is in none. Throws PeerError. */
export async function findProgram(
  name: string,
  folders: () => Promise<readonly string[]>,
  debianPackage: string,
): Promise<string> {
  const found = await look(name, await folders())
  if (found !== undefined) return found
  await installPackage(debianPackage)
  const installed = await look(name, await folders())
  if (installed !== undefined) return installed
  throw new PeerError(`${debianPackage} was installed, but ${name} was not found`)
}

async function look(name: string, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const path = `${folder}/${name}`
    const exists = await access(path).then(
      () => true,
      () => false,
    )
    if (exists) return path
  }
  return undefined
}

export const PROGRAM_FOLDERS = async () => [
  '/usr/bin',
  '/usr/local/bin',
  '/usr/sbin',
  '/opt/homebrew/bin',
]

/** Debian keeps PostgreSQL's server outside of PATH, a folder for each version; the newest comes first. */
export async function postgresFolders(): Promise<readonly string[]> {
  const root = '/usr/lib/postgresql'
  const versions = await readdir(root).catch(() => [])
  const newest = versions.sort((a, b) => Number(b) - Number(a))
  return [...newest.map((version) => `${root}/${version}/bin`), ...(await PROGRAM_FOLDERS())]
}
