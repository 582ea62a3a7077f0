import { readEnvironment } from '#config/env.ts'
import { type CompileCache, makeCompileCache } from './helpers/compile-cache.ts'
import { execute, type MariaDb, startMariaDb } from './helpers/mariadb.ts'
import { type MemoryFolder, makeMemoryFolder } from './helpers/memory-folder.ts'
import {
  createFileTemplate,
  createTemplate,
  type FileTemplate,
} from './helpers/migrated-template.ts'

let memory: MemoryFolder | undefined
let cache: CompileCache | undefined
let server: MariaDb | undefined
let file: FileTemplate | undefined
let template: { readonly serverUrl: string; readonly name: string } | undefined

/**
 * For `node --test --test-global-setup=test/setup.ts`: one private MariaDB for the whole run, unless
 * HUB_TEST_MYSQL_URL names one, with a migrated database of each kind to copy, and one compile cache; all of it and what tests write in
 * memory, where there is room. The test files' processes are started afterwards and inherit the variables.
 */
export async function globalSetup(): Promise<void> {
  memory = await makeMemoryFolder()
  if (memory) handOn('TMPDIR', memory.path)
  cache = await makeCompileCache()
  handOn('NODE_COMPILE_CACHE', cache.folder)
  let serverUrl = readEnvironment()['HUB_TEST_MYSQL_URL']
  if (!serverUrl) {
    server = await startMariaDb()
    serverUrl = server.url('')
    handOn('HUB_TEST_MYSQL_URL', serverUrl)
  }
  file = await createFileTemplate()
  handOn('HUB_TEST_SQLITE_TEMPLATE', file.path)
  template = { serverUrl, name: await createTemplate(serverUrl) }
  handOn('HUB_TEST_MYSQL_TEMPLATE', template.name)
}

export async function globalTeardown(): Promise<void> {
  if (server) await server.stop()
  else if (template) await execute(template.serverUrl, `DROP DATABASE ${template.name}`)
  await file?.[Symbol.asyncDispose]()
  await cache?.delete()
  await memory?.delete()
}

function handOn(name: string, value: string): void {
  // biome-ignore lint/style/noProcessEnv: the runner offers no other way to hand a value to the test processes
  process.env[name] = value
}
