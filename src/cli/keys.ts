import type { Command } from 'commander'
import { describeKeys, type Progress, type RekeyResult } from '../lines/key-operations.ts'
import { EXIT, print, withServices } from './context.ts'
import { grouped } from './tell.ts'

/** Between two lines of progress. */
const TELL_EVERY_MS = 1000

/** `hub rekey`. */
export function addKeyCommands(program: Command): void {
  program
    .command('rekey')
    .description(
      'seal all stored secrets with HUB_SECRET_KEY; hubs may run, and it may be repeated',
    )
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }) => rekey(options.json === true))
}

async function rekey(isJson: boolean): Promise<void> {
  const result = await withServices(({ keyOperations }) =>
    keyOperations.rekey(isJson ? () => undefined : tell()),
  )
  const { sealed, unopened, left } = result
  const isDone = left.length === 0
  print(isJson, { sealed, unopened, left, mayDropPrevious: isDone }, describe(result))
  if (!isDone) process.exitCode = EXIT.failure
}

function describe({ sealed, unopened, left }: RekeyResult): string {
  const lines = [`${grouped(sealed)} sealed anew.`]
  if (left.length === 0) {
    lines.push('Nothing is left under another key: HUB_SECRET_KEY_PREVIOUS may go.')
  } else if (unopened.length > 0) {
    const count = unopened.reduce((sum, { values }) => sum + values, 0)
    lines.push(
      `${grouped(count)} can not be opened with the keys at hand (${describeKeys(unopened)}): bring the key as HUB_SECRET_KEY_PREVIOUS and repeat this; keep the keys you have.`,
    )
  } else {
    lines.push(
      `A hub goes on writing under another key (${describeKeys(left)}): restart it with this HUB_SECRET_KEY and repeat this.`,
    )
  }
  return lines.join('\n')
}

function tell(): Progress {
  let toldAt = Number.NEGATIVE_INFINITY
  return (done, total) => {
    const now = performance.now()
    if (done < total && now - toldAt < TELL_EVERY_MS) return
    toldAt = now
    process.stdout.write(`${grouped(done)} of ${grouped(total)}\n`)
  }
}
