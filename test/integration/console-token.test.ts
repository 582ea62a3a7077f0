import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
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
