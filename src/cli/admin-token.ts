import { rmSync } from 'node:fs'
import type { Config } from '#config'
import { given } from '../core/given.ts'
import { resolveAdminToken } from '../db/engine/token-file.ts'

/**
 * With SQLite there is always an admin token: where none is configured the first start makes one. `announce` shows it, that once
 * alone, as a line like those of the log. `url`: where the console turned out to be.
 */
export function withAdminToken(config: Config): {
  readonly config: Config
  readonly announce: (url?: string) => void
  /** Of a start that has failed before anybody saw what it has made. */
  readonly discard: () => void
} {
  const kept = config.adminToken === undefined ? resolveAdminToken(config.database) : undefined
  if (!kept) return { config, announce: () => undefined, discard: () => undefined }
  const { token: adminToken, path, isNew } = kept
  const announce = (url = addressOf(config)): void => {
    if (!isNew) return
    const line = {
      level: 'info',
      time: new Date().toISOString(),
      pid: process.pid,
      event: 'console.token-made',
      console: `${url}/console/`,
      adminToken,
      ...given({ file: path }),
      msg: 'sign in to the console with this admin token; it is shown this once, HUB_ADMIN_TOKEN sets another one',
    }
    process.stdout.write(`${JSON.stringify(line)}\n`)
  }
  const discard = (): void => {
    if (isNew && path !== undefined) rmSync(path, { force: true })
  }
  return { config: { ...config, adminToken }, announce, discard }
}

function addressOf({ host, port, publicUrl, adminListen }: Config): string {
  if (adminListen) return `http://${adminListen.host}:${adminListen.port}`
  return publicUrl ?? `http://${host}:${port}`
}
