import { execFile } from 'node:child_process'
import { access, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface MariaDbBinaries {
  readonly server: string
  readonly installDb: string
}

/** Debian and others keep the server outside an ordinary user's PATH, so the usual folders are looked through. */
const FOLDERS = [
  '/usr/sbin',
  '/usr/bin',
  '/usr/libexec',
  '/usr/local/sbin',
  '/usr/local/bin',
  '/opt/homebrew/bin',
]

/**
 * Finds MariaDB's programs; installs Debian's package first where they are missing and this is root on Debian. Throws
 * one clear line elsewhere: a run without a database must fail, not skip.
 */
export async function findMariaDb(): Promise<MariaDbBinaries> {
  const found = await look()
  if (found) return found
  const isRoot = process.getuid?.() === 0
  if (!isRoot || !(await isDebian())) {
    throw new Error(
      'mariadbd is missing: install MariaDB (Debian: mariadb-server) or set HUB_TEST_MYSQL_URL',
    )
  }
  await install()
  const installed = await look()
  if (!installed) throw new Error('mariadb-server was installed, but its programs were not found')
  return installed
}

async function look(): Promise<MariaDbBinaries | undefined> {
  const server = await firstExisting('mariadbd')
  const installDb = await firstExisting('mariadb-install-db')
  return server && installDb ? { server, installDb } : undefined
}

async function firstExisting(name: string): Promise<string | undefined> {
  for (const folder of FOLDERS) {
    const path = `${folder}/${name}`
    const exists = await access(path).then(
      () => true,
      () => false,
    )
    if (exists) return path
  }
  return undefined
}

async function isDebian(): Promise<boolean> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '')
  return /^ID(_LIKE)?=.*debian/m.test(release)
}

/** RUNLEVEL=1 makes Debian's package scripts leave the system's own server alone: nothing of ours uses it. */
async function install(): Promise<void> {
  process.stderr.write(
    "MariaDB's server is missing: installing Debian's package mariadb-server, which takes a moment\n",
  )
  const settings = ['DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1']
  const options = { maxBuffer: 64 * 1024 * 1024 }
  await run('env', [...settings, 'apt-get', 'update'], options)
  const packages = ['install', '-y', '--no-install-recommends', 'mariadb-server']
  await run('env', [...settings, 'apt-get', ...packages], options)
}
