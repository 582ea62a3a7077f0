import { availableParallelism, cpus, release } from 'node:os'
import type { Percentiles } from './harness/percentiles.ts'
import type { Results } from './run.ts'
import type { LoadResult } from './scenarios/full-load.ts'

type Row = readonly [measure: string, value: string, aim: string, reference: string]

const HEAD: Row = ['measure', 'value', 'aim', 'reference']

/** The whole result as a text table. */
export function toTable(results: Results, rate: number): string {
  const rows = [
    HEAD,
    ...hubLoadRows(results),
    ...hubRateRows(results, rate),
    ...memoryRows(results),
    ...echoRows(results),
    ...baselineRows(results, rate),
  ]
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        (column === 1 ? cell.padStart : cell.padEnd).call(cell, widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
  return [`${describeMachine()}, ${results.store}`, '', ...lines, ...notes(results), ''].join('\n')
}

export function describeMachine(): string {
  const model = cpus()[0]?.model ?? 'unknown processor'
  return `${availableParallelism()} cores (${model}), Linux ${release()}, Node ${process.versions.node}`
}

function hubLoadRows({ hub, echo, baseline }: Results): Row[] {
  const load = hub?.load
  if (!load) return []
  const base = baseline?.load
  const accepted = [
    ratio(load.acceptedPerSecond, echo && echo.accepted / echo.seconds, 'koa echo'),
    ratio(load.acceptedPerSecond, base?.acceptedPerSecond, 'baseline'),
  ]
  return [
    ['hub, full load: accepted', perSecond(load.acceptedPerSecond), '≥ 4 000/s', join(accepted)],
    [
      'hub, full load: delivered meanwhile',
      perSecond(load.deliveredPerSecond),
      '≥ 4 000/s',
      ratio(load.deliveredPerSecond, base?.deliveredPerSecond, 'baseline'),
    ],
    ['hub, full load: rest delivered after', seconds(load.drainSeconds), '', ''],
    [
      'hub, full load: post → portal p50 / p99',
      pair(load.latency),
      '',
      ratio(load.latency.p50, base?.latency.p50, 'baseline (p50)'),
    ],
    checkRow('hub', load),
    ['hub, full load: cores used', totalCpu(load), '', describeCpu(load)],
  ]
}

function hubRateRows({ hub, baseline }: Results, perSecondRate: number): Row[] {
  const rate = hub?.rate
  if (!rate) return []
  const { latency } = rate
  const name = `hub, ${perSecondRate}/s`
  const reference = ratio(latency.p50, baseline?.rate.latency.p50, 'baseline (p50)')
  return [
    [`${name}: post → portal p50 / p99`, pair(latency), 'p50 < 10 ms', reference],
    [`${name}: post → portal p90 / max`, `${ms(latency.p90)} / ${ms(latency.max)}`, '', ''],
    [`${name}: accepted / arrived / sent`, counts(rate.accepted, rate.arrived, rate.sent), '', ''],
    [`${name}: generator late, p99`, ms(rate.lateP99), '', ''],
  ]
}

function memoryRows({ hub }: Results): Row[] {
  const memory = hub?.memory
  if (!memory) return []
  const steps = memory.rss.map((one) => one.toFixed(0)).join(' / ')
  const name = `hub, ${number(memory.accepted)} events`
  const verdict = memory.isFlat ? 'flat' : 'GROWS'
  return [
    [`${name}: MiB at 25/50/75/100 %`, steps, 'flat', `${verdict}, peak ${memory.peak.toFixed(0)}`],
    [
      `${name}: arrived, through in`,
      `${number(memory.arrived)}, ${seconds(memory.seconds)}`,
      '',
      perSecond(memory.arrived / memory.seconds),
    ],
  ]
}

function echoRows({ echo }: Results): Row[] {
  if (!echo) return []
  return [
    ['koa echo: answered (nothing kept)', perSecond(echo.accepted / echo.seconds), '', ''],
    ['koa echo: answer p50 / p99', `${ms(echo.p50Ms)} / ${ms(echo.p99Ms)}`, '', ''],
  ]
}

function baselineRows({ baseline }: Results, rate: number): Row[] {
  if (!baseline) return []
  const { load } = baseline
  return [
    ['baseline, full load: accepted', perSecond(load.acceptedPerSecond), '', ''],
    ['baseline, full load: delivered meanwhile', perSecond(load.deliveredPerSecond), '', ''],
    ['baseline, full load: rest delivered after', seconds(load.drainSeconds), '', ''],
    ['baseline, full load: post → portal p50 / p99', pair(load.latency), '', ''],
    checkRow('baseline', load),
    ['baseline, full load: cores used', totalCpu(load), '', describeCpu(load)],
    [`baseline, ${rate}/s: post → portal p50 / p99`, pair(baseline.rate.latency), '', ''],
  ]
}

function checkRow(name: string, { check }: LoadResult): Row {
  const verdict = check.isExact ? 'none lost' : `DIFFERENT BY ${check.accepted - check.arrived}`
  const aside = `${check.repeated} repeated, ${check.disordered} out of order`
  return [
    `${name}, full load: accepted = arrived`,
    `${number(check.accepted)} = ${number(check.arrived)}`.replace('=', check.isExact ? '=' : '≠'),
    'equal',
    `${verdict}, ${aside}`,
  ]
}

/** What makes the figures above doubtful. */
function notes({ hub, echo, baseline }: Results): string[] {
  const runs = { hub: hub?.load?.wrk, echo, baseline: baseline?.load.wrk }
  const broken = Object.entries(runs).flatMap(([name, wrk]) =>
    wrk && wrk.refused + wrk.broken > 0
      ? [`${name}: ${wrk.refused} updates refused, ${wrk.broken} connections or answers broken`]
      : [],
  )
  const repeated = hub?.load?.check.repeated ?? 0
  const repeats =
    repeated > 0 ? [`hub: ${repeated} events came more than once although nothing failed`] : []
  const complaints = (hub?.complaints ?? []).map((text) => `the hub's log: ${text}`)
  const all = [...broken, ...repeats, ...complaints]
  return all.length > 0 ? ['', ...all] : []
}

function totalCpu({ cpu }: LoadResult): string {
  return Object.values(cpu)
    .reduce((sum, cores) => sum + cores, 0)
    .toFixed(2)
}

function describeCpu({ cpu }: LoadResult): string {
  return Object.entries(cpu)
    .map(([name, cores]) => `${name} ${cores.toFixed(2)}`)
    .join(', ')
}

function ratio(value: number, other: number | undefined, name: string): string {
  if (other === undefined || !(other > 0)) return ''
  const times = value / other
  return `${times.toFixed(times < 0.1 ? 4 : 2)} × ${name}`
}

const join = (parts: readonly string[]) => parts.filter(Boolean).join(', ')
const number = (value: number) => Math.round(value).toLocaleString('en').replaceAll(',', ' ')
const perSecond = (value: number) => `${number(value)}/s`
const seconds = (value: number) => `${value.toFixed(1)} s`
const ms = (value: number) => `${value.toFixed(value < 100 ? 1 : 0)} ms`
const pair = ({ p50, p99 }: Percentiles) => `${ms(p50)} / ${ms(p99)}`
const counts = (...values: number[]) => values.map(number).join(' / ')
