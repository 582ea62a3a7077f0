import type { Command } from 'commander'
import type { z } from 'zod'
import {
  type broadcastShape,
  type runPageShape,
  type runShape,
  saveBroadcastParams,
  type startedShape,
} from '../../core/shapes/broadcast.ts'
import type { recipientShape } from '../../core/shapes/recipient.ts'
import { print, table } from '../context.ts'
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
import { hintOfNoHub, tellRun, watchRun } from './run-watch.ts'
import { readChecked, saveEach } from './saving.ts'
import { readJsonOption } from './written.ts'

type Broadcast = z.infer<typeof broadcastShape>
type Run = z.infer<typeof runShape>
type ListedRun = z.infer<typeof runPageShape>['items'][number]
type Recipient = z.infer<typeof recipientShape>

interface StartOptions extends JsonOption {
  readonly at?: string
  readonly params?: string
  readonly watch?: boolean
}

const RUN_VERBS = [
  ['status', 'getBroadcast', 'say how far a run is'],
  ['pause', 'pauseBroadcast', 'stop a run until it is resumed'],
  ['resume', 'resumeBroadcast', 'let a run that was paused go on'],
  ['cancel', 'cancelBroadcast', 'end a run; what was sent stays sent'],
] as const

/** `hub broadcast list|save|delete|preview|start|runs|status|pause|resume|cancel`. */
export function addBroadcastCommands(program: Command): void {
  const broadcast = program.command('broadcast').description('a script for many recipients')
  addPageOptions(lineCommand(broadcast, 'list', { does: 'list the broadcasts of a line' })).action(
    (portal: string, connector: string, line: string, options: PageOptions) =>
      list([portal, connector, line], options),
  )
  lineCommand(broadcast, 'save', {
    args: '<file>',
    does: 'save a broadcast, or a list of broadcasts, from a JSON file or - for stdin',
    example: 'spring.json',
  }).action((portal: string, connector: string, line: string, file: string, options: JsonOption) =>
    save([portal, connector, line], file, options),
  )
  addYes(
    lineCommand(broadcast, 'delete', {
      args: '<code>',
      does: 'delete a broadcast; runs that are under way go on',
      example: 'spring --yes',
    }),
  ).action(
    (portal: string, connector: string, line: string, code: string, options: DeleteOptions) =>
      remove([portal, connector, line], code, options),
  )
  addRunCommands(broadcast)
}

function addRunCommands(broadcast: Command): void {
  lineCommand(broadcast, 'preview', {
    args: '<code>',
    does: 'say whom a broadcast would reach now; nothing is sent',
    example: 'spring',
  }).action((portal: string, connector: string, line: string, code: string, options: JsonOption) =>
    preview([portal, connector, line], code, options),
  )
  lineCommand(broadcast, 'start', {
    args: '<code>',
    does: 'send a broadcast, now or later',
    example: 'spring --watch',
  })
    .option('--at <instant>', 'when, such as 2030-01-31T09:00:00+01:00')
    .option('--params <json>', 'params of the script, as JSON or @file')
    .option('--watch', 'say how far it is until it has ended; exit code 1 if that is before all')
    .action(
      (portal: string, connector: string, line: string, code: string, options: StartOptions) =>
        start([portal, connector, line], code, options),
    )
  addPageOptions(
    lineCommand(broadcast, 'runs', {
      args: '<code>',
      does: 'list the runs of a broadcast, the latest first',
      example: 'spring',
    }),
  ).action((portal: string, connector: string, line: string, code: string, options: PageOptions) =>
    listRuns([portal, connector, line], code, options),
  )
  for (const [verb, method, does] of RUN_VERBS) {
    lineCommand(broadcast, verb, { args: '<run>', does, example: 'brn_00000000001' }).action(
      (portal: string, connector: string, line: string, run: string, options: JsonOption) =>
        move(method, [portal, connector, line], run, options),
    )
  }
}

async function list(words: LineWords, { json, ...paging }: PageOptions): Promise<void> {
  await withLine(words, async (line) => {
    const page = await line.call<Page<Broadcast>>('listBroadcasts', paging, PAGE_NAMES)
    const now = line.services.clock.now()
    printPage(page, json, {
      headings: ['CODE', 'NAME', 'SCRIPT', 'FILTER', 'A MINUTE', 'ID', 'CHANGED'],
      none: 'There are no broadcasts yet: hub broadcast save makes them.',
      row: ({ code, name = '', script, filter, ratePerMinute, id, updatedAt }) => [
        ...[code, name, String(script), JSON.stringify(filter)],
        ...[ratePerMinute === undefined ? '' : String(ratePerMinute), String(id)],
        formatWhen(updatedAt, now),
      ],
    })
  })
}

async function listRuns(
  words: LineWords,
  code: string,
  { json, ...paging }: PageOptions,
): Promise<void> {
  await withLine(words, async (line) => {
    const asked = { code: refOf(code), ...paging }
    const page = await line.call<Page<ListedRun>>('listBroadcastRuns', asked, PAGE_NAMES)
    const now = line.services.clock.now()
    printPage(page, json, {
      headings: ['RUN', 'STATE', 'RECIPIENTS', 'QUEUED', 'FAILED', 'MADE', 'ENDED'],
      none: 'It was not started yet: hub broadcast start does.',
      row: ({ run, state, total, queued, failed, createdAt, finishedAt }) => [
        ...[run, state, String(total), String(queued), String(failed)],
        ...[
          formatWhen(createdAt, now),
          finishedAt === undefined ? '' : formatWhen(finishedAt, now),
        ],
      ],
    })
  })
}

async function save(words: LineWords, file: string, { json }: JsonOption): Promise<void> {
  await withLine(words, async (line) => {
    const { broadcasts } = line.services.communications
    const checked = await readChecked(file, line.name, {
      what: 'broadcast',
      params: saveBroadcastParams,
      async check(broadcast) {
        await broadcasts.check(line.place, broadcast)
        return broadcast
      },
    })
    const { all, result } = await saveEach(checked, (one) => broadcasts.save(line.place, one))
    const said = all.map(({ code }) => `Broadcast ${code} is saved.`)
    printLines(json, result, said)
  })
}

async function remove(words: LineWords, code: string, options: DeleteOptions): Promise<void> {
  await withLine(words, async (line) => {
    requireYes(`broadcast ${code} of the line for good`, options.yes)
    const done = await line.call('deleteBroadcast', { code: refOf(code) })
    printLines(options.json, done, [`Broadcast ${code} is deleted.`])
  })
}

async function preview(words: LineWords, code: string, { json }: JsonOption): Promise<void> {
  await withLine(words, async (line) => {
    const found = await line.call<{ matches: number; sample: Recipient[] }>('previewBroadcast', {
      code: refOf(code),
    })
    const { matches, sample } = found
    const rows = sample.map(({ lead, chat, name = '', tags }) => [
      ...[String(lead), chat.id, name, tags.join(', ')],
    ])
    const some = sample.length < matches ? `, these ${sample.length} among them` : ''
    const text = `It would reach ${matches}${some}${matches > 0 ? ':' : '.'}`
    const shown = rows.length > 0 ? `\n${table(['LEAD', 'CHAT', 'NAME', 'TAGS'], rows)}` : ''
    print(json === true, found, `${text}${shown}`)
  })
}

async function start(
  words: LineWords,
  code: string,
  { json, at, params: written, watch }: StartOptions,
): Promise<void> {
  const asked = {
    code: refOf(code),
    ...(at === undefined ? {} : { at }),
    ...(written === undefined ? {} : { params: await readJsonOption('--params', written) }),
  }
  await withLine(words, async (line) => {
    const names = { at: '--at', params: '--params' }
    const started = await line.call<z.infer<typeof startedShape>>('startBroadcast', asked, names)
    const { run } = started
    const hint = await hintOfNoHub(line.services)
    if (watch && json) return print(true, { run, ...(await watchRun(line, run)) }, '')
    printLines(json, started, [`Broadcast ${code} runs as ${run}.`, ...hint])
    if (watch) await watchRun(line, run, (text) => process.stdout.write(`${text}\n`))
  })
}

async function move(
  method: (typeof RUN_VERBS)[number][1],
  words: LineWords,
  run: string,
  { json }: JsonOption,
): Promise<void> {
  await withLine(words, async (line) => {
    const found = await line.call<Run>(method, { run })
    printLines(json, found, [tellRun(run, found)])
  })
}
