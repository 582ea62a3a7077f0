import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readEnvironment } from '#config/env.ts'
import { createDatabase, execute } from './mariadb.ts'
import { createFromTemplate } from './migrated-template.ts'

export interface TestStore {
  readonly name: 'sqlite' | 'mariadb'
  /** A fresh database with the hub's tables and without a row, a new one at each call. */
  open(): Promise<OpenStore>
  /** The same without a table: for what migrates, or starts on nothing. */
  openEmpty(): Promise<OpenStore>
}

export interface OpenStore extends AsyncDisposable {
  /** As HUB_DATABASE_URL takes it. */
  readonly databaseUrl: string
  /** Deletes the database; close every connection to it first. */
  dispose(): Promise<void>
}

/** Both kinds of store, for suites that must hold on each. MariaDB comes from `test/setup.ts`. */
export function testStores(): readonly TestStore[] {
  return [
    {
      name: 'sqlite',
      open: () => openSqlite(readEnvironment()['HUB_TEST_SQLITE_TEMPLATE']),
      openEmpty: () => openSqlite(),
    },
    {
      name: 'mariadb',
      open: () => openMariaDb(readEnvironment()['HUB_TEST_MYSQL_TEMPLATE']),
      openEmpty: () => openMariaDb(),
    },
  ]
}

async function openSqlite(template?: string): Promise<OpenStore> {
  const folder = await mkdtemp(join(tmpdir(), 'hub-sqlite-'))
  const path = join(folder, 'hub.sqlite')
  if (template) await copyFile(template, path)
  return opened(`sqlite:${path}`, () => rm(folder, { recursive: true, force: true }))
}

async function openMariaDb(template?: string): Promise<OpenStore> {
  const server = readEnvironment()['HUB_TEST_MYSQL_URL']
  if (!server) {
    throw new Error(
      'no MariaDB: run with --test-global-setup=test/setup.ts or set HUB_TEST_MYSQL_URL',
    )
  }
  const name = await (template ? createFromTemplate(server, template) : createDatabase(server))
  const url = new URL(server)
  url.pathname = `/${name}`
  return opened(url.href, () => execute(server, `DROP DATABASE IF EXISTS ${name}`))
}

function opened(databaseUrl: string, dispose: () => Promise<void>): OpenStore {
  return { databaseUrl, dispose, [Symbol.asyncDispose]: dispose }
}
