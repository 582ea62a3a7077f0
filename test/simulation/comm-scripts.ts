import type { Step } from '../../src/communications/script/steps.ts'
import type { Random } from './random.ts'

/** The script that code of other scripts schedules for their own recipient, or another one. */
export const CHILD = 'child'
export const HOT_TAG = 'hot'

/** Steps as the simulation draws them; `Step` is what becomes of them. The name of each is in what it sends. */
export type Drawn =
  | { readonly kind: 'send'; readonly name: string }
  | { readonly kind: 'many'; readonly name: string; readonly count: number }
  | { readonly kind: 'wait'; readonly seconds: number }
  | { readonly kind: 'ask'; readonly name: string; readonly timeoutSec: number }
  | { readonly kind: 'if'; readonly name: string; readonly then: readonly Drawn[] }
  | { readonly kind: 'call'; readonly name: string; readonly isCaught: boolean }
  /** Schedules the child; `isKeyed`: with one key for all times that the job comes to this step. */
  | { readonly kind: 'code'; readonly name: string; readonly isKeyed: boolean }
  | { readonly kind: 'run'; readonly script: string }
  | { readonly kind: 'tag'; readonly tag: string; readonly isAdded: boolean }

/** A tree that begins and ends with a message. `runs`: scripts that it may run. */
export function drawScript(random: Random, code: string, runs: readonly string[]): Drawn[] {
  const middle = Array.from({ length: random.int(0, 4) }, (_, index) =>
    drawStep(random, `${code}.${index}`, runs),
  )
  return [{ kind: 'send', name: `${code}.S` }, ...middle, { kind: 'send', name: `${code}.E` }]
}

function drawStep(random: Random, name: string, runs: readonly string[]): Drawn {
  const kind = random.weighted({
    send: 3,
    wait: 3,
    ask: 3,
    if: 2,
    call: 2,
    code: 2,
    tag: 1,
    many: 0.15,
    run: runs.length > 0 ? 2 : 0,
  })
  switch (kind) {
    case 'wait':
      return { kind, seconds: random.pick([0.001, 0.5, 1, 3]) }
    case 'ask':
      return { kind, name, timeoutSec: random.pick([0.5, 3, 6]) }
    case 'if':
      return {
        kind,
        name,
        then: [{ kind: 'send', name: `${name}.T` }, drawStep(random, `${name}.U`, [])],
      }
    case 'call':
      return { kind, name, isCaught: random.chance(0.7) }
    case 'code':
      return { kind, name, isKeyed: random.chance(0.4) }
    case 'run':
      return { kind, script: random.pick(runs) }
    case 'tag':
      return { kind, tag: HOT_TAG, isAdded: random.chance(0.6) }
    case 'many':
      return { kind, name, count: 130 }
    default:
      return { kind, name }
  }
}

export const CONDITION = 'return params.n % 2 === 0;'
const WHAT = `script: '${CHILD}', lead: params.other, params: { by: params.j }`
const CHILD_CODE = `bot.scheduleJob({ ${WHAT} });`
const KEYED_CODE = `bot.scheduleJob({ ${WHAT}, key: 'bot-' + params.j });`
export const keyBy = (j: unknown): string => `bot-${j}`

export function toSteps(drawn: readonly Drawn[]): Step[] {
  return drawn.flatMap(toStep)
}

function send(text: string): Step {
  return { send: { text } }
}

function toStep(one: Drawn): Step[] {
  switch (one.kind) {
    case 'send':
      return [send(one.name)]
    case 'many':
      return Array.from({ length: one.count }, (_, index) => send(`${one.name}.${index}`))
    case 'wait':
      return [{ wait: one.seconds }]
    case 'ask':
      return [
        send(`${one.name}.Q`),
        {
          waitReply: {
            timeoutSec: one.timeoutSec,
            save: 'answer',
            onTimeout: [send(`${one.name}.L`)],
          },
        },
        send(`${one.name}.A:{{ lead.attributes.answer }}`),
      ]
    case 'if':
      return [{ if: CONDITION, then: toSteps(one.then), else: [send(`${one.name}.F`)] }]
    case 'call':
      return [
        {
          call: {
            url: 'https://api.example/{{ params.j }}',
            save: 'r',
            ...(one.isCaught ? { onError: [send(`${one.name}.X`)] } : {}),
          },
        },
        send(`${one.name}.C:{{ params.r }}`),
      ]
    case 'code':
      return one.isKeyed
        ? [{ code: KEYED_CODE }, send(`${one.name}.KK`)]
        : [{ code: CHILD_CODE }, send(`${one.name}.K`)]
    case 'run':
      return [{ run: one.script }]
    case 'tag':
      return [{ tag: one.isAdded ? { add: one.tag } : { remove: one.tag } }]
  }
}
