import { spawn } from 'node:child_process'
import { chmod, mkdtemp, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'

export interface MemoryFolder {
  readonly path: string
  delete(): Promise<void>
}

/** Linux keeps it in memory. */
const SHARED_MEMORY = '/dev/shm'
/** Two MariaDB servers, the databases of the tests that run, the compile cache, a browser's profile: some 500 MB. */
const ROOM_BYTES = 2 * 1024 ** 3

/**
 * A folder in memory for everything that tests write. Stores write each commit to the disk; on a usual one a file of tests
 * waits three times as long for that as it works. Undefined where there is no such place or too little room.
 */
export async function makeMemoryFolder(): Promise<MemoryFolder | undefined> {
  const found = await statfs(SHARED_MEMORY).catch(() => undefined)
  if (!found || found.bavail * found.bsize < ROOM_BYTES) return undefined
  const path = await mkdtemp(join(SHARED_MEMORY, 'hub-tests-'))
  // MariaDB works in it as its own user.
  await chmod(path, 0o711)
  clearLater(path)
  return { path, delete: () => rm(path, { recursive: true, force: true }) }
}

/**
 * Memory isn't to stay taken when this process goes away without clearing up (SIGKILL, Ctrl-C): its standard input closes then.
 * Tests that still end get some seconds to do so, for they would write again.
 */
function clearLater(folder: string): void {
  const watchdog = spawn('sh', ['-c', 'read -r _; sleep 10; rm -rf "$1"', 'sh', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  watchdog.unref()
  if (watchdog.stdin && 'unref' in watchdog.stdin && typeof watchdog.stdin.unref === 'function') {
    watchdog.stdin.unref()
  }
}
