import { availableParallelism, cpus, release, totalmem } from 'node:os'
import type { Figures, Goal } from './bench.ts'
import type { Options } from './options.ts'
import type { Results, ScenarioResult } from './run.ts'

type Row = readonly [figure: string, median: string, range: string, goal: string, verdict: string]

/** The whole result as a text table. */
export function toTable(results: Results): string {
  const head: Row = ['figure', 'median', 'from – to', 'goal', '']
  const all = results.scenarios.map((one) => ({ name: one.scenario.name, rows: toRows(one) }))
  const rows = [head, ...all.flatMap((one) => one.rows)]
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const write = (row: Row) =>
    row
      .map((cell, column) =>
        (column === 1 ? cell.padStart : cell.padEnd).call(cell, widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd()
  const blocks = all.flatMap(({ name, rows: own }) => ['', `[${name}]`, ...own.map(write)])
  const warnings = results.warnings.length > 0 ? ['', ...results.warnings] : []
  const title = `${describeMachine()}, ${results.store}`
  return [title, '', write(head), ...blocks, ...warnings, ''].join('\n')
}

/** The figures that have goals, as docs/performance.md shows them. */
export function toMarkdown(results: Results): string {
  const rows = results.scenarios.flatMap((one) => {
    const goals = one.scenario.goals.map(({ figure }) => figure)
    const noise = one.othersCores > 0 ? `, others took ${one.othersCores.toFixed(2)} cores` : ''
    return toRows(one)
      .filter(([figure]) => goals.includes(figure))
      .map(([figure, median, range, goal, verdict]) => {
        const measured = range === '' ? median : `${median} (${range})`
        return `| ${one.scenario.name}: ${figure} | ${goal} | ${measured}${noise} | ${verdict.toLowerCase()} |`
      })
  })
  const title = `${describeMachine()}, ${results.store}`
  const head = ['| figure | goal | median (from – to) | verdict |', '| --- | --- | --- | --- |']
  return [title, '', ...head, ...rows, ''].join('\n')
}

/** Every round, its medians and what became of the goals. */
export function toJson(results: Results, options: Options): string {
  const scenarios = results.scenarios.map((one) => {
    const medians = toMedians(one.rounds)
    return {
      name: one.scenario.name,
      goals: one.scenario.goals.map((goal) => ({ ...goal, isReached: isReached(goal, medians) })),
      othersCores: one.othersCores,
      medians,
      rounds: one.rounds,
    }
  })
  const { warnings, store } = results
  const at = new Date().toISOString()
  const { jsonFile: _, ...asked } = options
  const document = { at, machine: describeMachine(), store, options: asked, scenarios, warnings }
  return `${JSON.stringify(document, null, 2)}\n`
}

function describeMachine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`
  return `${availableParallelism()} cores (${model}), ${memory}, Linux ${release().split('-')[0]}, Node ${process.versions.node}`
}

function toRows({ scenario, rounds }: ScenarioResult): Row[] {
  const medians = toMedians(rounds)
  return Object.entries(medians).map(([figure, median]) => {
    const values = rounds.map((round) => round[figure] ?? Number.NaN)
    const range =
      rounds.length > 1 ? `${show(Math.min(...values))} – ${show(Math.max(...values))}` : ''
    const goal = scenario.goals.find((one) => one.figure === figure)
    const verdict = goal ? (isReached(goal, medians) ? 'reached' : 'NOT REACHED') : ''
    return [figure, show(median), range, goal ? describeGoal(goal) : '', verdict]
  })
}

const SIGNS = { 'at least': '≥', 'at most': '≤', below: '<' }

function describeGoal({ is, than }: Goal): string {
  return `${SIGNS[is]} ${show(than)}`
}

function isReached({ figure, is, than }: Goal, medians: Figures): boolean {
  const value = medians[figure] ?? Number.NaN
  if (is === 'at least') return value >= than
  return is === 'below' ? value < than : value <= than
}

/** Of each figure over the rounds. An even number of rounds takes the lower one of the two in the middle. */
function toMedians(rounds: readonly Figures[]): Figures {
  const names = Object.keys(rounds[0] ?? {})
  return Object.fromEntries(
    names.map((name) => {
      const sorted = rounds.map((round) => round[name] ?? Number.NaN).sort((a, b) => a - b)
      return [name, sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN]
    }),
  )
}

/** Three digits that count, thousands set apart. */
function show(value: number): string {
  if (!Number.isFinite(value)) return '?'
  if (Number.isInteger(value) || Math.abs(value) >= 100) {
    return Math.round(value).toLocaleString('en').replaceAll(',', ' ')
  }
  return value.toFixed(Math.abs(value) < 10 ? 2 : 1)
}
