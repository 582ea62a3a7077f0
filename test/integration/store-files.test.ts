import assert from 'node:assert/strict'
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { startTestHub } from '../helpers/hub.ts'

describe("SQLite's files", () => {
  let folder: string
  let file: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hub-files-'))
    file = join(folder, 'hub.sqlite')
  })
  after(() => rm(folder, { recursive: true, force: true }))

  async function modes(): Promise<Record<string, string>> {
    const names = (await readdir(folder)).sort()
    const pairs = names.map(async (name) => {
      const { mode } = await stat(join(folder, name))
      return [name, (mode & 0o777).toString(8)] as const
    })
    return Object.fromEntries(await Promise.all(pairs))
  }

  const OWN = {
    'hub.sqlite': '600',
    'hub.sqlite-shm': '600',
    'hub.sqlite-wal': '600',
    'hub.sqlite.key': '600',
  }

  async function run(): Promise<{ modes: Record<string, string>; log: string }> {
    // Without a key of its own, so that one is made beside the store.
    const env = { HUB_SECRET_KEY: '' }
    const hub = await startTestHub({ databaseUrl: `sqlite:${file}`, env })
    const found = await modes()
    await hub.stop()
    return { modes: found, log: hub.logText() }
  }

  it('are made for their owner alone, whatever the umask', async () => {
    const mask = process.umask(0)
    try {
      const first = await run()
      assert.deepEqual(first.modes, OWN)
      assert.doesNotMatch(first.log, /store\.files/)
    } finally {
      process.umask(mask)
    }
  })

  it('are narrowed at start, and the log names them', async () => {
    for (const name of ['hub.sqlite-wal', 'hub.sqlite-shm']) await writeFile(join(folder, name), '')
    for (const name of Object.keys(OWN)) await chmod(join(folder, name), 0o644)
    const second = await run()
    assert.deepEqual(second.modes, OWN)
    const line = second.log.split('\n').find((one) => one.includes('store.files-narrowed')) ?? ''
    for (const name of Object.keys(OWN))
      assert.ok(line.includes(`${file.replace('hub.sqlite', name)}"`))
  })
})
