import type { MetricValue } from 'prom-client'

type Kind = 'counter' | 'gauge' | 'histogram'

/** A metric in the form that prom-client's registry reads. */
export interface Metric {
  readonly name: string
  get(): Promise<MetricObject>
  reset(): void
}

export interface MetricObject {
  readonly name: string
  readonly help: string
  readonly type: Kind
  readonly values: MetricValue<string>[]
  /** How processes are put together, see workers-metrics.ts. */
  readonly aggregator: Aggregator
}

/** `max`: all processes see the same thing, as it is in the store. */
export type Aggregator = 'sum' | 'max' | 'min'

export interface Label {
  readonly name: string
  /** All its values; whatever else comes counts as `other`. */
  readonly known: ReadonlySet<string>
}

const OTHER = 'other'

interface Head {
  readonly name: string
  readonly help: string
}

/**
 * A counter with up to two labels. prom-client's own put a text together for every increment to find the child; here an increment is two
 * looks into maps and an addition (some 30 ns).
 */
export class Tallies implements Metric {
  readonly name: string
  readonly #help: string
  readonly #first: Label | undefined
  readonly #second: Label | undefined
  readonly #rows = new Map<string, Map<string, { count: number }>>()

  constructor({ name, help }: Head, first?: Label, second?: Label) {
    this.name = name
    this.#help = help
    this.#first = first
    this.#second = second
    // What has never happened is a 0: a rate over something that isn't there shows nothing at its first time.
    const hasZeros = first !== undefined && second === undefined
    if (hasZeros) for (const value of first.known) this.#cell(value, '')
    if (!first) this.#cell('', '')
  }

  add(first = '', second = '', count = 1): void {
    const cell = this.#rows.get(first)?.get(second) ?? this.#cell(first, second)
    cell.count += count
  }

  #cell(first: string, second: string): { count: number } {
    const row = within(this.#first, first)
    const column = within(this.#second, second)
    const cells = this.#rows.get(row) ?? new Map<string, { count: number }>()
    this.#rows.set(row, cells)
    const cell = cells.get(column) ?? { count: 0 }
    cells.set(column, cell)
    return cell
  }

  async get(): Promise<MetricObject> {
    const values: MetricValue<string>[] = []
    for (const [first, cells] of this.#rows) {
      for (const [second, { count }] of cells) {
        const labels = { ...labelled(this.#first, first), ...labelled(this.#second, second) }
        values.push({ value: count, labels })
      }
    }
    return { name: this.name, help: this.#help, type: 'counter', values, aggregator: 'sum' }
  }

  reset(): void {
    this.#rows.clear()
  }
}

function within(label: Label | undefined, value: string): string {
  if (!label) return ''
  return label.known.has(value) ? value : OTHER
}

function labelled(label: Label | undefined, value: string): Record<string, string> {
  return label ? { [label.name]: value } : {}
}

interface Buckets {
  readonly counts: number[]
  sum: number
  count: number
}

/** A histogram with at most one label. `bounds` in the unit of the name, ascending. */
export class Spread implements Metric {
  readonly name: string
  readonly #help: string
  readonly #bounds: readonly number[]
  readonly #label: Label | undefined
  readonly #rows = new Map<string, Buckets>()

  constructor({ name, help }: Head, bounds: readonly number[], label?: Label) {
    this.name = name
    this.#help = help
    this.#bounds = bounds
    this.#label = label
    if (!label) this.#row('')
  }

  observe(value: number, label = ''): void {
    const row = this.#rows.get(label) ?? this.#row(label)
    const bounds = this.#bounds
    let index = 0
    while (index < bounds.length && value > (bounds[index] ?? 0)) index++
    row.counts[index] = (row.counts[index] ?? 0) + 1
    row.sum += value
    row.count += 1
  }

  #row(label: string): Buckets {
    const name = within(this.#label, label)
    const row = this.#rows.get(name) ?? { counts: this.#bounds.map(() => 0), sum: 0, count: 0 }
    this.#rows.set(name, row)
    return row
  }

  async get(): Promise<MetricObject> {
    const values: MetricValue<string>[] = []
    for (const [name, { counts, sum, count }] of this.#rows) {
      const labels = labelled(this.#label, name)
      let below = 0
      for (const [index, bound] of this.#bounds.entries()) {
        below += counts[index] ?? 0
        values.push(named(`${this.name}_bucket`, below, { ...labels, le: String(bound) }))
      }
      values.push(named(`${this.name}_bucket`, count, { ...labels, le: '+Inf' }))
      values.push(
        named(`${this.name}_sum`, sum, labels),
        named(`${this.name}_count`, count, labels),
      )
    }
    return { name: this.name, help: this.#help, type: 'histogram', values, aggregator: 'sum' }
  }

  reset(): void {
    this.#rows.clear()
  }
}

function named(
  metricName: string,
  value: number,
  labels: Record<string, string>,
): MetricValue<string> {
  return { metricName, value, labels } as MetricValue<string>
}

export interface Reading {
  readonly value: number
  readonly labels?: Readonly<Record<string, string>>
}

/** A metric that is read when somebody looks. Without readings it is there without a value. */
export class Read implements Metric {
  readonly name: string
  readonly #make: () => MetricObject

  constructor(
    { name, help }: Head,
    read: () => readonly Reading[],
    { type = 'gauge', aggregator = 'sum' }: { type?: Kind; aggregator?: Aggregator } = {},
  ) {
    this.name = name
    this.#make = () => ({
      name,
      help,
      type,
      aggregator,
      values: read().map(({ value, labels = {} }) => ({ value, labels })),
    })
  }

  async get(): Promise<MetricObject> {
    return this.#make()
  }

  reset(): void {
    // There is nothing to reset: what is read is kept elsewhere.
  }
}
