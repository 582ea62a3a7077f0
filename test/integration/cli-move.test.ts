import assert from 'node:assert/strict'
import { appendFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { parseConfig } from '#config'
import { movingTables } from '../../src/db/archive/tables-read.ts'
import { createSecretBox } from '../../src/db/engine/secret-box.ts'
import { Store } from '../../src/db/engine/store.ts'
import { type CliEnv, CliProcess, runCli, runCliJson } from '../helpers/cli.ts'
import { CliHost } from '../helpers/cli-host.ts'
import { type OpenStore, type TestStore, testStores } from '../helpers/stores.ts'

const KEY = Buffer.alloc(32, 9).toString('base64')
const SEALED = createSecretBox(Buffer.alloc(32, 9)).seal('secret', 'line.webhook_secret')

const cli = new CliHost()
let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hub-move-'))
})
after(() => cli[Symbol.asyncDispose]())
after(() => rm(folder, { recursive: true, force: true }))

function envOf({ databaseUrl }: OpenStore, more: CliEnv = {}): CliEnv {
  return { HUB_DATABASE_URL: databaseUrl, HUB_SECRET_KEY: KEY, HUB_PORT: '0', ...more }
}

async function inStore<T>(env: CliEnv, work: (store: Store) => Promise<T>): Promise<T> {
  const store = new Store(parseConfig(env).database)
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/** A store with a portal, a line and `events` that wait, with everything in them that JSON, SQL and JavaScript treat apart. */
async function fill(env: CliEnv, events: number): Promise<void> {
  await cli.json(['portal', 'add', 'Çrm “x” 😀', 'https://crm.example/'], env)
  await inStore(env, async (store) => {
    const [portal] = await store.rows<{ id: string }>('SELECT id FROM portal')
    const insert = (table: string, row: Record<string, unknown>) => store.knex(table).insert(row)
    await insert('line', {
      ...{ id: 7, portal_id: portal?.id, connector: 'telegram', external_id: '1' },
      ...{ hash: 'h'.repeat(32), status: 'saved', webhook_secret: SEALED, created_at: 1 },
      updated_at: 1_764_000_000_000,
    })
    await insert('inbox_line', { line_id: 7, portal_id: portal?.id, seq: 2 ** 53 - 1 })
    const payload = '{"text":"a\\nb \\u0000 \u2028 ’ 😀"}'
    const rows = Array.from({ length: events }, (_, index) => ({
      ...{ line_id: 7, seq: 1_806_336_000_000_000 + index, type: 'message.new', payload },
      created_at: 1_764_000_000_000,
    }))
    for (let from = 0; from < rows.length; from += 500) {
      await store.knex('inbox_event').insert(rows.slice(from, from + 500))
    }
    // Their piles are computed by the store, and don't move.
    for (const [seq, state] of ['queued', 'sent', 'failed'].entries()) {
      await insert('outbox_message', {
        ...{ line_id: 7, seq, state, chat_id: 'a', kind: 'send', payload },
        ...{ due_at: 1, created_at: 1, updated_at: 1 },
      })
    }
    await insert('conversation', { line_id: 7, chat_id: 'Ä', context: '{}', updated_at: 1 })
    await insert('conversation', { line_id: 7, chat_id: 'a', context: '{}', updated_at: 1 })
    await insert('conversation', { line_id: 7, chat_id: 'A ', context: '{}', updated_at: 1 })
  })
}

async function assertRefused(args: string[], env: CliEnv, words: RegExp): Promise<void> {
  // A hub that starts is a process of its own.
  const { code, stdout, stderr } = await (args[0] === 'start'
    ? runCli(args, env)
    : cli.run(args, env))
  assert.deepEqual([code, stdout], [1, ''], stderr)
  assert.match(stderr, /^hub: [^\n]+\n$/)
  assert.match(stderr, words)
}

interface Moved {
  readonly rows: number
  readonly isResumed?: boolean
  readonly resumedAt?: number
  readonly tables: Record<string, { rows: number; digest: string }>
}

const [sqlite, mariadb] = testStores()
assert.ok(sqlite && mariadb)

for (const [from, to] of [
  [sqlite, mariadb],
  [mariadb, sqlite],
] as [TestStore, TestStore][]) {
  describe(`export from ${from.name} and import into ${to.name}`, () => {
    let source: OpenStore
    let env: CliEnv
    let file: string
    before(async () => {
      source = await from.openEmpty()
      env = envOf(source)
      file = join(folder, `${from.name}.jsonl`)
      await fill(env, 2500)
    })
    after(() => source.dispose())

    it('moves every row of every table, and says that both are equal', async () => {
      const written = await runCliJson<Moved>(['export', file], env)
      assert.ok(written.rows > 2500)
      assert.deepEqual(Object.keys(written.tables).sort(), [...movingTables()].sort())
      assert.equal((await stat(file)).mode & 0o777, 0o600)
      await using target = await to.openEmpty()
      // A hub that ran on it and was given nothing is no reason to refuse.
      await using empty = new CliProcess(['start'], envOf(target))
      await empty.listening()
      empty.kill()
      await empty.ended()
      const read = await runCliJson<Moved>(['import', file], envOf(target))
      assert.deepEqual(read.tables, written.tables)
      // Back again, it is the same.
      const back = join(folder, `${from.name}-back.jsonl`)
      const again = await cli.json<Moved>(['export', back], envOf(target))
      assert.deepEqual(again.tables, written.tables)
      const [portal] = await cli.json<{ name: string }[]>(['portal', 'list'], envOf(target))
      assert.equal(portal?.name, 'Çrm “x” 😀')
      await assertRefused(['import', file], envOf(target), /not empty/)
    })

    it('goes on with a file that was broken off, unless a hub has run since', async () => {
      const part = join(folder, `${from.name}-part.jsonl`)
      const whole = await cli.json<Moved>(['export', part], env)
      await assertRefused(['export', part], env, /whole export already/)
      const text = await readFile(part, 'utf8')
      await truncate(part, Math.floor(text.length / 2))
      const { id } = JSON.parse(text.slice(0, text.indexOf('\n'))) as { id: number }
      await inStore(env, (store) =>
        store.knex('hub_state').insert({ name: 'export-id', value: id }),
      )
      const resumed = await cli.json<Moved>(['export', part], env)
      assert.equal(resumed.isResumed, true)
      assert.deepEqual(resumed.tables, whole.tables)
      assert.equal(await readFile(part, 'utf8'), text)
      await truncate(part, Math.floor(text.length / 2))
      await using hub = new CliProcess(['start'], env)
      await hub.listening()
      assert.ok(hub.log().some(({ event }) => event === 'store.exported'))
      await assertRefused(['export', join(folder, 'other.jsonl')], env, /a hub runs on this store/)
      hub.kill()
      await hub.ended()
      assert.equal((await cli.json<Moved>(['export', part], env)).isResumed, false)
    })

    it('is one at a time, and no hub starts meanwhile', async () => {
      const name = 'export-until'
      await inStore(env, async (store) => {
        await store
          .knex('hub_state')
          .where({ name })
          .update({ value: Date.now() + 20_000 })
      })
      await assertRefused(['export', join(folder, 'x.jsonl')], env, /another export/)
      await assertRefused(['start'], env, /is being exported/)
      await inStore(env, async (store) => {
        await store.knex('hub_state').where({ name }).update({ value: 0 })
      })
    })

    it('goes on with an import that was broken off; no hub starts before it is whole', async () => {
      await using target = await to.openEmpty()
      const own = envOf(target)
      await using importing = new CliProcess(['import', file], own)
      await importing.ended()
      // As if it had been killed after the first transaction.
      // As if it had been killed before the last of the tables.
      const [first = '', ...lines] = (await readFile(file, 'utf8')).split('\n')
      const { id } = JSON.parse(first) as { id: number }
      const head = lines.findIndex((line) => line.startsWith('{"table":"line"'))
      const done = lines.slice(0, head).filter((line) => line.startsWith('[')).length
      await inStore(own, async (store) => {
        for (const table of ['line', 'portal', 'hub_state']) await store.knex(table).delete()
        await store.knex('hub_state').insert({ name: 'import-id', value: id })
        await store.knex('hub_state').insert({ name: 'import-done', value: done })
      })
      await assertRefused(['start'], own, /import into the store isn't whole/)
      const { resumedAt } = await cli.json<Moved>(['import', file], own)
      assert.equal(resumedAt, done)
    })

    it('takes no file that is cut, changed, foreign or of another key, and leaves the store empty', async () => {
      await using target = await to.openEmpty()
      const own = envOf(target)
      const text = await readFile(file, 'utf8')
      const bad: [name: string, content: string, words: RegExp][] = [
        ['empty', '', /is empty/],
        ['cut', text.slice(0, text.length - 400), /is cut/],
        ['cut-row', text.slice(0, text.length / 2), /is cut/],
        ['changed', text.replace('Çrm', 'Crm'), /damaged/],
        ['foreign', '{"some":"json"}\n[1]\n', /line 1/],
        ['text', 'Dear Sir or Madam\n', /line 1/],
        ['csv', 'a,b\n1,2\n', /line 1/],
        ['newer', text.replace('"version":1', '"version":2'), /newer version/],
        ['table', text.replace('{"table":"portal"', '{"table":"mysql.user"'), /mysql\.user/],
        ['future', text.replace('"migrations":["', '"migrations":["2999_x.ts","'), /2999_x/],
      ]
      for (const [name, content, words] of bad) {
        const path = join(folder, `${name}.jsonl`)
        await writeFile(path, content)
        await assertRefused(['import', path], own, words)
      }
      await assertRefused(['import', join(folder, 'none')], own, /there is no file/)
      const other = { HUB_SECRET_KEY: Buffer.alloc(32, 1).toString('base64') }
      await assertRefused(['import', file], envOf(target, other), /HUB_SECRET_KEY/)
      assert.deepEqual(await cli.json(['portal', 'list'], own), [])
    })
  })
}

for (const store of testStores()) {
  describe(`backup and restore on ${store.name}`, () => {
    it('copies store and key together beside a running hub, a second time too, and brings them back', async () => {
      await using source = await store.openEmpty()
      // SQLite makes a key of its own.
      const { HUB_SECRET_KEY, ...rest } = envOf(source)
      const env = store.name === 'sqlite' ? rest : { ...rest, HUB_SECRET_KEY: KEY }
      const made = await cli.json<{ id: string }>(['portal', 'add', 'A', 'https://a.example/'], env)
      await using hub = new CliProcess(['start'], env)
      await hub.listening()
      const path = join(folder, `backup-${store.name}`)
      for (let time = 0; time < 2; time++) await runCliJson(['backup', path], env)
      const manifest = JSON.parse(await readFile(join(path, 'backup.json'), 'utf8')) as {
        files: Record<string, string>
      }
      assert.equal((await stat(path)).mode & 0o777, 0o700)
      const names = Object.keys(manifest.files).sort()
      const expected = store.name === 'sqlite' ? ['hub.sqlite', 'hub.sqlite.key'] : ['store.jsonl']
      assert.deepEqual(names, expected)
      await cli.json(['portal', 'add', 'Later', 'https://later.example/'], env)
      if (store.name === 'sqlite') {
        await assertRefused(['restore', path], env, /a hub runs/)
        hub.kill()
        await hub.ended()
        await assertRefused(['restore', path], env, /--yes/)
        await cli.json(['restore', path, '--yes'], env)
        const left = await cli.json<{ id: string }[]>(['portal', 'list'], env)
        assert.deepEqual(
          left.map(({ id }) => id),
          [made.id],
        )
      }
      await using target = await store.openEmpty()
      const own = { ...env, HUB_DATABASE_URL: target.databaseUrl }
      await runCliJson(['restore', path], own)
      const [portal] = await cli.json<{ id: string }[]>(['portal', 'list'], own)
      assert.equal(portal?.id, made.id)
      await using restored = new CliProcess(['start'], own)
      await restored.listening()
      await appendFile(join(path, expected[0] ?? ''), 'x')
      await assertRefused(['restore', path], own, /damaged/)
    })
  })
}

describe('backup', () => {
  it('takes no folder that holds anything else, and no backup that is none', async () => {
    await using source = await sqlite.openEmpty()
    const env = envOf(source)
    await cli.json(['portal', 'add', 'A', 'https://a.example/'], env)
    const path = await mkdtemp(join(folder, 'letters-'))
    await writeFile(join(path, 'letter.txt'), 'x')
    await assertRefused(['backup', path], env, /no backup/)
    assert.equal(await readFile(join(path, 'letter.txt'), 'utf8'), 'x')
    await assertRefused(['restore', path], env, /not a backup/)
    await assertRefused(['restore', join(path, 'none')], env, /not a backup/)
  })
})
