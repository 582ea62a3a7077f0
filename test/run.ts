import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readFailures } from './runner/failures.ts'
import { findGroups, type Group, writeGroup } from './runner/groups.ts'
import { readWords, type Words } from './runner/words.ts'

/**
 * `npm test`: every test, several files to a process. A process loads the hub's 1900 modules before its first test, half a second
 * of work each time, so that neighbours share one. Words that aren't flags are beginnings of paths: `npm test test/unit`.
 * With `--retry-files=3`, when no more than three groups have failed, their files are run once more, each in a process of its
 * own; what passes then is named as flaky and doesn't fail the run.
 */

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const REPORTER = fileURLToPath(new URL('./runner/failures.ts', import.meta.url))

const folder = await mkdtemp(join(tmpdir(), 'hub-test-groups-'))
try {
  process.exitCode = await run(readWords(process.argv.slice(2), ROOT))
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function run(words: Words): Promise<number> {
  const groups = await findGroups(words.root, words.beginnings)
  if (groups.length === 0) {
    // Node would run whatever it takes for tests.
    say(`No test file begins with ${words.beginnings.join(' or ')}.`)
    return 1
  }
  const paths = await Promise.all(
    groups.map((group, index) => writeGroup(folder, words.root, group, index)),
  )
  if (words.retryFiles === 0) return await runNode(words, words.flags, paths)
  const record = join(folder, 'failures.ndjson')
  const reporters = [
    ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
    ...[`--test-reporter=${REPORTER}`, `--test-reporter-destination=${record}`],
  ]
  const code = await runNode(words, [...words.flags, ...reporters], paths)
  if (code === 0) return 0
  const { modules, tests } = await readFailures(record, (file) => paths.includes(file))
  const failed = groups.filter((_, index) => modules.includes(paths[index] ?? ''))
  // None, and yet it failed: that was no test.
  if (failed.length === 0 || failed.length > words.retryFiles) return code
  const names = tests.map(({ name, file }) => {
    const group = groups[paths.indexOf(file)]
    return group
      ? `${group.join(', ')}: the process failed`
      : `${relative(words.root, file)}: ${name}`
  })
  return await runAgain(words, failed, names)
}

async function runAgain(
  words: Words,
  failed: readonly Group[],
  names: readonly string[],
): Promise<number> {
  const files = failed.flat()
  say(`Groups that failed: ${failed.length}. Their files are run once more, each alone:`)
  for (const file of files) say(`  ${file}`)
  const paths = files.map((file) => join(words.root, file))
  const code = await runNode(words, words.flags, paths)
  const word = code === 0 ? 'flaky' : 'failed at first'
  for (const name of names) say(`${word}: ${name}`)
  say(code === 0 ? 'They passed when run alone: a fault to mend all the same.' : 'Failed again.')
  return code
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

async function runNode(
  { root }: Words,
  flags: readonly string[],
  paths: readonly string[],
): Promise<number> {
  const own = ['--test', '--test-concurrency=2', '--test-timeout=180000']
  const setup = `--test-global-setup=${join(root, 'test/setup.ts')}`
  const runner = spawn(process.execPath, [...own, setup, ...flags, ...paths], {
    cwd: root,
    stdio: 'inherit',
  })
  const [code] = (await once(runner, 'exit')) as [number | null]
  return code ?? 1
}
