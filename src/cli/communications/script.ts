import type { Command } from 'commander'
import type { z } from 'zod'
import { runsOfAll } from '../../communications/operations/scripts.ts'
import { saveScriptParams, type testResultShape } from '../../core/shapes/script.ts'
import { EXIT } from '../context.ts'
import { type JsonOption, type LineWords, withLine } from './called-line.ts'
import {
  addPageOptions,
  addYes,
  type DeleteOptions,
  formatWhen,
  lineCommand,
  numberOf,
  PAGE_NAMES,
  type Page,
  type PageOptions,
  printLines,
  printPage,
  refOf,
  requireYes,
} from './commands.ts'
import { type OutOptions, putOut } from './output-file.ts'
import { tellRehearsal } from './rehearsed.ts'
import { readChecked, savedOf } from './saving.ts'
import { readJsonOption } from './written.ts'

interface TestOptions extends JsonOption {
  readonly lead: number
  readonly params?: string
}

interface ScriptHead {
  readonly code: string
  readonly name?: string
  readonly version: number
  readonly id: number
  readonly updatedAt: string
}

/** `hub script list|get|save|delete|test`. */
export function addScriptCommands(program: Command): void {
  const script = program
    .command('script')
    .description('steps that a line takes with a recipient: docs/communications.md')
  addPageOptions(lineCommand(script, 'list', { does: 'list the scripts of a line' })).action(
    (portal: string, connector: string, line: string, options: PageOptions) =>
      list([portal, connector, line], options),
  )
  lineCommand(script, 'get', {
    args: '<code>',
    does: 'print a script as save takes it',
    example: 'welcome --out welcome.json',
  })
    .option('--out <file>', 'write it to a file')
    .action((portal: string, connector: string, line: string, code: string, options: OutOptions) =>
      get([portal, connector, line], code, options),
    )
  lineCommand(script, 'save', {
    args: '<file>',
    does: 'save a script, or a list of scripts, from a JSON file or - for stdin; all of them or none',
    example: 'welcome.json',
  }).action((portal: string, connector: string, line: string, file: string, options: JsonOption) =>
    save([portal, connector, line], file, options),
  )
  addYes(
    lineCommand(script, 'delete', {
      args: '<code>',
      does: 'delete a script that no trigger and no broadcast uses',
      example: 'welcome --yes',
    }),
  ).action(
    (portal: string, connector: string, line: string, code: string, options: DeleteOptions) =>
      remove([portal, connector, line], code, options),
  )
  lineCommand(script, 'test', {
    args: '<code>',
    does: 'say what a script would send and do; nothing is sent',
    example: `welcome --lead 7 --params '{"time":"15:30"}'`,
  })
    .requiredOption('--lead <number>', 'the recipient for whom', numberOf('--lead'))
    .option('--params <json>', 'params of the script, as JSON or @file')
    .action((portal: string, connector: string, line: string, code: string, options: TestOptions) =>
      test([portal, connector, line], code, options),
    )
}

async function list(words: LineWords, { json, ...paging }: PageOptions): Promise<void> {
  await withLine(words, async (line) => {
    const page = await line.call<Page<ScriptHead>>('listScripts', paging, PAGE_NAMES)
    const now = line.services.clock.now()
    printPage(page, json, {
      headings: ['CODE', 'NAME', 'VERSION', 'ID', 'CHANGED'],
      none: 'There are no scripts yet: hub script save makes them.',
      row: ({ code, name = '', version, id, updatedAt }) => [
        ...[code, name, String(version), String(id)],
        formatWhen(updatedAt, now),
      ],
    })
  })
}

async function get(words: LineWords, code: string, options: OutOptions): Promise<void> {
  await withLine(words, async (line) => {
    const script = await line.call<object>('getScript', { code: refOf(code) })
    await putOut(script, ['code', 'name', 'steps'], options)
  })
}

async function save(words: LineWords, file: string, { json }: JsonOption): Promise<void> {
  await withLine(words, async (line) => {
    const { scripts } = line.services.communications
    const checked = await readChecked(file, line.name, {
      what: 'script',
      params: saveScriptParams,
      check: (script, all) => scripts.check(line.place, script, runsOfAll(all)),
    })
    const saved = await scripts.saveAll(line.place, checked.items)
    const { all, result } = savedOf(saved, checked.isList)
    const said = all.map(({ code, version }) => `Script ${code} is saved, version ${version}.`)
    printLines(json, result, said)
  })
}

async function remove(words: LineWords, code: string, { json, yes }: DeleteOptions): Promise<void> {
  await withLine(words, async (line) => {
    const ref = { code: refOf(code) }
    const script = await line.call<ScriptHead>('getScript', ref)
    requireYes(`script ${script.code} of the line for good`, yes)
    const done = await line.call('deleteScript', ref)
    printLines(json, done, [`Script ${script.code} is deleted.`])
  })
}

async function test(
  words: LineWords,
  code: string,
  { json, lead, params: written }: TestOptions,
): Promise<void> {
  const params = written === undefined ? {} : { params: await readJsonOption('--params', written) }
  await withLine(words, async (line) => {
    const named = { lead: '--lead', params: '--params' }
    const asked = { code: refOf(code), lead, ...params }
    const result = await line.call<z.infer<typeof testResultShape>>('testScript', asked, named)
    printLines(json, result, tellRehearsal(result))
    if (result.state === 'failed') process.exitCode = EXIT.failure
  })
}
