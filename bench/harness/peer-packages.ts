import { execFile } from 'node:child_process'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { PeerError } from './debian.ts'

const run = promisify(execFile)
export const PEERS_FOLDER = join(import.meta.dirname, '..', 'peers')

/** The peers' libraries lie beside them, outside of the hub's own installation. Throws PeerError. */
export async function installPeers(say: (text: string) => void): Promise<void> {
  const isThere = await access(join(PEERS_FOLDER, 'node_modules', 'bullmq')).then(
    () => true,
    () => false,
  )
  if (isThere) return
  say('installing BullMQ and pg-boss in bench/peers (npm ci)')
  try {
    await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: PEERS_FOLDER })
  } catch (cause) {
    throw new PeerError('the peers could not be installed: run npm ci in bench/peers', { cause })
  }
}
