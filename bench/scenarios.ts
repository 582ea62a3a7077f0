import type { Scenario } from './bench.ts'
import { accept } from './scenarios/accept.ts'
import { baseline } from './scenarios/baseline.ts'
import { ceiling } from './scenarios/ceiling.ts'
import { checks } from './scenarios/checks.ts'
import { communications } from './scenarios/communications.ts'
import { console } from './scenarios/console.ts'
import { deadLine } from './scenarios/dead-line.ts'
import { drainLine } from './scenarios/drain.ts'
import { journal } from './scenarios/journal.ts'
import { kill } from './scenarios/kill.ts'
import { latency } from './scenarios/latency.ts'
import { lines } from './scenarios/lines.ts'
import { memory } from './scenarios/memory.ts'
import { notifications } from './scenarios/notifications.ts'
import { outbox } from './scenarios/outbox.ts'
import { peers } from './scenarios/peers.ts'
import { portals } from './scenarios/portals.ts'
import { recipients } from './scenarios/recipients.ts'
import { repeats } from './scenarios/repeats.ts'
import { sandbox } from './scenarios/sandbox.ts'
import { scrape } from './scenarios/scrape.ts'
import { shares } from './scenarios/shares.ts'
import { single } from './scenarios/single.ts'
import { stalls } from './scenarios/stalls.ts'
import { walls } from './scenarios/walls.ts'
import { webchat } from './scenarios/webchat.ts'
import { workers } from './scenarios/workers.ts'

export const SCENARIOS: readonly Scenario[] = [
  accept,
  ceiling,
  baseline,
  latency,
  memory,
  single,
  kill,
  deadLine,
  workers,
  shares,
  walls,
  checks,
  drainLine,
  lines,
  repeats,
  outbox,
  notifications,
  journal,
  portals,
  sandbox,
  recipients,
  communications,
  scrape,
  console,
  webchat,
  stalls,
  peers,
]

/** Run when `--only` is absent: what shows a change in two minutes. */
export const USUAL: readonly Scenario[] = [accept, baseline, latency, memory]

export const PEERS = peers

export function describeScenarios(): string {
  const width = Math.max(...SCENARIOS.map(({ name }) => name.length))
  const rows = SCENARIOS.map((one) => {
    const usual = USUAL.includes(one) ? ' (usual)' : ''
    return `  ${one.name.padEnd(width)}  ${one.about}${usual}`
  })
  return `Scenarios:\n${rows.join('\n')}\n`
}
