import { readEnvironment } from '#config/env.ts'
import { type MariaDb, startMariaDb } from './helpers/mariadb.ts'

let server: MariaDb | undefined

/**
 * For `node --test --test-global-setup=test/setup.ts`: one private MariaDB for the whole run, unless
 * HUB_TEST_MYSQL_URL names one. The test files' processes are started afterwards and inherit the variable.
 */
export async function globalSetup(): Promise<void> {
  if (readEnvironment()['HUB_TEST_MYSQL_URL']) return
  server = await startMariaDb()
  // biome-ignore lint/style/noProcessEnv: the runner offers no other way to hand a value to the test processes
  process.env['HUB_TEST_MYSQL_URL'] = server.url('')
}

export async function globalTeardown(): Promise<void> {
  await server?.stop()
}
