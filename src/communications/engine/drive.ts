import type { Sandbox, Task } from '../sandbox/sandbox.ts'
import { advance } from '../script/machine.ts'
import type { Effect, Input, State, Stop } from '../script/machine-types.ts'
import type { Programs, Where } from './programs.ts'

/** A job's machine on its way to the next commit. */
export interface Driven {
  state: State
  readonly where: Where
  readonly effects: Effect[]
  input: Input
  stop?: Extract<Stop, { readonly kind: 'wait' | 'end' | 'fail' }>
}

/**
 * Lets all of the machines go on until each waits, has ended or has failed. What they want evaluated goes to the sandbox together:
 * asking it costs as much for one as for a hundred.
 */
export async function drive(
  machines: readonly Driven[],
  { sandbox, programs }: { readonly sandbox: Sandbox; readonly programs: Programs },
): Promise<void> {
  let going = machines.filter(({ stop }) => stop === undefined)
  while (going.length > 0) {
    const tasks: { readonly one: Driven; readonly task: Task }[] = []
    for (const one of going) {
      const stop = await goOn(one, programs)
      if (stop) tasks.push({ one, task: stop })
    }
    const outcomes = tasks.length > 0 ? await sandbox.run(tasks.map(({ task }) => task)) : []
    tasks.forEach(({ one }, index) => {
      const outcome = outcomes[index] ?? { ok: false, problem: 'the sandbox gave no answer' }
      one.input = { kind: 'evaluated', outcome }
    })
    going = tasks.map(({ one }) => one)
  }
}

/** Gives what is to be evaluated, if that is where it stops. */
async function goOn(one: Driven, programs: Programs): Promise<Task | undefined> {
  for (;;) {
    const { state, effects, stop } = advance(one.state, one.input)
    one.state = state
    one.effects.push(...effects)
    if (stop.kind === 'evaluate') return stop.task
    if (stop.kind !== 'load') {
      one.stop = stop
      return undefined
    }
    const loaded = await programs.load(one.where, stop.script, stop.version)
    one.input = loaded ? { kind: 'loaded', loaded } : { kind: 'loaded' }
  }
}
