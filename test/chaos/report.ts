import type { BitrixOutcome } from './bitrix-verdict.ts'
import type { Load } from './load.ts'
import type { Monkey } from './monkey.ts'
import type { Recovery } from './recovery.ts'
import type { Stage } from './stage.ts'
import type { Drain } from './verdict.ts'

type Row = readonly [what: string, value: string]

export interface Outcome {
  readonly stage: Stage
  readonly load: Load
  readonly monkey: Monkey
  readonly drain: Drain
  readonly bitrix: BitrixOutcome
  readonly seconds: number
  readonly rss: { readonly idle: readonly number[]; readonly loaded: readonly number[] }
  readonly notes: readonly string[]
}

/** The whole run as a text table. */
export function toTable(outcome: Outcome): string {
  const { stage, load, monkey, drain, seconds, rss, notes } = outcome
  const { ledger } = stage
  const repeats = load.posts - ledger.answered
  const rows: Row[] = [
    ['store', stage.store.product],
    ['updates answered 2xx', `${ledger.answered} (${Math.round(ledger.answered / seconds)}/s)`],
    ['posts', `${load.posts}, of them ${repeats} repeats`],
    ...byCount(load.failures).map(([what, n]): Row => [`  not taken: ${what}`, String(n)]),
    ['longest time in which no hub took any', `${load.longestSilenceMs} ms`],
    ['packets at the portals', String(ledger.packets)],
    ['updates that arrived', String(ledger.processed)],
    ['events that came again, same id', String(ledger.repeats)],
    ['dead letters, all asked for', String(drain.deadLetters)],
    ['overlaps with a packet of a stopped hub', String(ledger.overlapsInStall)],
    ...toBitrixRows(outcome),
    ['until all had arrived at the end', `${drain.ms} ms`],
    ['memory of the hubs, idle (MiB)', rss.idle.map(Math.round).join(', ')],
    ['memory of the hubs, at the end (MiB)', rss.loaded.map(Math.round).join(', ')],
    ...byCount(monkey.counts).map(([what, n]): Row => [what, String(n)]),
    ['portals misbehaved', toList(monkey.misdeeds)],
    ...monkey.recoveries.map(
      (recovery): Row => [`lines of a hub after ${recovery.what}`, toText(recovery)],
    ),
    ...notes.map((note): Row => ['store', note]),
  ]
  const width = Math.max(...rows.map(([what]) => what.length))
  return rows.map(([what, value]) => `${what.padEnd(width)}  ${value}\n`).join('')
}

function toBitrixRows({ stage: { bitrix: stage }, bitrix }: Outcome): Row[] {
  const { portal, operators, answered } = stage
  const taken = [...operators.taken.values()].reduce((sum, numbers) => sum + numbers.length, 0)
  return [
    ['Bitrix24: the person’s messages answered 2xx', String(answered)],
    ['  shown, and again', `${portal.shown.length - bitrix.shownAgain}, ${bitrix.shownAgain}`],
    ['  breakdowns of the portal', String(stage.breakdowns)],
    ['  operators’ messages posted', `${operators.posts}, taken ${taken}`],
    ...byCount(operators.failures).map(([what, n]): Row => [`    not taken: ${what}`, String(n)]),
    ['  at the messenger again', String(bitrix.sentAgain)],
  ]
}

export function toList(counts: ReadonlyMap<string, number>): string {
  return byCount(counts)
    .map(([what, n]) => `${what} ${n}`)
    .join(', ')
}

function byCount(counts: ReadonlyMap<string, number>): [string, number][] {
  return [...counts].sort((a, b) => b[1] - a[1])
}

function toText({ lines, ms, disturbedMs }: Recovery): string {
  if (lines === 0) return 'none was held that could tell'
  const disturbed =
    disturbedMs > 0 ? `, ${disturbedMs} ms of it with the store or another hub away` : ''
  return `${lines} moved on within ${ms} ms${disturbed}`
}
