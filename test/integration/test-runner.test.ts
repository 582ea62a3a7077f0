import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const RUN = fileURLToPath(new URL('../run.ts', import.meta.url))

const IMPORTS = `import { existsSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
`
const GOOD = `${IMPORTS}describe('good', () => it('passes', () => {}))`
const BAD = `${IMPORTS}describe('bad', () => it('never passes', () => { throw new Error('no') }))`
/** Fails unless it has failed before. */
const FLAKY = `${IMPORTS}describe('flaky', () => it('passes at last', () => {
  const isSecond = existsSync('failed-once')
  writeFileSync('failed-once', '')
  if (!isSecond) throw new Error('not yet')
}))`
/** Ends its process at the first time. */
const ENDING = `${IMPORTS}it('ends', () => {
  const isSecond = existsSync('ended-once')
  writeFileSync('ended-once', '')
  if (!isSecond) process.exit(3)
})`

interface End {
  readonly code: number
  readonly output: string
}

/** Runs the runner over a folder that has these test files. */
async function runOver(files: Readonly<Record<string, string>>, ...words: string[]): Promise<End> {
  const root = await mkdtemp(join(tmpdir(), 'hub-test-runner-'))
  try {
    const all = { 'package.json': '{"type":"module"}', 'test/setup.ts': 'export {}', ...files }
    for (const [path, text] of Object.entries(all)) {
      await mkdir(dirname(join(root, path)), { recursive: true })
      await writeFile(join(root, path), text)
    }
    return await new Promise<End>((resolve) => {
      const env = { PATH: '/usr/bin:/bin', TMPDIR: root }
      execFile(process.execPath, [RUN, `--root=${root}`, ...words], { env }, (error, stdout) => {
        resolve({ code: Number(error?.code ?? 0), output: stdout })
      })
    })
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

describe('the runner of the tests', () => {
  it('says which tests failed once when their files pass alone, and passes', async () => {
    const files = {
      'test/integration/good.test.ts': GOOD,
      'test/integration/flaky.test.ts': FLAKY,
      'test/contract/ending.test.ts': ENDING,
    }
    const { code, output } = await runOver(files, '--retry-files=2')
    assert.equal(code, 0, output)
    assert.match(output, /Error: not yet/, 'the failure itself stays to be seen')
    const flaky = output.split('\n').filter((line) => line.startsWith('flaky: '))
    assert.deepEqual(flaky.sort(), [
      'flaky: test/contract/ending.test.ts: the process failed',
      'flaky: test/integration/flaky.test.ts: passes at last',
    ])
  })

  it('fails when a file fails again', async () => {
    const files = { 'test/unit/bad.test.ts': BAD, 'test/integration/flaky.test.ts': FLAKY }
    const { code, output } = await runOver(files, '--retry-files=2')
    assert.equal(code, 1, output)
    assert.match(output, /^failed at first: test\/unit\/bad\.test\.ts: never passes$/m)
    assert.doesNotMatch(output, /^flaky: /m)
  })

  it('runs nothing again when too many groups have failed, or when it was not asked to', async () => {
    const files = { 'test/unit/bad.test.ts': BAD, 'test/integration/flaky.test.ts': FLAKY }
    for (const words of [['--retry-files=1'], []]) {
      const { code, output } = await runOver(files, ...words)
      assert.equal(code, 1, output)
      assert.doesNotMatch(output, /once more/)
    }
  })

  it('fails where nothing has that name, instead of running whatever there is', async () => {
    const { code, output } = await runOver({ 'test/good.test.ts': GOOD }, 'test/nowhere')
    assert.equal(code, 1)
    assert.match(output, /No test file begins with test\/nowhere/)
  })

  it('takes what is named alone, and hands other flags on', async () => {
    const files = { 'test/unit/bad.test.ts': BAD, 'test/unit/good.test.ts': GOOD }
    assert.equal((await runOver(files, 'test/unit/good')).code, 0)
    assert.equal((await runOver(files, '--test-name-pattern=never')).code, 1)
    assert.equal((await runOver(files, '--test-name-pattern=good')).code, 0)
    assert.notEqual((await runOver(files, '--retry-files=many')).code, 0)
  })
})
