import { HELP, readOptions, UsageError } from './options.ts'
import { describeNewestProfile } from './profile-top.ts'
import { describeMachine, toTable } from './report.ts'
import { runBench } from './run.ts'
import { checkWrk, WrkError } from './wrk/run-wrk.ts'

const USAGE = 64

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2))
  if (!options) {
    process.stdout.write(HELP)
    return 0
  }
  await checkWrk()
  const startedAt = performance.now()
  const results = await runBench(options, (text) => {
    const at = ((performance.now() - startedAt) / 1000).toFixed(0).padStart(4)
    process.stderr.write(`${at} s  ${text}\n`)
  })
  if (options.isProfiled) process.stderr.write(`\n${await describeNewestProfile()}`)
  process.stdout.write(
    options.isJson
      ? `${JSON.stringify({ machine: describeMachine(), options: { ...options, parts: [...options.parts] }, ...results })}\n`
      : `\n${toTable(results, options.rate)}`,
  )
  return 0
}

try {
  process.exitCode = await main()
} catch (error) {
  const isForPeople = error instanceof UsageError || error instanceof WrkError
  const text = isForPeople || !(error instanceof Error) ? String(error) : error.stack
  process.stderr.write(`${isForPeople ? (error as Error).message : text}\n`)
  process.exitCode = error instanceof UsageError ? USAGE : 1
}
