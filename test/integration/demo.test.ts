import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runDemo } from '../../src/cli/demo/run.ts'
import { compileCacheEnv } from '../helpers/compile-cache.ts'
import { waitFor } from '../helpers/wait-for.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const PATIENCE_MS = 30_000

interface DemoRun extends AsyncDisposable {
  readonly child: ChildProcess
  readonly output: () => string
  readonly exitCode: Promise<number | null>
  /** What is left in the folder that was its place for temporary files. */
  leftovers(): Promise<string[]>
}

/** `hub demo` in a process and a temporary folder of its own. */
async function startDemo(
  env: Readonly<Record<string, string>> = {},
  options: readonly string[] = [],
): Promise<DemoRun> {
  const folder = await mkdtemp(join(tmpdir(), 'hub-demo-test-'))
  const child = spawn(process.execPath, [MAIN, 'demo', ...options], {
    env: { PATH: '/usr/bin:/bin', TMPDIR: folder, ...compileCacheEnv(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const chunks: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  }
  return {
    child,
    output: () => Buffer.concat(chunks).toString('utf8'),
    exitCode: once(child, 'close').then(([code]) => code as number | null),
    leftovers: () => readdir(folder),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

describe('the demo', () => {
  it('sees every step happen, whatever HUB_ variables say, and leaves nothing behind', async () => {
    await using demo = await startDemo({ HUB_PORT: 'nonsense', HUB_DATABASE_URL: 'nowhere:' })
    assert.equal(await demo.exitCode, 0, demo.output())
    const output = demo.output()
    for (const step of [1, 2, 3, 4, 5, 6, 7]) assert.match(output, new RegExp(`^${step}\\. `, 'm'))
    assert.match(output, /All 10 steps were seen to happen/)
    assert.match(output, /"text": "Hello :wave:"/)
    assert.match(output, /"text": "Hello Ann 😀"/)
    assert.match(output, /"depth": 5/)
    assert.match(output, /each exactly once/)
    assert.ok(!output.includes('\u001b'), 'no colours where there is no terminal')
    assert.deepEqual(await demo.leftovers(), [])
  })

  it('shows an on-premise Bitrix24 as it is', async () => {
    await using demo = await startDemo({}, ['--portal', 'bitrix'])
    assert.equal(await demo.exitCode, 0, demo.output())
    const output = demo.output()
    assert.match(output, /✓ register: OK/)
    assert.match(output, /"text": "Anna:\\nGood day 😀"/)
    assert.match(output, /in the order in which they were written, each once/)
    assert.match(output, /All 7 steps were seen to happen/)
    assert.deepEqual(await demo.leftovers(), [])
  })

  it('ends with 1 and cleans up when it is interrupted', async () => {
    await using demo = await startDemo()
    await waitFor(() => demo.output().includes('\n6. '), 'step 6', PATIENCE_MS)
    demo.child.kill('SIGINT')
    assert.equal(await demo.exitCode, 1, demo.output())
    assert.match(demo.output(), /^hub: step [67] .*interrupted$/m)
    assert.deepEqual(await demo.leftovers(), [])
  })

  it('fails and names the step that could not be seen', async () => {
    const told: string[] = []
    await assert.rejects(
      runDemo({ write: (text) => told.push(text), ladder: '600', deadlineMs: 2500 }),
      /step 7 "The portal comes back" was not seen to happen: the queue is empty.*not within 2.5 s/,
    )
    assert.match(told.join(''), /^6\. /m)
    assert.doesNotMatch(told.join(''), /were seen to happen/)
  })
})
