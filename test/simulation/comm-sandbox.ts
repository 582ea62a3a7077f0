import type { BotCall, Outcome, Sandbox, Task } from '../../src/communications/sandbox/sandbox.ts'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { isRecord } from '../../src/core/json.ts'

type Code = (lead: unknown, params: unknown, event: unknown, bot: unknown) => unknown

const MAX_KNOWN = 1000

/**
 * Does what the few conditions, codes and templates of the simulation need, in no time: the real sandbox measures time by the
 * machine's clock. `pause` lets the world go on before the answer.
 */
export function createSimSandbox(pause: () => Promise<void>): Sandbox {
  const known = new Map<string, Code>()
  const codeOf = (source: string): Code => {
    const before = known.get(source)
    if (before) return before
    if (known.size > MAX_KNOWN) known.clear()
    const code = new Function('lead', 'params', 'event', 'bot', source) as Code
    known.set(source, code)
    return code
  }
  return {
    run: async (tasks) => {
      await pause()
      return tasks.map((task) => evaluate(task, codeOf))
    },
    check: async (sources) => {
      await pause()
      return sources.map(() => undefined)
    },
    close: async () => undefined,
  }
}

function evaluate(task: Task, codeOf: (source: string) => Code): Outcome {
  if (task.kind === 'render')
    return { ok: true, value: render(task.template, task.scope), calls: [] }
  const calls: BotCall[] = []
  const bot = { scheduleJob: (...args: Json[]) => calls.push({ name: 'scheduleJob', args }) }
  const { lead, params, event } = task.scope
  const value = codeOf(task.code)(lead, params, event, bot)
  if (task.kind === 'condition') return { ok: true, value: Boolean(value), calls: [] }
  return { ok: true, value: null, calls: JSON.parse(JSON.stringify(calls)) as BotCall[] }
}

function render(template: Json | undefined, scope: object): Json {
  if (template === undefined) return null
  if (typeof template === 'string') {
    return template.replaceAll(/\{\{ ([\w.]+) \}\}/g, (_, path: string) => valueAt(scope, path))
  }
  if (Array.isArray(template)) return template.map((one) => render(one, scope))
  if (!isRecord(template)) return template
  return Object.fromEntries(
    Object.entries(template as JsonObject).map(([key, value]) => [key, render(value, scope)]),
  )
}

function valueAt(scope: object, path: string): string {
  let value: unknown = scope
  for (const name of path.split('.')) value = isRecord(value) ? value[name] : undefined
  return value === undefined || value === null ? '' : String(value)
}
