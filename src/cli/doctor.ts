import type { Command } from 'commander'
import type { KeyUsage } from '../lines/key-operations.ts'
import { EXIT, print, table } from './context.ts'
import { Patient } from './doctor-check.ts'
import { examine } from './doctor-checks.ts'
import { nameHealth, type UnwellLine } from './health-words.ts'

/** `hub doctor`. */
export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description(
      'look whether configuration, store, keys, processes, the public address and lines are well; change nothing',
    )
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }) => doctor(options.json === true))
}

async function doctor(isJson: boolean): Promise<void> {
  await using patient = new Patient()
  const checks = await examine(patient)
  const ok = checks.every(({ state }) => state !== 'broken')
  const text = [
    table(
      ['CHECK', 'STATE', 'FOUND'],
      checks.map(({ name, state, message }) => [name, state, message]),
    ),
    ...checks.flatMap(({ lines = [] }) => (lines.length === 0 ? [] : ['', tableOfLines(lines)])),
    ...checks.flatMap(({ keys = [] }) => (keys.length === 0 ? [] : ['', tableOfKeys(keys)])),
  ]
  print(isJson, { ok, checks }, text.join('\n'))
  if (!ok) process.exitCode = EXIT.failure
}

function tableOfLines(lines: readonly UnwellLine[]): string {
  return table(
    ['LINE', 'HEALTH', 'SINCE', 'TO DO', 'MESSAGE'],
    lines.map(({ line, health, toDo }) => {
      return [line, nameHealth(health), health.since, toDo, health.message ?? '']
    }),
  )
}

function tableOfKeys(keys: readonly KeyUsage[]): string {
  const rows = keys.flatMap(({ keyId = 'none', role, places }) =>
    Object.entries(places).map(([place, values]) => [keyId, role, place, String(values)]),
  )
  return table(['KEY', 'IS', 'KEPT IN', 'VALUES'], rows)
}
