import { isRecord, type Json, type JsonObject } from '#core/json.ts'
import type { TextFormat } from '#core/portal.ts'
import type {
  BotCall,
  Outcome,
  RenderTask,
  Task,
} from '../../../src/communications/sandbox/sandbox.ts'
import { compile } from '../../../src/communications/script/compile.ts'
import { advance, begin, newProgress } from '../../../src/communications/script/machine.ts'
import type {
  Advance,
  CallRequest,
  CallResult,
  Effect,
  Input,
  Loaded,
  Progress,
  State,
  Stop,
  Wait,
} from '../../../src/communications/script/machine-types.ts'
import { changeLead } from '../../../src/communications/script/recipient-change.ts'
import type { Step } from '../../../src/communications/script/steps.ts'

export const NOW = 1_800_000_000_000
export const LEAD_ID = 135

export type End = Extract<Stop, { readonly kind: 'end' | 'fail' }>

export interface WorldOptions {
  /** By code; the first is the one that runs, as number 1, the next 2 … */
  readonly scripts: Readonly<Record<string, readonly Step[]>>
  readonly params?: JsonObject
  readonly lead?: JsonObject
  readonly textFormat?: TextFormat
  /** What code gives: by its text. A text that isn't here is true if it says so. */
  readonly code?: Readonly<Record<string, Outcome | readonly BotCall[]>>
  readonly call?: (request: CallRequest, key: string) => CallResult
  /** What the person answers to the wait at this position; undefined: nothing. */
  readonly reply?: (count: number) => string | undefined
  /** Asked before every call of the machine: does the process die here? */
  readonly crash?: () => boolean
}

/** Drives the machine as the engine does: commits at waits and at the end, and forgets everything else in a crash. */
export class World {
  now = NOW
  lead: JsonObject
  /** Committed. */
  readonly effects: Effect[] = []
  readonly waits: Wait[] = []
  readonly requests: { request: CallRequest; key: string }[] = []
  readonly tasks: Task[] = []
  progress: Progress
  end: End | undefined
  commits = 0
  crashes = 0
  readonly #options: WorldOptions
  readonly #scripts: ReadonlyMap<string | number, Loaded>

  constructor(options: WorldOptions) {
    this.#options = options
    const scripts = Object.entries(options.scripts).map(([code, steps], at) => {
      const loaded = { script: at + 1, version: 1, program: compile(steps) }
      return [code, loaded] as const
    })
    this.#scripts = new Map<string | number, Loaded>([
      ...scripts,
      ...scripts.map(([, loaded]) => [loaded.script, loaded] as const),
    ])
    this.lead = { tags: [], attributes: {}, ...options.lead }
    this.progress = newProgress(1, 1, options.params ?? {})
  }

  /** Until the job has ended. */
  run(): this {
    for (let turn = 0; !this.end; turn += 1) {
      if (turn > 10_000) throw new Error('the job goes on for ever')
      this.#burst()
    }
    return this
  }

  /** From the last commit to the next, or to a crash. */
  #burst(): void {
    const input = this.#nextInput()
    const view = { leadId: LEAD_ID, lead: this.lead, now: this.now }
    let state: State = begin(this.progress, view, this.#options.textFormat)
    let given: Input | undefined = input
    const effects: Effect[] = []
    while (given) {
      if (this.#options.crash?.()) {
        this.crashes += 1
        return
      }
      const step: Advance = advance(state, given)
      state = step.state
      effects.push(...step.effects)
      given = this.#answer(step.stop)
      if (!given) this.#commit(state.progress, effects, step.stop)
    }
  }

  #nextInput(): Input {
    const { wait, count } = this.progress
    if (!wait) return { kind: 'go' }
    if (wait.kind === 'call') {
      this.now = Math.max(this.now, wait.until)
      const key = `job_1:${count}`
      this.requests.push({ request: wait.request, key })
      const result = this.#options.call?.(wait.request, key) ?? { status: 200, body: '{}' }
      return { kind: 'called', result }
    }
    const text = wait.kind === 'reply' ? this.#options.reply?.(count) : undefined
    if (text !== undefined) return { kind: 'reply', text }
    this.now = Math.max(this.now, wait.until)
    return { kind: 'time' }
  }

  /** Undefined: nothing more comes before a commit. */
  #answer(stop: Stop): Input | undefined {
    if (stop.kind === 'evaluate') {
      this.tasks.push(stop.task)
      return { kind: 'evaluated', outcome: this.#evaluate(stop.task) }
    }
    if (stop.kind !== 'load') return undefined
    const loaded = this.#scripts.get(stop.script)
    return { kind: 'loaded', ...(loaded ? { loaded } : {}) }
  }

  #commit(progress: Progress, effects: readonly Effect[], stop: Stop): void {
    this.commits += 1
    this.progress = JSON.parse(JSON.stringify(progress)) as Progress
    for (const effect of effects) {
      this.effects.push(effect)
      if (effect.kind !== 'change') continue
      const changed = changeLead(this.lead, effect)
      if ('problem' in changed) throw new Error(changed.problem)
      this.lead = changed.lead
    }
    if (stop.kind === 'wait') this.waits.push(stop.wait)
    else if (stop.kind === 'end' || stop.kind === 'fail') this.end = stop
  }

  #evaluate(task: Task): Outcome {
    if (task.kind === 'render') {
      try {
        return { ok: true, value: render(task.template, task), calls: [] }
      } catch (error) {
        return { ok: false, problem: (error as Error).message }
      }
    }
    const result = this.#options.code?.[task.code]
    if (result && 'ok' in result) return result
    const value = task.code.startsWith('tagged ')
      ? [task.scope.lead['tags']].flat().includes(task.code.slice('tagged '.length))
      : task.code === 'return true'
    return { ok: true, value, calls: result ?? [] }
  }
}

/** `{{ lead.name }}` and nothing else of Liquid. `{{ fail }}` fails. */
/** Escapes in `text` alone. */
function render(template: Json, task: RenderTask, isText = false): Json {
  if (typeof template === 'string') {
    return template.replaceAll(/\{\{ *([\w.]+) *\}\}/g, (_, path: string) => {
      if (path === 'fail') throw new Error('undefined filter: fail')
      const value = path
        .split('.')
        .reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), task.scope)
      const text = value === undefined ? '' : String(value)
      return task.escape?.text === 'bbcode' && isText ? text.replaceAll('[', '&#91;') : text
    })
  }
  if (Array.isArray(template)) return template.map((item: Json) => render(item, task))
  if (!isRecord(template)) return template
  const isTop = template === task.template
  return Object.fromEntries(
    Object.entries(template).map(([key, value]) => [
      key,
      render(value as Json, task, isTop && key === 'text'),
    ]),
  )
}
