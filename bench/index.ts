import { writeFile } from 'node:fs/promises'
import { PeerError } from './harness/debian.ts'
import { HELP, readOptions, UsageError } from './options.ts'
import { describeNewestProfile } from './profile-top.ts'
import { toJson, toMarkdown, toTable } from './report.ts'
import { chooseScenarios, runBench } from './run.ts'
import { describeScenarios } from './scenarios.ts'
import { checkWrk, WrkError } from './wrk/run-wrk.ts'

const USAGE = 64

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2))
  if (!options) {
    process.stdout.write(`${HELP}\n${describeScenarios()}`)
    return 0
  }
  const scenarios = chooseScenarios(options)
  await checkWrk()
  const startedAt = performance.now()
  const results = await runBench(options, scenarios, (text) => {
    const at = ((performance.now() - startedAt) / 1000).toFixed(0).padStart(4)
    process.stderr.write(`${at} s  ${text}\n`)
  })
  if (options.isProfiled) process.stderr.write(`\n${await describeNewestProfile()}`)
  if (options.jsonFile !== undefined) await writeFile(options.jsonFile, toJson(results, options))
  process.stdout.write(options.isMarkdown ? toMarkdown(results) : `\n${toTable(results)}`)
  return 0
}

try {
  process.exitCode = await main()
} catch (error) {
  const isForPeople = [UsageError, WrkError, PeerError].some((kind) => error instanceof kind)
  const text = isForPeople || !(error instanceof Error) ? String(error) : error.stack
  process.stderr.write(`${isForPeople ? (error as Error).message : text}\n`)
  process.exitCode = error instanceof UsageError ? USAGE : 1
}
