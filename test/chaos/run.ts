import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readRssMiB } from '../../bench/harness/proc.ts'
import { judgeBitrix } from './bitrix-verdict.ts'
import { type ChaosStore, openMariaDb } from './chaos-store.ts'
import { openGalera } from './galera-store.ts'
import { Load } from './load.ts'
import { Monkey } from './monkey.ts'
import { HELP, type Options, readOptions, UsageError } from './options.ts'
import { Random } from './random.ts'
import { toList, toTable } from './report.ts'
import { type Stage, setUp } from './stage.ts'
import { checkRecoveries, countLog, drain } from './verdict.ts'

/** Three hubs over one store, everything goes wrong, nothing may be lost: see docs/scaling.md. */
async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2))
  if (!options) {
    process.stdout.write(HELP)
    return 0
  }
  const folder = await mkdtemp(join(tmpdir(), 'hub-chaos-'))
  process.stdout.write(`chaos: ${options.seconds} s, seed ${options.seed}\n`)
  const isWell = await run(options, folder)
  if (isWell) await rm(folder, { recursive: true, force: true })
  return isWell ? 0 : 1
}

async function run(options: Options, folder: string): Promise<boolean> {
  const random = new Random(options.seed)
  await using store = await openStore(options)
  await using stage = await setUp(store, random, folder)
  const idle = await readMemory(stage)
  const hubs = () => stage.hubs.flatMap(({ url }) => url ?? [])
  const load = new Load({
    targets: stage.targets,
    hubs,
    ledger: stage.ledger,
    random,
    rate: options.rate,
  })
  const monkey = new Monkey(stage, random)
  const startedAt = performance.now()
  load.start()
  stage.bitrix.begin(hubs)
  try {
    await monkey.run(options.seconds)
    await Promise.all([load.stop(), stage.bitrix.end()])
    const seconds = (performance.now() - startedAt) / 1000
    const drained = await drain(stage)
    checkRecoveries(stage, monkey.recoveries)
    const bitrix = judgeBitrix(stage.bitrix, stage.troubles, stage.ledger)
    const rss = { idle, loaded: await readMemory(stage) }
    const notes = await store.notes()
    const outcome = { stage, load, monkey, drain: drained, bitrix, seconds, rss, notes }
    process.stdout.write(toTable(outcome))
  } finally {
    await keepIfBad(stage, folder)
  }
  return stage.ledger.violations.length === 0
}

function openStore(options: Options): Promise<ChaosStore> {
  return options.isGalera ? openGalera(options) : openMariaDb()
}

function readMemory(stage: Stage): Promise<number[]> {
  return Promise.all(stage.hubs.map(({ pid }) => readRssMiB(pid)))
}

async function keepIfBad(stage: Stage, folder: string): Promise<void> {
  const { errors, causes } = countLog(stage)
  for (const [what, n] of errors) stage.ledger.violation(`the hubs logged an error: ${n} × ${what}`)
  process.stdout.write(`hubs' log, causes: ${toList(causes) || 'none'}\n`)
  const { violations } = stage.ledger
  if (violations.length === 0) {
    process.stdout.write('nothing lost, nothing out of order, nothing at once\n')
    return
  }
  await mkdir(folder, { recursive: true })
  await Promise.all(stage.hubs.map((hub) => hub.keepLog(folder)))
  process.stdout.write(
    `\nVIOLATIONS\n${violations.map((text) => `- ${text}\n`).join('')}logs: ${folder}\n`,
  )
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`${error.message}\n${HELP}`)
  process.exitCode = 64
}
