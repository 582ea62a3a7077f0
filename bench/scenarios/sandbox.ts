import { createLocalSandbox } from '../../src/communications/sandbox/evaluator.ts'
import { createWorkerSandbox } from '../../src/communications/sandbox/host.ts'
import type { Sandbox, Task } from '../../src/communications/sandbox/sandbox.ts'
import { type Figures, inRounds, type Scenario } from '../bench.ts'

const CONDITION: Task = {
  kind: 'condition',
  code: 'if (leadId == 135 && lead.tags.includes("vip")) return true;',
  scope: {
    lead: { lead: 135, name: 'Ann', language: 'en', tags: ['vip', 'new'], attributes: { a: 1 } },
    params: { n: 5 },
    event: { type: 'message.received', text: 'hello there' },
    now: 1_767_323_045_678,
  },
}
const ENDLESS = { ...CONDITION, code: 'new Array(1e9).join("x")' }
const SINGLES = 2000
const BATCHES = 100
const BATCH = 100

/** What does a condition of a portal cost, and how long can a hostile one hold up the others? */
export const sandbox: Scenario = {
  name: 'sandbox',
  about: 'conditions in the sandbox, in this thread and in its worker, alone and a hundred at once',
  goals: [
    { figure: 'here, of 100: median, ms', is: 'below', than: 0.3 },
    { figure: 'worker, of 100: median, ms', is: 'below', than: 0.3 },
    { figure: 'worker: endless code, ms', is: 'below', than: 200 },
  ],
  run: (bench, rounds) =>
    inRounds(rounds, async (round) => {
      bench.say(`round ${round}`)
      return {
        ...(await measure('here', createLocalSandbox())),
        ...(await measure('worker', createWorkerSandbox())),
      }
    }),
}

async function measure(where: string, box: Sandbox): Promise<Figures> {
  await times(box, CONDITION, 1, SINGLES)
  const alone = await times(box, CONDITION, 1, SINGLES)
  const together = await times(box, CONDITION, BATCH, BATCHES)
  const endless = await times(box, ENDLESS, 1, 5)
  await box.close()
  return {
    [`${where}, alone: median, ms`]: quantile(alone, 0.5),
    [`${where}, alone: p99, ms`]: quantile(alone, 0.99),
    [`${where}, of ${BATCH}: median, ms`]: quantile(together, 0.5) / BATCH,
    [`${where}: endless code, ms`]: quantile(endless, 1),
  }
}

/** How long each of the runs took, in rising order. */
async function times(box: Sandbox, task: Task, size: number, runs: number): Promise<number[]> {
  const tasks = Array.from({ length: size }, () => task)
  const all: number[] = []
  while (all.length < runs) {
    const startedAt = performance.now()
    await box.run(tasks)
    all.push(performance.now() - startedAt)
  }
  return all.sort((a, b) => a - b)
}

function quantile(rising: readonly number[], share: number): number {
  return rising[Math.min(rising.length - 1, Math.floor(rising.length * share))] ?? 0
}
