import { rmSync } from 'node:fs'
import type { Config } from '#config'
import { given } from '../core/given.ts'
import { resolveAdminToken } from '../db/engine/token-file.ts'

/** Where a start says what people are to know: stdout. */
export interface Announced {
  /** A person reads it; else it is read with the log. */
  readonly isTTY?: boolean
  write(text: string): unknown
}

/** What is said of the console. */
interface Notice {
  readonly level: 'info' | 'warn'
  readonly event: string
  readonly console: string
  readonly adminToken?: string
  /** Where the token stands. */
  readonly file?: string
  readonly msg: string
}

/**
 * With SQLite there is always an admin token: where none is configured the first start makes one. `announce` says where the console
 * is and how to come in: on a terminal in words, else as a line like those of the log. It shows the token only where it was just
 * made. `url`: where the console turned out to be.
 */
export function withAdminToken(
  config: Config,
  out: Announced = process.stdout,
): {
  readonly config: Config
  readonly announce: (url?: string) => void
  /** Of a start that has failed before anybody saw what it has made. */
  readonly discard: () => void
} {
  const kept = config.adminToken === undefined ? resolveAdminToken(config.database) : undefined
  const announce = (url = addressOf(config)): void => {
    const notice = noticeOf(`${url}/console/`, config, kept)
    out.write(out.isTTY ? inWords(notice) : asLogLine(notice))
  }
  if (!kept) return { config, announce, discard: () => undefined }
  const { token: adminToken, path, isNew } = kept
  const discard = (): void => {
    if (isNew && path !== undefined) rmSync(path, { force: true })
  }
  return { config: { ...config, adminToken }, announce, discard }
}

function noticeOf(
  address: string,
  { adminToken }: Config,
  kept: ReturnType<typeof resolveAdminToken>,
): Notice {
  if (kept?.isNew) {
    return {
      ...{ level: 'info', event: 'console.token-made', console: address, adminToken: kept.token },
      ...given({ file: kept.path }),
      msg: 'sign in to the console with this admin token; it is shown this once, HUB_ADMIN_TOKEN sets another one',
    }
  }
  if (kept || adminToken !== undefined) {
    const where = kept ? 'the admin token in this file' : 'the token in HUB_ADMIN_TOKEN'
    return {
      ...{ level: 'info', event: 'console.open', console: address },
      ...given({ file: kept?.path }),
      msg: `sign in to the console with ${where}`,
    }
  }
  return {
    ...{ level: 'warn', event: 'console.no-token', console: address },
    msg: 'nobody can sign in to the console: set HUB_ADMIN_TOKEN, at least 24 characters',
  }
}

function inWords({ level, console: address, adminToken, file, msg }: Notice): string {
  if (level === 'warn') return `\n  Console:      ${msg}\n\n`
  const rows = [
    `Console:      ${address}`,
    ...(adminToken === undefined ? [] : [`Admin token:  ${adminToken}`]),
    ...(file === undefined ? [] : [`Token file:   ${file}`]),
    ...(adminToken === undefined && file !== undefined ? [] : ['', sentence(msg)]),
  ]
  return `\n${rows.map((row) => (row === '' ? '' : `  ${row}`)).join('\n')}\n\n`
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

function asLogLine({ level, event, ...fields }: Notice): string {
  const line = { level, time: new Date().toISOString(), pid: process.pid, event, ...fields }
  return `${JSON.stringify(line)}\n`
}

function addressOf({ host, port, publicUrl, adminListen }: Config): string {
  if (adminListen) return `http://${adminListen.host}:${adminListen.port}`
  return publicUrl ?? `http://${host}:${port}`
}
