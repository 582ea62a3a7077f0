import type { z } from 'zod'
import { sleep } from '../../core/clock.ts'
import { type RUN_STATES, runCounts, type runShape } from '../../core/shapes/broadcast.ts'
import { findLiveHubs } from '../../lease/live-hubs.ts'
import type { Services } from '../../services.ts'
import { formatAge } from '../age.ts'
import { EXIT } from '../context.ts'
import type { CalledLine } from './called-line.ts'

type Run = z.infer<typeof runShape>

const LOOK_MS = 500

/** `brn_… is running: 3 of 10: 2 delivered, 1 failed; 7 wait, 2 min more` */
export function tellRun(id: string, run: Run): string {
  const { state, total, queued, etaSec } = run
  const ended = Object.keys(runCounts).flatMap((name) => {
    const count = run[name as keyof typeof runCounts]
    return name === 'total' || name === 'queued' || count === 0
      ? []
      : [`${count} ${WORDS[name] ?? name}`]
  })
  const parts = [
    `${total - queued} of ${total}`,
    ...(ended.length > 0 ? [ended.join(', ')] : []),
    ...(queued > 0 ? [`${queued} wait`] : []),
    ...(etaSec === undefined || etaSec === 0 ? [] : [`${formatAge(etaSec * 1000)} more`]),
  ]
  return `${id} is ${state}: ${parts.join('; ')}.`
}

const WORDS: Readonly<Record<string, string>> = {
  skipped: 'skipped by a condition',
  blocked: 'have blocked the account',
  outsideWindow: 'wrote too long ago',
}

const ENDS: ReadonlySet<(typeof RUN_STATES)[number]> = new Set(['done', 'cancelled', 'failed'])

/**
 * Looks until the run has ended, or somebody has had enough (Ctrl-C): the run itself goes on then. Says what has changed. A run
 * that was cancelled or has failed is exit code 1.
 */
export async function watchRun(
  line: CalledLine,
  id: string,
  say: (text: string) => void = () => undefined,
): Promise<Run> {
  const enough = new AbortController()
  const stop = (): void => enough.abort()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop)
  let last = ''
  let run: Run
  do {
    run = await line.call<Run>('getBroadcast', { run: id })
    const told = tellRun(id, run)
    if (told !== last) say(told)
    last = told
    if (ENDS.has(run.state)) break
    await sleep(line.services.clock, LOOK_MS, enough.signal)
  } while (!enough.signal.aborted)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.off(signal, stop)
  if (ENDS.has(run.state) && run.state !== 'done') process.exitCode = EXIT.failure
  return run
}

/** Where no hub runs, nobody sends: a line that says so. */
export async function hintOfNoHub({ store }: Pick<Services, 'store'>): Promise<readonly string[]> {
  if ((await findLiveHubs(store)).length > 0) return []
  return ['No hub runs on this store now: it begins when one does.']
}
