import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { compileCacheEnv } from '../helpers/compile-cache.ts'
import { waitFor } from '../helpers/wait-for.ts'

const BIN = fileURLToPath(new URL('../../bin/hub.js', import.meta.url))
const PATIENCE_MS = 30_000

/** `hub demo --web` as a newcomer starts it, with a place for temporary files of its own. */
async function startWebDemo(...options: string[]) {
  const stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'hub-demo-web-test-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const child = spawn(process.execPath, [BIN, 'demo', '--web', ...options], {
    env: { PATH: '/usr/bin:/bin', TMPDIR: folder, ...compileCacheEnv() },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  stack.defer(() => void child.kill('SIGKILL'))
  const said = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => {
    said.out += chunk.toString('utf8')
  })
  child.stderr.on('data', (chunk: Buffer) => {
    said.err += chunk.toString('utf8')
  })
  const ended = once(child, 'close').then(([code]) => code as number | null)
  const { pid = 0 } = child
  return {
    ...{ child, said, ended, pid },
    leftovers: () => readdir(folder),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

async function childrenOf(pid: number): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return text.split(' ').filter(Boolean)
}

describe('hub demo --web as a process', () => {
  it('prints an address that answers, and ends with 0 at Ctrl-C, in time and without a trace', async () => {
    await using demo = await startWebDemo()
    const url = await waitFor(
      () => /open (http:\S+) in a browser/.exec(demo.said.out)?.[1],
      () => `the address; it said ${demo.said.out}${demo.said.err}`,
      PATIENCE_MS,
    )
    const page = await fetch(url)
    assert.equal(page.status, 200)
    const [, chat = ''] = /<iframe[^>]* src="([^"]+)"/.exec(await page.text()) ?? []
    assert.equal((await fetch(chat)).status, 200)
    // A page that is open holds it up no longer than anything else.
    const session = await fetch(`${chat}/session`, { method: 'POST' })
    const { token } = (await session.json()) as { token: string }
    const events = await fetch(`${chat}/events?token=${token}`)
    const children = await childrenOf(demo.pid)
    const askedAt = performance.now()
    demo.child.kill('SIGINT')
    assert.equal(await demo.ended, 0, demo.said.err)
    assert.ok(performance.now() - askedAt < 2000, `${performance.now() - askedAt} ms`)
    await events.text().catch(() => undefined)
    for (const child of children) {
      await assert.rejects(readFile(`/proc/${child}/stat`), `${child} is still there`)
    }
    assert.deepEqual(await demo.leftovers(), [])
  })

  it('says that its port is taken, and ends with 1', async () => {
    await using stack = new AsyncDisposableStack()
    const other = createServer().listen(0, '127.0.0.1')
    stack.defer(() => void other.close())
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const demo = stack.use(await startWebDemo('--port', String(port)))
    assert.equal(await demo.ended, 1, demo.said.out)
    assert.match(demo.said.err, new RegExp(`at port ${port}: another program has it`))
    assert.deepEqual(await demo.leftovers(), [])
  })
})
