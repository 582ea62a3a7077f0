import { type Command, Option } from 'commander'
import type { z } from 'zod'
import { JOB_STATES, type jobShape, type scheduledShape } from '../../core/shapes/job.ts'
import { UsageError } from '../context.ts'
import { lengthOf } from '../since.ts'
import { type JsonOption, type LineWords, withLine } from './called-line.ts'
import {
  addPageOptions,
  formatWhen,
  gather,
  lineCommand,
  numberOf,
  PAGE_NAMES,
  type Page,
  type PageOptions,
  printLines,
  printPage,
  refOf,
} from './commands.ts'
import { readJsonOption } from './written.ts'

type Job = z.infer<typeof jobShape>

interface ListOptions extends PageOptions {
  readonly state?: string
  readonly lead?: number
}

interface ScheduleOptions extends JsonOption {
  readonly script?: string
  readonly trigger?: string
  readonly broadcast?: string
  readonly lead?: number
  readonly chat?: string
  readonly person?: string
  readonly at?: string
  readonly in?: number
  readonly every?: number
  readonly cron?: string
  readonly zone?: string
  readonly until?: string
  readonly condition?: string
  readonly params?: string
  readonly addTag?: readonly string[]
  readonly removeTag?: readonly string[]
  readonly key?: string
}

/** The options of the params that have other names. */
const NAMES = {
  ...{ script: '--script', trigger: '--trigger', broadcast: '--broadcast', lead: '--lead' },
  ...{ chat: '--chat', 'chat.id': '--chat', person: '--person', runAt: '--at' },
  ...{ runAfterSec: '--in', periodSec: '--every', cron: '--cron', timeZone: '--zone' },
  ...{ until: '--until', condition: '--condition', params: '--params', key: '--key' },
  ...{ addTags: '--add-tag', removeTags: '--remove-tag' },
}

/** `hub job list|get|schedule|cancel`. */
export function addJobCommands(program: Command): void {
  const job = program
    .command('job')
    .description('runs of scripts, triggers and broadcasts: now, later or again and again')
  addPageOptions(lineCommand(job, 'list', { does: 'list the jobs of a line, the newest first' }))
    .addOption(new Option('--state <state>', 'only those').choices([...JOB_STATES]))
    .option('--lead <number>', 'only those of a recipient', numberOf('--lead'))
    .action((portal: string, connector: string, line: string, options: ListOptions) =>
      list([portal, connector, line], options),
    )
  lineCommand(job, 'get', {
    args: '<id>',
    does: 'say what has become of a job',
    example: 'job_00000000001',
  }).action((portal: string, connector: string, line: string, id: string, options: JsonOption) =>
    get([portal, connector, line], id, options),
  )
  addScheduleOptions(
    lineCommand(job, 'schedule', {
      does: 'run a script, trigger or broadcast',
      example: `--script visit-reminder --lead 7 --in 20h --params '{"time":"15:30"}'`,
    }),
  ).action((portal: string, connector: string, line: string, options: ScheduleOptions) =>
    schedule([portal, connector, line], options),
  )
  lineCommand(job, 'cancel', {
    args: '<id>',
    does: 'end a job that has not ended, with all further times of one that repeats',
    example: 'job_00000000001',
  }).action((portal: string, connector: string, line: string, id: string, options: JsonOption) =>
    cancel([portal, connector, line], id, options),
  )
}

function addScheduleOptions(command: Command): Command {
  return command
    .option('--script <code>', 'what is run: a script, …')
    .option('--trigger <code>', '… a trigger, whatever it starts on, …')
    .option('--broadcast <code>', '… or a broadcast')
    .option('--lead <number>', 'for whom: a recipient, …', numberOf('--lead'))
    .option('--chat <id>', '… by the chat, …')
    .option('--person <id>', '… or by the person, whose recipient was seen last')
    .option('--at <instant>', 'when, such as 2030-01-31T09:00:00+01:00; now, if neither is there')
    .option('--in <time>', 'after so many seconds, or 90m, 20h, 7d', secondsOf('--in'))
    .option('--every <time>', 'again and again, from a minute on', secondsOf('--every'))
    .option('--cron <fields>', 'again and again, by five fields of cron')
    .option('--zone <name>', "the time zone of --cron; the portal's, if it isn't there")
    .option('--until <instant>', 'no repetition after it')
    .option('--condition <code>', 'JavaScript that is asked now and when the job is due')
    .option('--params <json>', 'params of the script, as JSON or @file')
    .option('--add-tag <tag>', 'set when the job runs; may be given several times', gather)
    .option('--remove-tag <tag>', 'taken away then; may be given several times', gather)
    .option('--key <key>', 'the same key within 24 h gives the same job')
}

/** `3600`, `90m`, `20h`, `7d`. */
function secondsOf(option: string): (text: string) => number {
  return (text) => {
    const length = /^\d{1,10}$/.test(text) ? Number(text) : (lengthOf(text) ?? Number.NaN) / 1000
    if (Number.isFinite(length)) return length
    throw new UsageError(`${option} takes seconds, or 30m, 2h, 1d`)
  }
}

async function list(words: LineWords, { json, ...search }: ListOptions): Promise<void> {
  await withLine(words, async (line) => {
    const page = await line.call<Page<Job>>('listJobs', search, { ...PAGE_NAMES, lead: '--lead' })
    const now = line.services.clock.now()
    printPage(page, json, {
      headings: ['ID', 'STATE', 'DUE', 'RUNS', 'LEAD', 'STEPS', 'MADE', 'FAULT'],
      none: 'There are no such jobs.',
      row: (job) => [
        ...[job.id, job.state, formatWhen(job.dueAt, now), whatOf(job)],
        ...[job.lead === undefined ? '' : String(job.lead), String(job.position)],
        ...[formatWhen(job.createdAt, now), faultOf(job)],
      ],
    })
  })
}

async function get(words: LineWords, id: string, { json }: JsonOption): Promise<void> {
  await withLine(words, async (line) => {
    const job = await line.call<Job>('getJob', { id })
    printLines(json, job, describe(job, line.services.clock.now()))
  })
}

async function cancel(words: LineWords, id: string, { json }: JsonOption): Promise<void> {
  await withLine(words, async (line) => {
    const job = await line.call<Job>('cancelJob', { id })
    printLines(json, job, describe(job, line.services.clock.now()))
  })
}

async function schedule(words: LineWords, options: ScheduleOptions): Promise<void> {
  const params = await toParams(options)
  await withLine(words, async (line) => {
    const job = await line.call<z.infer<typeof scheduledShape>>('scheduleJob', params, NAMES)
    const when = formatWhen(job.dueAt, line.services.clock.now())
    printLines(options.json, job, [`${job.id} is due at ${job.dueAt} (${when}).`])
  })
}

async function toParams({
  json: _,
  chat,
  at,
  in: runAfterSec,
  every,
  zone,
  addTag,
  removeTag,
  params: written,
  ...rest
}: ScheduleOptions): Promise<object> {
  const { script, trigger, broadcast } = rest
  return {
    ...rest,
    ...present({
      script: script === undefined ? undefined : refOf(script),
      trigger: trigger === undefined ? undefined : refOf(trigger),
      broadcast: broadcast === undefined ? undefined : refOf(broadcast),
      chat: chat === undefined ? undefined : { id: chat },
      ...{ runAt: at, runAfterSec, periodSec: every, timeZone: zone },
      ...{ addTags: addTag, removeTags: removeTag },
      params: written === undefined ? undefined : await readJsonOption('--params', written),
    }),
  }
}

/** An option that was given empty is a fault to be named, and none that is absent. */
function present(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

function describe(job: Job, now: number): string[] {
  const { id, state, dueAt, finishedAt, lead, position } = job
  const fault = faultOf(job)
  return [
    `${id} is ${state}.`,
    `  runs    ${whatOf(job)}${lead === undefined ? '' : ` for recipient ${lead}`}`,
    finishedAt === undefined
      ? `  due     ${dueAt} (${formatWhen(dueAt, now)})`
      : `  ended   ${finishedAt} (${formatWhen(finishedAt, now)})`,
    `  steps   ${position}`,
    ...(fault === '' ? [] : [`  fault   ${fault}`]),
  ]
}

function whatOf({ script, trigger, broadcast }: Job): string {
  if (broadcast !== undefined) return `broadcast ${broadcast}`
  const by = trigger === undefined ? '' : ` by trigger ${trigger}`
  return script === undefined ? `trigger ${trigger}` : `script ${script}${by}`
}

function faultOf({ error }: Job): string {
  return error === undefined ? '' : `${error.code}: ${error.message}`
}
