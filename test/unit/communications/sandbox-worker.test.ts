import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createLocalSandbox } from '../../../src/communications/sandbox/evaluator.ts'
import { createWorkerSandbox } from '../../../src/communications/sandbox/host.ts'
import type { Outcome, Task } from '../../../src/communications/sandbox/sandbox.ts'
import { SCOPE } from '../../helpers/sandboxes.ts'

const SILENT = new URL('../../helpers/silent-worker.ts', import.meta.url)
const HOST = new URL('../../../src/communications/sandbox/host.ts', import.meta.url)

function tasks(...codes: string[]): Task[] {
  return codes.map((code) => ({ kind: 'code', code, scope: SCOPE }))
}

function short(outcomes: readonly Outcome[]): unknown[] {
  return outcomes.map((one) => (one.ok ? one.value : 'problem'))
}

it('outcomes come in the order of the tasks, of whatever kind they are', async () => {
  for (const sandbox of [createLocalSandbox(), createWorkerSandbox()]) {
    const mixed: Task[] = []
    for (let n = 0; n < 300; n += 1) {
      mixed.push({ kind: 'code', code: `return ${n}`, scope: SCOPE })
      mixed.push({ kind: 'render', template: `{{ ${n} | plus: 1 }}`, scope: SCOPE })
      if (n % 100 === 50) mixed.push({ kind: 'code', code: 'eval("[".repeat(1e6))', scope: SCOPE })
    }
    const expected = mixed.map((task) => {
      if (task.kind === 'render') return String(Number(/\d+/.exec(String(task.template))?.[0]) + 1)
      return task.kind === 'code' && task.code.startsWith('return')
        ? Number(task.code.slice('return '.length))
        : 'problem'
    })
    assert.deepEqual(short(await sandbox.run(mixed)), expected)
    assert.deepEqual(await sandbox.run([]), [])
    assert.deepEqual(await sandbox.check([]), [])
    await sandbox.close()
  }
})

it('many callers at once each get their own', async () => {
  const sandbox = createWorkerSandbox()
  const all = await Promise.all(
    Array.from({ length: 50 }, (_, n) => sandbox.run(tasks(`return ${n}`, 'return leadId'))),
  )
  assert.deepEqual(
    all.map(short),
    Array.from({ length: 50 }, (_, n) => [n, 135]),
  )
  await sandbox.close()
})

it('a task that takes the worker with it fails alone, the others are done by another', async () => {
  const sandbox = createWorkerSandbox({ entry: SILENT, lostAfterMs: 400 })
  for (const bad of ['hang', 'crash']) {
    const [first, second] = await Promise.all([
      sandbox.run(tasks('a', bad, 'b')),
      sandbox.run(tasks('c', bad, 'd')),
    ])
    assert.deepEqual(short(first), ['a', 'problem', 'b'])
    assert.deepEqual(short(second), ['c', 'problem', 'd'])
  }
  await sandbox.close()
})

it('a worker that does not start is a problem and no endless try', async () => {
  const sandbox = createWorkerSandbox({ entry: new URL('file:///nowhere/worker.ts') })
  assert.deepEqual(await sandbox.run(tasks('a')), [
    { ok: false, problem: 'the sandbox does not start' },
  ])
  await sandbox.close()
})

it('what is beyond the queue is refused', async () => {
  const sandbox = createWorkerSandbox({ maxWaiting: 3 })
  const outcomes = await sandbox.run(tasks('return 1', 'return 2', 'return 3', 'return 4'))
  assert.deepEqual(short(outcomes), [1, 2, 3, 'problem'])
  assert.deepEqual(short(await sandbox.run(tasks('return 5'))), [5])
  await sandbox.close()
})

it('a closed sandbox rejects what waits and what comes', async () => {
  for (const sandbox of [createLocalSandbox(), createWorkerSandbox()]) {
    await sandbox.close()
    await assert.rejects(sandbox.run(tasks('return 1')), /closed/)
    await assert.rejects(sandbox.check([{ kind: 'code', source: '' }]), /closed/)
    await sandbox.close()
  }
  const sandbox = createWorkerSandbox({ entry: SILENT })
  const waiting = sandbox.run(tasks('hang'))
  const rejected = assert.rejects(waiting, /closed/)
  await sandbox.close()
  await rejected
})

it('an idle worker does not keep the process alive, one at work does', async () => {
  const script = `
    import { createWorkerSandbox } from ${JSON.stringify(HOST.href)}
    const sandbox = createWorkerSandbox()
    const scope = { lead: {}, params: {}, now: 0 }
    const [one] = await sandbox.run([{ kind: 'code', code: 'return 6 * 7', scope }])
    process.stdout.write(String(one.value))`
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', script],
    { cwd: fileURLToPath(new URL('.', HOST)), timeout: 60_000 },
  )
  assert.equal(stdout, '42')
})
