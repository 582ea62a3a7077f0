import { z } from 'zod'
import type { Json, JsonObject } from '../../core/json.ts'
import {
  codeField,
  leadField,
  numberId,
  paramsField,
  personField,
} from '../../core/shapes/comm-fields.ts'
import { botJobSchema, type JobParams } from '../../core/shapes/job.ts'
import { newMessageSchema, type WrittenMessage } from '../../core/written-message.ts'
import type { BotCall } from '../sandbox/sandbox.ts'
import { check } from './check.ts'

/** What code has ordered for later. */
export type BotEffect =
  | { readonly kind: 'scheduleJob'; readonly job: JobParams }
  | ({
      readonly kind: 'run'
      readonly what: 'script' | 'trigger'
      /** A number is an id, a text a code. */
      readonly ref: string | number
      readonly params: JsonObject
    } & ({ readonly lead: number } | { readonly person: string }))

/** What one call of `bot` becomes. */
export type BotCallEffect =
  | { readonly kind: 'bot'; readonly call: BotEffect }
  | { readonly kind: 'send'; readonly message: WrittenMessage }
  | {
      readonly kind: 'change'
      readonly addTags?: readonly string[]
      readonly removeTags?: readonly string[]
      readonly attributes?: JsonObject
    }

type Read = { readonly effect: BotCallEffect } | { readonly problem: string }

/** Of one step: more is a loop that nobody meant. */
const MAX_CALLS = 200

/** The calls that code has made, in order, as effects; at the first wrong one, what is wrong with it. `leadId`: whose job it is. */
export function readBotCalls(
  calls: readonly BotCall[],
  leadId: number,
): { readonly effects: readonly BotCallEffect[] } | { readonly problem: string } {
  if (calls.length > MAX_CALLS) {
    return { problem: `made more than ${MAX_CALLS} calls of bot in one step` }
  }
  const effects: BotCallEffect[] = []
  for (const call of calls) {
    const read = readCall(call, leadId)
    if ('problem' in read) return read
    effects.push(read.effect)
  }
  return { effects }
}

function readCall({ name, args }: BotCall, leadId: number): Read {
  const reader = READERS.get(name) ?? runnerOf(name)
  return reader ? reader(args, leadId) : { problem: `bot has no ${name}` }
}

type Reader = (args: readonly Json[], leadId: number) => Read

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['scheduleJob', readJob],
  ['addTags', (args) => readTags('addTags', args)],
  ['removeTags', (args) => readTags('removeTags', args)],
  ['setAttributes', readAttributes],
  ['send', readMessage],
])

function readJob([job]: readonly Json[], leadId: number): Read {
  const checked = check(botJobSchema, job, 'bot.scheduleJob')
  if ('problem' in checked) return checked
  const { broadcast, lead, chat, person } = checked.value
  const isNobody = [broadcast, lead, chat, person].every((value) => value === undefined)
  const own = isNobody ? { lead: leadId } : {}
  return {
    effect: { kind: 'bot', call: { kind: 'scheduleJob', job: { ...checked.value, ...own } } },
  }
}

/** Longer than a tag may be, for their length is checked with the recipient's others. */
const tagList = z.array(z.string().min(1).max(1000)).max(100)

/** `bot.addTags(['a', 'b'])` or `bot.addTags('a', 'b')`. */
function readTags(name: 'addTags' | 'removeTags', args: readonly Json[]): Read {
  const [first] = args
  const checked = check(tagList, Array.isArray(first) ? first : args, `bot.${name}`)
  return 'problem' in checked ? checked : { effect: { kind: 'change', [name]: checked.value } }
}

const attributes = z.record(z.string().min(1).max(128), z.json())

function readAttributes([values]: readonly Json[]): Read {
  const checked = check(attributes, values, 'bot.setAttributes')
  if ('problem' in checked) return checked
  return { effect: { kind: 'change', attributes: checked.value as JsonObject } }
}

function readMessage([message]: readonly Json[]): Read {
  const checked = check(newMessageSchema, message, 'bot.send')
  return 'problem' in checked ? checked : { effect: { kind: 'send', message: checked.value } }
}

const RUN = /^run(Script|Trigger)(ByName)?For(Lead|Person)$/

/** `runScriptForLead(id, leadId, params?)`, `runTriggerByNameForPerson(code, person, params?)` and their like. */
function runnerOf(name: string): Reader | undefined {
  const parts = RUN.exec(name)
  if (!parts) return undefined
  const [, thing, byName, whom] = parts
  const shape = z.tuple([
    byName ? codeField : numberId,
    whom === 'Lead' ? leadField : personField,
    paramsField.nullish(),
  ])
  return ([ref, target, params]) => {
    const checked = check(shape, [ref, target, params], `bot.${name}`)
    if ('problem' in checked) return checked
    const [which, who, given] = checked.value
    const what = thing === 'Script' ? 'script' : 'trigger'
    const run = { kind: 'run', what, ref: which, params: given ?? {} } as const
    const call = typeof who === 'number' ? { ...run, lead: who } : { ...run, person: String(who) }
    return { effect: { kind: 'bot', call } }
  }
}
