import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Makes sure that a program is there; installs Debian's package where it is missing and this is root on Debian. Throws one
 * clear line elsewhere: a run without it must fail, not skip.
 */
export async function requireProgram(program: string, debianPackage: string): Promise<void> {
  if (await isThere(program)) return
  const line = `${program} is missing: install it (Debian: ${debianPackage})`
  if (process.getuid?.() !== 0 || !(await isThere('apt-get'))) throw new Error(line)
  process.stderr.write(`${program} is missing: installing Debian's package ${debianPackage}\n`)
  const options = { maxBuffer: 64 * 1024 * 1024 }
  // Test files run side by side, and apt doesn't wait for another apt.
  const lock = join(tmpdir(), 'hub-tests-apt.lock')
  const apt = ['DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1', 'flock', lock, 'apt-get']
  await run('env', [...apt, 'update'], options)
  await run('env', [...apt, 'install', '-y', '--no-install-recommends', debianPackage], options)
  if (!(await isThere(program))) throw new Error(line)
}

async function isThere(program: string): Promise<boolean> {
  return await run(program, ['--version']).then(
    () => true,
    () => false,
  )
}
