import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { parseConfig } from '#config'
import { withAdminToken } from '../../src/cli/admin-token.ts'
import { resolveAdminToken } from '../../src/db/engine/token-file.ts'

describe('the admin token of a SQLite store', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hub-token-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('is made once, for its owner alone, and read from then on', async () => {
    const database = { kind: 'sqlite', file: join(folder, 'new', 'hub.sqlite') } as const
    const first = resolveAdminToken(database)
    assert.equal(first?.isNew, true)
    const path = first?.path ?? ''
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    assert.equal((await readFile(path, 'utf8')).trim(), first?.token)
    assert.deepEqual(resolveAdminToken(database), { token: first?.token, path, isNew: false })
  })

  it('that is too short, or no token, is refused by the name of its file', async () => {
    const database = { kind: 'sqlite', file: join(folder, 'hub.sqlite') } as const
    await writeFile(`${database.file}.admin-token`, 'short\n')
    assert.throws(() => resolveAdminToken(database), /hub\.sqlite\.admin-token does not hold/)
  })

  it('is not there for other stores, and of one in memory it is new each time', () => {
    const memory = { kind: 'sqlite', file: ':memory:' } as const
    assert.notEqual(resolveAdminToken(memory)?.token, resolveAdminToken(memory)?.token)
    assert.equal(resolveAdminToken({ kind: 'mysql', url: 'mysql://x' } as never), undefined)
  })
})

describe('what a start says of the console', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hub-token-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  function say(env: Record<string, string>, isTTY: boolean): string {
    const config = parseConfig({
      HUB_DATABASE_URL: `sqlite:${join(folder, 'hub.sqlite')}`,
      ...{ HUB_SECRET_KEY: Buffer.alloc(32).toString('base64'), ...env },
    })
    let text = ''
    const out = { isTTY, write: (more: string) => (text += more) }
    withAdminToken(config, out).announce('http://127.0.0.1:8080')
    return text
  }

  it('is read by people on a terminal: the token once, then where it stands', () => {
    const first = say({}, true)
    assert.match(first, /^\n {2}Console: +http:\/\/127\.0\.0\.1:8080\/console\/\n/)
    assert.match(first, /\n {2}Admin token: +[\w-]{43}\n {2}Token file: +.*\.admin-token\n/)
    assert.match(first, /shown this once/)
    const second = say({}, true)
    assert.match(second, /^\n {2}Console: +http.*\n {2}Token file: +.*\.admin-token\n\n$/)
  })

  it('is a line of the log elsewhere', () => {
    const first = JSON.parse(say({}, false)) as Record<string, string>
    assert.deepEqual(
      [first['level'], first['event'], first['console']],
      ['info', 'console.token-made', 'http://127.0.0.1:8080/console/'],
    )
    const second = JSON.parse(say({}, false)) as Record<string, string>
    assert.deepEqual([second['event'], second['adminToken']], ['console.open', undefined])
    assert.equal(second['file'], first['file'])
    const token = 'TEST-admin-token-of-24-characters'
    assert.doesNotMatch(say({ HUB_ADMIN_TOKEN: token }, false), /TEST-admin|"file"/)
  })

  it('is one line that says what it needs, where there is neither a token nor a place for one', () => {
    const mysql = { HUB_DATABASE_URL: 'mysql://hub@127.0.0.1/hub' }
    assert.match(say(mysql, true), /^\n {2}Console: +nobody can sign in.*HUB_ADMIN_TOKEN.*\n\n$/)
    const line = JSON.parse(say(mysql, false)) as Record<string, string>
    assert.deepEqual([line['level'], line['event']], ['warn', 'console.no-token'])
  })
})
