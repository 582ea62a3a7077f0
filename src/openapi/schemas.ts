import { z } from 'zod'

/** A JSON Schema (draft 2020-12, which is what OpenAPI 3.1 has). */
export type Json = Record<string, unknown>

type Direction = 'input' | 'output'

/** A name that no component can have: what is shown where it stands. */
const NAMELESS = '~'
const COMPONENTS = '#/components/schemas/'

/**
 * Schemas of one direction on their way into the document. Those with a name become components, and everything else refers
 * to them. Nothing is there before `convert`, for zod converts all of them together.
 */
export class SchemaSet {
  readonly #direction: Direction
  readonly #registry = z.registry<{ id: string }>()
  readonly #nameless = new Map<string, Json>()
  /** Further names of what has one. */
  readonly #aliases = new Map<string, z.ZodType>()

  constructor(direction: Direction) {
    this.#direction = direction
  }

  /** Throws when the name is taken. */
  name(id: string, schema: z.ZodType): void {
    if (this.#registry.has(schema)) this.#aliases.set(id, schema)
    else this.#registry.add(schema, { id })
  }

  /** Where `schema` belongs; it is filled in by `convert`. */
  place(schema: z.ZodType): Json {
    const named = this.#registry.get(schema)?.id
    if (named !== undefined && !named.startsWith(NAMELESS)) return { $ref: COMPONENTS + named }
    const id = named ?? `${NAMELESS}${this.#nameless.size}`
    if (named === undefined) this.#registry.add(schema, { id })
    const placed = this.#nameless.get(id) ?? {}
    this.#nameless.set(id, placed)
    return placed
  }

  /** The components. */
  convert(): Record<string, Json> {
    const { schemas } = z.toJSONSchema(this.#registry, {
      io: this.#direction,
      uri: (id) => COMPONENTS + id,
      override: ({ jsonSchema }) => this.#adapt(jsonSchema as Json),
    })
    const components: Record<string, Json> = {}
    for (const [id, { $schema: _, $id: __, ...schema }] of Object.entries(
      schemas as Record<string, Json>,
    )) {
      const place = this.#nameless.get(id)
      if (place) Object.assign(place, schema)
      else components[id] = schema
    }
    for (const [id, schema] of this.#aliases) components[id] = this.place(schema)
    return components
  }

  /** Leaves open what may grow, and leaves out zod's own words and what only repeats that a number is a number. */
  #adapt(schema: Json): void {
    const { isOpen, enum: known } = schema
    delete schema['isOpen']
    if (isOpen === true) {
      delete schema['enum']
      delete schema['type']
      schema['anyOf'] = [{ type: 'string', enum: known }, { type: 'string' }]
    }
    if (this.#direction === 'output' && schema['additionalProperties'] === false) {
      delete schema['additionalProperties']
    }
    if (schema['format'] === 'date-time') delete schema['pattern']
    if (schema['format'] === 'starts_with') delete schema['format']
    if (schema['minimum'] === Number.MIN_SAFE_INTEGER) delete schema['minimum']
    if (schema['maximum'] === Number.MAX_SAFE_INTEGER) delete schema['maximum']
  }
}

/** Says for each choice between components what their members tell themselves apart by, where that is one constant. */
export function addDiscriminators(components: Readonly<Record<string, Json>>, root: unknown): void {
  if (Array.isArray(root)) {
    for (const item of root) addDiscriminators(components, item)
  } else if (isJson(root)) {
    const choice = root['oneOf'] ?? root['anyOf']
    if (Array.isArray(choice)) Object.assign(root, discriminatorOf(components, choice))
    for (const value of Object.values(root)) addDiscriminators(components, value)
  }
}

function discriminatorOf(
  components: Readonly<Record<string, Json>>,
  choice: readonly unknown[],
): Json {
  const references = choice.map((member) => (isJson(member) ? String(member['$ref'] ?? '') : ''))
  for (const propertyName of ['type', 'method']) {
    const constants = references.map((reference) =>
      constantOf(components[reference.slice(COMPONENTS.length)], propertyName),
    )
    if (references.length > 1 && constants.every((constant) => constant !== undefined)) {
      const mapping = Object.fromEntries(
        constants.map((constant, at) => [constant, references[at]]),
      )
      return { discriminator: { propertyName, mapping } }
    }
  }
  return {}
}

function constantOf(schema: Json | undefined, property: string): string | undefined {
  const properties = schema?.['properties']
  const found = isJson(properties) ? properties[property] : undefined
  const constant = isJson(found) ? found['const'] : undefined
  return typeof constant === 'string' ? constant : undefined
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
