import assert from 'node:assert/strict'
import { after } from 'node:test'
import { createLocalSandbox } from '../../src/communications/sandbox/evaluator.ts'
import { createWorkerSandbox } from '../../src/communications/sandbox/host.ts'
import type {
  BotCall,
  Outcome,
  RenderTask,
  Sandbox,
  Scope,
} from '../../src/communications/sandbox/sandbox.ts'
import type { Json } from '../../src/core/json.ts'

export const SCOPE: Scope = {
  lead: { lead: 135, name: 'Ann', tags: ['vip'], attributes: { visits: 3 } },
  params: { keys: 'K-7', n: 5 },
  event: { type: 'message.received', text: 'hi' },
  data: { foo: 'bar', keys: 'from data' },
  now: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
}

/** A sandbox with shorter ways to ask it; closed when the tests of the file are done. */
export class SandboxDriver {
  readonly #sandbox: Sandbox

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox
    after(() => sandbox.close())
  }

  run(code: string, scope: Scope = SCOPE): Promise<Outcome> {
    return this.#one({ kind: 'code', code, scope })
  }

  condition(code: string, scope: Scope = SCOPE): Promise<Outcome> {
    return this.#one({ kind: 'condition', code, scope })
  }

  render(
    template: Json,
    scope: Scope = SCOPE,
    more: Pick<RenderTask, 'escape'> = {},
  ): Promise<Outcome> {
    return this.#one({ kind: 'render', template, scope, ...more })
  }

  async value(code: string, scope: Scope = SCOPE): Promise<Json> {
    return gotValue(await this.run(code, scope))
  }

  async calls(code: string): Promise<readonly BotCall[]> {
    const outcome = await this.run(code)
    assert.ok(outcome.ok, JSON.stringify(outcome))
    return outcome.calls
  }

  async problem(code: string, scope: Scope = SCOPE): Promise<string> {
    return problemOf(await this.run(code, scope))
  }

  async rendered(template: Json, scope: Scope = SCOPE): Promise<Json> {
    return gotValue(await this.render(template, scope))
  }

  async check(kind: 'code' | 'template', source: string): Promise<string | undefined> {
    const [problem] = await this.#sandbox.check([{ kind, source }])
    return problem
  }

  async #one(task: Parameters<Sandbox['run']>[0][number]): Promise<Outcome> {
    const [outcome] = await this.#sandbox.run([task])
    assert.ok(outcome)
    return outcome
  }
}

export function gotValue(outcome: Outcome): Json {
  assert.ok(outcome.ok, JSON.stringify(outcome))
  return outcome.value
}

export function problemOf(outcome: Outcome): string {
  assert.ok(!outcome.ok, JSON.stringify(outcome))
  assert.ok(outcome.problem.length <= 500)
  return outcome.problem
}

/** Each test of the sandbox is one of both. */
export const SANDBOXES: ReadonlyMap<string, () => Sandbox> = new Map([
  ['in this thread', createLocalSandbox],
  ['in a worker', createWorkerSandbox],
])
