import type { Command } from 'commander'
import type { z } from 'zod'
import { saveTriggerParams, type triggerShape } from '../../core/shapes/script.ts'
import { type JsonOption, type LineWords, withLine } from './called-line.ts'
import {
  addPageOptions,
  addYes,
  type DeleteOptions,
  formatWhen,
  lineCommand,
  PAGE_NAMES,
  type Page,
  type PageOptions,
  printLines,
  printPage,
  refOf,
  requireYes,
} from './commands.ts'
import { type OutOptions, putOut } from './output-file.ts'
import { readChecked, saveEach } from './saving.ts'

type Trigger = z.infer<typeof triggerShape>

const FIELDS = ['code', 'name', 'on', 'condition', 'script', 'steps', 'cooldownSec', 'enabled']

/** `hub trigger list|get|save|delete`. */
export function addTriggerCommands(program: Command): void {
  const trigger = program
    .command('trigger')
    .description('what starts a script of a line when something happens')
  addPageOptions(lineCommand(trigger, 'list', { does: 'list the triggers of a line' })).action(
    (portal: string, connector: string, line: string, options: PageOptions) =>
      list([portal, connector, line], options),
  )
  lineCommand(trigger, 'get', {
    args: '<code>',
    does: 'print a trigger as save takes it',
    example: 'welcome --out welcome.json',
  })
    .option('--out <file>', 'write it to a file')
    .action((portal: string, connector: string, line: string, code: string, options: OutOptions) =>
      get([portal, connector, line], code, options),
    )
  lineCommand(trigger, 'save', {
    args: '<file>',
    does: 'save a trigger, or a list of triggers, from a JSON file or - for stdin',
    example: 'welcome.json',
  }).action((portal: string, connector: string, line: string, file: string, options: JsonOption) =>
    save([portal, connector, line], file, options),
  )
  addYes(
    lineCommand(trigger, 'delete', {
      args: '<code>',
      does: 'delete a trigger; what it has started goes on',
      example: 'welcome --yes',
    }),
  ).action(
    (portal: string, connector: string, line: string, code: string, options: DeleteOptions) =>
      remove([portal, connector, line], code, options),
  )
}

async function list(words: LineWords, { json, ...paging }: PageOptions): Promise<void> {
  await withLine(words, async (line) => {
    const page = await line.call<Page<Trigger>>('listTriggers', paging, PAGE_NAMES)
    const now = line.services.clock.now()
    printPage(page, json, {
      headings: ['CODE', 'NAME', 'ON', 'RUNS', 'STATE', 'ID', 'CHANGED'],
      none: 'There are no triggers yet: hub trigger save makes them.',
      row: ({ code, name = '', on, script, enabled, id, updatedAt }) => [
        ...[code, name, on.join(', '), script === undefined ? 'its own steps' : String(script)],
        ...[enabled ? 'on' : 'off', String(id), formatWhen(updatedAt, now)],
      ],
    })
  })
}

async function get(words: LineWords, code: string, options: OutOptions): Promise<void> {
  await withLine(words, async (line) => {
    await putOut(await line.call<Trigger>('getTrigger', { code: refOf(code) }), FIELDS, options)
  })
}

async function save(words: LineWords, file: string, { json }: JsonOption): Promise<void> {
  await withLine(words, async (line) => {
    const { triggers } = line.services.communications
    const checked = await readChecked(file, line.name, {
      what: 'trigger',
      params: saveTriggerParams,
      async check(trigger) {
        await triggers.check(line.place, trigger)
        return trigger
      },
    })
    const { all, result } = await saveEach(checked, (one) => triggers.save(line.place, one))
    const said = all.map(({ code }) => `Trigger ${code} is saved.`)
    printLines(json, result, said)
  })
}

async function remove(words: LineWords, code: string, { json, yes }: DeleteOptions): Promise<void> {
  await withLine(words, async (line) => {
    const ref = { code: refOf(code) }
    const trigger = await line.call<Trigger>('getTrigger', ref)
    requireYes(`trigger ${trigger.code} of the line for good`, yes)
    const done = await line.call('deleteTrigger', ref)
    printLines(json, done, [`Trigger ${trigger.code} is deleted.`])
  })
}
