import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CliEnv, CliProcess, runCli } from '../helpers/cli.ts'
import { LocalServer } from '../helpers/local-server.ts'
import { testStores } from '../helpers/stores.ts'

interface Examined {
  readonly ok: boolean
  readonly checks: { readonly name: string; readonly state: string; readonly message: string }[]
}

async function examine(env: CliEnv): Promise<{ code: number | null } & Examined> {
  const { code, stdout } = await runCli(['doctor', '--json'], env)
  return { code, ...(JSON.parse(stdout) as Examined) }
}

function stateOf({ checks }: Examined, name: string): [string | undefined, string] {
  const check = checks.find((one) => one.name === name)
  return [check?.state, check?.message ?? '']
}

for (const store of testStores()) {
  describe(`hub doctor on ${store.name}`, () => {
    it('tells what the store is, which hubs run, and whether messengers reach them', async () => {
      await using database = await store.openEmpty()
      const env = {
        HUB_DATABASE_URL: database.databaseUrl,
        HUB_SECRET_KEY: Buffer.alloc(32, 9).toString('base64'),
        HUB_PORT: '0',
      }
      await using hub = new CliProcess(['start'], env)
      const [line] = await hub.listening()
      const well = await examine({ ...env, HUB_PUBLIC_URL: String(line?.url) })
      const [state, message] = stateOf(well, 'store')
      assert.ok(state === 'ok' || state === 'warn')
      assert.match(message, /(SQLite|MariaDB) \d+\.\d+.*MiB, clock [+-]\d+ ms/)
      assert.match(message, /answers in \d+\.\d ms/)
      assert.deepEqual(stateOf(well, 'public address')[0], 'ok')
      const [processes, names] = stateOf(well, 'processes')
      assert.deepEqual([processes, names.includes(String(line?.pid))], ['ok', true])
      assert.deepEqual([well.ok, well.code], [true, 0])

      await using other = new LocalServer((_request, response) => response.end('welcome'))
      await other.listen()
      const ill = await examine({ ...env, HUB_PUBLIC_URL: other.url })
      assert.deepEqual([ill.ok, ill.code], [false, 1])
      assert.match(stateOf(ill, 'public address').join(' '), /^broken .*something else answers/)

      hub.kill()
      await hub.ended()
      const [gone, words] = stateOf(await examine(env), 'processes')
      assert.deepEqual([gone, words], ['warn', 'no hub runs: start one'])
    })

    it('misses a role that no process has', async () => {
      await using database = await store.openEmpty()
      const env = {
        HUB_DATABASE_URL: database.databaseUrl,
        HUB_SECRET_KEY: Buffer.alloc(32, 9).toString('base64'),
        ...{ HUB_PORT: '0', HUB_ROLES: 'ingress,inbox' },
      }
      await using hub = new CliProcess(['start'], env)
      await hub.listening()
      const found = await examine(env)
      assert.match(
        stateOf(found, 'processes').join(' '),
        /^broken .*none has the role outbox, jobs/,
      )
      assert.equal(found.code, 1)
    })
  })
}
