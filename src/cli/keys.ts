import type { Command } from 'commander'
import { describeKeys, type Progress, type RekeyResult } from '../lines/key-operations.ts'
import { CommandError, print, withServices } from './context.ts'
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
  const remainder = describeLeft(result)
  const end = remainder
    ? ''
    : '\nNothing is left under another key: HUB_SECRET_KEY_PREVIOUS may go.'
  const text = `${grouped(sealed)} sealed anew.${end}`
  print(isJson, { sealed, unopened, left, mayDropPrevious: remainder === undefined }, text)
  if (remainder !== undefined) throw new CommandError(remainder)
}

function describeLeft({ unopened, left }: RekeyResult): string | undefined {
  if (left.length === 0) return undefined
  if (unopened.length === 0) {
    return `a hub goes on writing under another key (${describeKeys(left)}): restart it with this HUB_SECRET_KEY and repeat this`
  }
  const count = unopened.reduce((sum, { values }) => sum + values, 0)
  return `${grouped(count)} can not be opened with the keys at hand (${describeKeys(unopened)}): bring the key as HUB_SECRET_KEY_PREVIOUS and repeat this; keep the keys you have`
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
