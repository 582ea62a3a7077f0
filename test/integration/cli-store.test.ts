import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, it } from 'node:test'
import { parseConfig } from '#config'
import { readMigrations } from '../../src/db/engine/migration-state.ts'
import { migrateDown, migrateUp } from '../../src/db/engine/migrator.ts'
import { Store } from '../../src/db/engine/store.ts'
import { type CliEnv, CliProcess, runCli, runCliJson } from '../helpers/cli.ts'
import { CliHost } from '../helpers/cli-host.ts'
import { type OpenStore, testStores } from '../helpers/stores.ts'

const KEY = Buffer.alloc(32, 9).toString('base64')

const cli = new CliHost()
after(() => cli[Symbol.asyncDispose]())

function envOf(databaseUrl: string): CliEnv {
  return { HUB_DATABASE_URL: databaseUrl, HUB_SECRET_KEY: KEY, HUB_PORT: '0' }
}

async function assertRefused(args: string[], env: CliEnv, code: number, words: RegExp) {
  // A hub that starts is a process of its own.
  const end = await (args[0] === 'start' ? runCli(args, env) : cli.run(args, env))
  assert.deepEqual([end.code, end.stdout], [code, ''], `${args.join(' ')}: ${end.stderr}`)
  assert.match(end.stderr, /^hub: [^\n]+\n$/)
  assert.match(end.stderr, words)
}

for (const store of testStores()) {
  describe(`commands on a store of another age, on ${store.name}`, () => {
    let database: OpenStore
    let own: Store
    let env: CliEnv
    before(async () => {
      database = await store.openEmpty()
      env = envOf(database.databaseUrl)
      own = new Store(parseConfig(env).database)
    })
    after(async () => {
      await own.close()
      await database.dispose()
    })

    it('leave an empty one as it is, and find nothing in it', async () => {
      assert.deepEqual(await runCliJson(['portal', 'list'], env), [])
      assert.deepEqual(await runCliJson(['line', 'list'], env), [])
      assert.deepEqual((await readMigrations(own)).applied, [])
    })

    it('leave one that is not up to date as it is, and say so; migrate brings it up', async () => {
      await migrateUp(own)
      await migrateDown(own)
      const [pending] = (await readMigrations(own)).pending
      for (const args of [
        ['portal', 'list'],
        ['portal', 'add', 'X', 'https://x.example/'],
      ]) {
        await assertRefused(args, env, 1, new RegExp(`${pending}.*hub migrate`))
      }
      assert.deepEqual((await readMigrations(own)).pending, [pending])
      assert.deepEqual(await runCliJson(['migrate'], env), { applied: [pending] })
    })

    it('say what a step back deletes and how many rows, and do it with --yes only', async () => {
      await cli.json(['portal', 'add', 'CRM', 'https://crm.example/'], env)
      const all = [...(await readMigrations(own)).applied]
      const last = all.at(-1) ?? ''
      await assertRefused(['migrate', '--down'], env, 1, new RegExp(`${last}.*--yes`))
      assert.deepEqual((await readMigrations(own)).applied, all)
      const step = ['migrate', '--down', '--yes']
      type Down = { reverted: string[]; lost: { what: string; rows: number }[] }
      assert.deepEqual((await cli.json<Down>(step, env)).reverted, [last])
      // Down to the first, which has all the tables.
      while ((await readMigrations(own)).applied.length > 1) await migrateDown(own)
      const { reverted, lost } = await cli.json<Down>(step, env)
      assert.deepEqual(reverted, all.slice(0, 1))
      assert.deepEqual(
        lost.find(({ what }) => what === 'portal'),
        { what: 'portal', rows: 1 },
      )
      assert.deepEqual(await cli.json(['migrate', '--down'], env), { reverted: [] })
      assert.deepEqual((await cli.json<{ applied: string[] }>(['migrate'], env)).applied, all)
    })

    it('take nothing back while a hub is alive', async () => {
      await using hub = new CliProcess(['start'], env)
      await hub.listening()
      await assertRefused(['migrate', '--down', '--yes'], env, 1, /a hub runs on this store/)
      hub.kill()
      await hub.ended()
      await cli.json(['migrate', '--down', '--yes'], env)
      await cli.json(['migrate'], env)
    })

    it('say that it was made by a newer version, exit code 78', async () => {
      const name = '29990101000000_from_the_future.ts'
      await own.run(
        'INSERT INTO hub_migration (name, batch, migration_time) VALUES (?, 99, NULL)',
        [name],
      )
      const words = new RegExp(`made by a newer version of the hub \\(${name}\\)`)
      for (const args of [
        ['start'],
        ['migrate'],
        ['migrate', '--down', '--yes'],
        ['portal', 'list'],
      ]) {
        await assertRefused(args, env, 78, words)
      }
      await assertRefused(['check'], env, 78, words)
      await own.run('DELETE FROM hub_migration WHERE name = ?', [name])
    })
  })
}

describe("a SQLite store's file that can not be used", () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hub-file-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  const COMMANDS = [['start'], ['portal', 'list']]

  async function assertAll(path: string, words: RegExp): Promise<void> {
    for (const args of COMMANDS) await assertRefused(args, envOf(`sqlite:${path}`), 78, words)
  }

  it('lies where the system makes no folders', async () => {
    for (const command of ['start', 'migrate', 'check']) {
      const env = envOf('sqlite:/proc/hub/hub.sqlite')
      await assertRefused([command], env, 78, /its folder can not be made/)
    }
  })

  it('is a folder', async () => {
    const path = join(folder, 'folder')
    await mkdir(path)
    await assertAll(path, /it is a folder/)
  })

  it("is another program's file, which keeps its rights", async () => {
    const path = join(folder, 'letter.txt')
    await writeFile(path, 'Dear Sir or Madam, this is no database at all.')
    await chmod(path, 0o644)
    await assertAll(path, /isn't an SQLite database/)
    assert.equal((await stat(path)).mode & 0o777, 0o644)
  })

  it("is another program's database", async () => {
    const path = join(folder, 'places.sqlite')
    const places = new DatabaseSync(path)
    places.exec('CREATE TABLE moz_places (id INTEGER)')
    places.close()
    await chmod(path, 0o600)
    await assertAll(path, /another program's.*moz_places/)
  })

  it('lies in what is a file', async () => {
    await writeFile(join(folder, 'file'), '')
    const path = join(folder, 'file', 'hub.sqlite')
    await assertRefused(['start'], envOf(`sqlite:${path}`), 78, /a file, not a folder/)
  })

  it('is not made by a command that only looks', async () => {
    const path = join(folder, 'none', 'hub.sqlite')
    assert.deepEqual(await cli.json(['portal', 'list'], envOf(`sqlite:${path}`)), [])
    assert.ok(!existsSync(join(folder, 'none')))
  })
})
