import { Liquid, LiquidError, type Template } from 'liquidjs'
import { BoundedMap } from '../../core/bounded-map.ts'
import type { Json } from '../../core/json.ts'
import { dateFilters } from './date-filters.ts'
import { BoundedOutput, Literal, OutputBudget } from './output.ts'
import {
  type Escape,
  type Outcome,
  type RenderTask,
  SANDBOX_LIMITS,
  type Scope,
  toProblem,
} from './sandbox.ts'

/** They read files, and there are none. `sample` gives another answer each time. */
const NO_TAGS = ['include', 'render', 'layout', 'block']
const NO_FILTERS = ['sample']
/** Characters and list entries that the filters and ranges of one template may make. */
const MEMORY = 4_000_000
const MAX_DEPTH = 64
const CACHED = { limit: 1000, maxBytes: 512 * 1024 }

interface Parsed {
  readonly source: string
  readonly template: readonly Template[]
}

/** A task on its way. */
interface Rendering {
  readonly names: object
  readonly budget: OutputBudget
}

/** Renders Liquid templates. Parsed ones are kept. */
export class TemplateEngine {
  readonly #liquid: Liquid
  readonly #parsed = new BoundedMap<string, Parsed>({
    ...CACHED,
    sizeOf: ({ source }) => source.length,
  })
  #now = 0
  /** Of the string that is being rendered. */
  #budget = new OutputBudget()

  constructor() {
    this.#liquid = new Liquid({
      ...{ strictFilters: true, strictVariables: false, ownPropertyOnly: true },
      ...{ locale: 'en-US', timezoneOffset: 0 },
      ...{ templates: {}, dynamicPartials: false, relativeReference: false },
      ...{ parseLimit: SANDBOX_LIMITS.source, memoryLimit: MEMORY },
      outputEscape: (value: unknown) =>
        (this.#budget.format ? new Literal(value) : value) as string,
    })
    for (const name of NO_TAGS) delete this.#liquid.tags[name]
    for (const name of NO_FILTERS) delete this.#liquid.filters[name]
    for (const [name, filter] of dateFilters(this.#liquid, () => this.#now)) {
      this.#liquid.registerFilter(name, filter)
    }
    const { renderer } = this.#liquid
    const render = renderer.renderTemplates.bind(renderer)
    // `capture` comes without an output, and would be given one without bounds.
    renderer.renderTemplates = (templates, context, output) =>
      render(templates, context, output ?? new BoundedOutput(this.#budget))
  }

  run({ template, scope, escape: format }: RenderTask): Outcome {
    const { lead, params, event = null, data = null, now } = scope
    if (isTooLarge({ lead, params, event, data })) {
      return toProblem('the recipient, the parameters and the event together are over 1 MiB')
    }
    this.#now = now
    const names = Object.assign(Object.create(null), {
      ...{ lead, params, event, data },
      now: isoOf(now),
    })
    const rendering = { names, budget: new OutputBudget() }
    try {
      const value = this.#renderAll(template, rendering, format, 0)
      return { ok: true, value, calls: [] }
    } catch (error) {
      return toProblem(sayTemplateError(error))
    }
  }

  check(source: string): Outcome {
    try {
      this.#parse(source)
      return { ok: true, value: null, calls: [] }
    } catch (error) {
      return toProblem(sayTemplateError(error))
    }
  }

  #renderAll(
    template: Json,
    rendering: Rendering,
    format: Escape | undefined,
    depth: number,
  ): Json {
    if (typeof template === 'string') return this.#render(template, rendering)
    if (typeof template !== 'object' || template === null) return template
    if (depth === MAX_DEPTH) throw new RangeError('the template is nested too deep')
    if (Array.isArray(template)) {
      return template.map((one: Json) => this.#renderAll(one, rendering, undefined, depth + 1))
    }
    const rendered = Object.entries(template).map(([key, value]): [string, Json] => {
      if (key === 'text' && typeof value === 'string') {
        return [key, this.#render(value, rendering, format)]
      }
      return [key, this.#renderAll(value ?? null, rendering, undefined, depth + 1)]
    })
    return Object.fromEntries(rendered)
  }

  #render(source: string, { names, budget }: Rendering, format?: Escape): string {
    if (!source.includes('{{') && !source.includes('{%')) {
      budget.use(source)
      return source
    }
    const { template } = this.#parse(source)
    this.#budget = budget.forString(format)
    const rendered: unknown = this.#liquid.renderSync([...template], names)
    const text = String(rendered)
    budget.use(text)
    return text
  }

  #parse(source: string): Parsed {
    const known = this.#parsed.get(source)
    if (known) return known
    if (source.length > SANDBOX_LIMITS.source) {
      throw new RangeError('the template is longer than 64 KiB')
    }
    const parsed = { source, template: this.#liquid.parse(source) }
    this.#parsed.set(source, parsed)
    return parsed
  }
}

function isTooLarge(given: Omit<Scope, 'now'>): boolean {
  return JSON.stringify(given).length > SANDBOX_LIMITS.scope
}

function isoOf(epochMs: number): string {
  const date = new Date(epochMs)
  return Number.isNaN(date.getTime()) ? '' : date.toISOString()
}

export function tooSlowTemplate(): Outcome {
  return toProblem(`the template took longer than ${SANDBOX_LIMITS.renderMs} ms`)
}

function sayTemplateError(error: unknown): string {
  if (!LiquidError.is(error)) {
    return error instanceof Error ? error.message : 'the template can not be rendered'
  }
  // Its own message has the file and the source behind it.
  const text = error.originalError?.message ?? error.message
  const [line, column] = error.token.getPosition()
  return `line ${line}, column ${column}: ${text.replace(/, line:\d+, col:\d+$/, '')}`
}
