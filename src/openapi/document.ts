import type {
  ApiAnswer,
  ApiContent,
  ApiOperation,
  ApiParameter,
  ApiPart,
  ApiPath,
} from '../core/api-part.ts'
import { given } from '../core/given.ts'
import { NAMED_INPUTS, NAMED_SHAPES } from '../core/shapes/named.ts'
import { addDiscriminators, type Json, SchemaSet } from './schemas.ts'

export interface DocumentInfo {
  readonly version: string
  /** Where the hub is reached. */
  readonly url: string
}

const SIGNATURE_HEADERS = ['webhook-id', 'webhook-timestamp', 'webhook-signature']

const SECURITY_SCHEMES: Json = {
  ...Object.fromEntries(
    SIGNATURE_HEADERS.map((name) => [
      name,
      {
        type: 'apiKey',
        in: 'header',
        name,
        description:
          'Standard Webhooks: HMAC-SHA256 over id.timestamp.body with the secret (whsec_…)',
      },
    ]),
  ),
  admin: { type: 'http', scheme: 'bearer', description: 'the admin token' },
}

const SIGNED = [Object.fromEntries(SIGNATURE_HEADERS.map((name) => [name, []]))]
const SECURITY: Readonly<Record<NonNullable<ApiOperation['access']>, Json[]>> = {
  portal: SIGNED,
  hub: SIGNED,
  admin: [{ admin: [] }],
}

/** The OpenAPI 3.1 document of all parts. Throws when two parts use one name for different things. */
export function buildDocument(parts: readonly ApiPart[], { version, url }: DocumentInfo): Json {
  const sent = new SchemaSet('output')
  const taken = new SchemaSet('input')
  for (const [id, schema] of merged([NAMED_SHAPES, ...parts.map((part) => part.schemas)])) {
    sent.name(id, schema)
  }
  for (const [id, schema] of merged([NAMED_INPUTS, ...parts.map((part) => part.inputs)])) {
    taken.name(id, schema)
  }
  const placing = new Placing(sent, taken)
  const paths = merged(parts.map((part) => part.paths)).map(
    ([path, operations]) => [path, placing.path(operations)] as const,
  )
  const webhooks = merged(parts.map((part) => part.webhooks)).map(
    ([name, operations]) => [name, placing.packet(operations)] as const,
  )
  const schemas = Object.fromEntries(
    merged<Json>([sent.convert(), taken.convert()]).sort(([a], [b]) => (a < b ? -1 : 1)),
  )
  const document = {
    openapi: '3.1.0',
    info: {
      title: 'Openlines Hub',
      version,
      description:
        'Between messengers and CRM portals. New event types, fields and codes may appear: pass over what you do not know.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url }],
    paths: Object.fromEntries(paths),
    webhooks: Object.fromEntries(webhooks),
    components: { schemas, securitySchemes: SECURITY_SCHEMES },
  }
  addDiscriminators(schemas, document)
  return document
}

/** Throws when a key comes twice. */
function merged<T>(records: readonly (Readonly<Record<string, T>> | undefined)[]): [string, T][] {
  const all = new Map<string, T>()
  for (const [key, value] of records.flatMap((record) => Object.entries(record ?? {}))) {
    if (all.has(key)) throw new Error(`the API has ${key} twice`)
    all.set(key, value)
  }
  return [...all]
}

/** Writes operations, with their schemas placed in the set of their direction. */
class Placing {
  readonly #sent: SchemaSet
  readonly #taken: SchemaSet

  constructor(sent: SchemaSet, taken: SchemaSet) {
    this.#sent = sent
    this.#taken = taken
  }

  path(operations: ApiPath): Json {
    return this.#operations(operations, { bodies: this.#taken, answers: this.#sent })
  }

  /** Here the hub is the one who asks. */
  packet(operations: ApiPath): Json {
    return this.#operations(operations, { bodies: this.#sent, answers: this.#taken })
  }

  #operations(operations: ApiPath, sets: { bodies: SchemaSet; answers: SchemaSet }): Json {
    return Object.fromEntries(
      Object.entries(operations).map(([method, operation]) => [
        method,
        this.#operation(operation, sets),
      ]),
    )
  }

  #operation(
    { id, summary, description, tag, access, parameters = [], body, answers, more }: ApiOperation,
    sets: { bodies: SchemaSet; answers: SchemaSet },
  ): Json {
    return {
      operationId: id,
      summary,
      ...given({ description }),
      tags: [tag],
      ...(access ? { security: SECURITY[access] } : {}),
      ...(parameters.length > 0
        ? { parameters: parameters.map((one) => this.#parameter(one)) }
        : {}),
      ...(body ? { requestBody: { required: true, content: content(body, sets.bodies) } } : {}),
      responses: Object.fromEntries(
        Object.entries(answers).map(([status, answer]) => [status, response(answer, sets.answers)]),
      ),
      ...more,
    }
  }

  #parameter({ schema, ...parameter }: ApiParameter): Json {
    return { ...parameter, schema: this.#taken.place(schema) }
  }
}

function response(answer: ApiAnswer, set: SchemaSet): Json {
  return {
    description: answer.description,
    ...(answer.content ? { content: content(answer.content, set) } : {}),
  }
}

function content(types: ApiContent, set: SchemaSet): Json {
  return Object.fromEntries(
    Object.entries(types).map(([type, schema]) => [type, { schema: set.place(schema) }]),
  )
}
