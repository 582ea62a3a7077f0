import { connectors } from '#connectors'
import type { ConnectorContext } from '../../src/core/connector.ts'
import { eventShapes } from '../../src/core/shapes/event.ts'
import { NAMED_INPUTS, NAMED_SHAPES } from '../../src/core/shapes/named.ts'
import { buildDocument } from '../../src/openapi/document.ts'
import type { Json } from '../../src/openapi/schemas.ts'
import { native } from '../../src/portal/dialects/native/index.ts'
import { methodApis } from '../../src/portal/methods/own-api.ts'
import { Registry } from '../../src/registry/registry.ts'

const HEAD = `# Shapes

What portals send and read, field by field: made by \`npm run docs\` from the schemas that the hub checks calls with. A hub
tells the same at \`GET /openapi.json\` (OpenAPI 3.1), for generators and validators. \`?\` marks what may be absent; nothing is
ever null. New types, fields and codes may appear: pass over what you don't know. Instants are ISO 8601 UTC. How to work with
them: [portal-developers.md](portal-developers.md).
`

/** Of the document, those that this page has a heading for; what else there is stands where it is used. */
const SECTIONS: readonly (readonly [title: string, names: readonly string[]])[] = [
  [
    'Packets',
    Object.keys(NAMED_SHAPES).filter((name) => name.endsWith('Packet') && name !== 'Packet'),
  ],
  ['Events', Object.keys(eventShapes)],
  ['Parts of events', ['Person', 'Chat', 'Message', 'File', 'Location', 'Contact', 'SendError']],
  ['Messages to a channel', [...Object.keys(NAMED_INPUTS), 'Queued', 'OutStatus']],
  ['Lines', ['StatusObject', 'Health', 'TestResult', 'TestError']],
  ['Connectors', ['Connector', 'Field', 'Capabilities']],
  ['What became of messages', ['JournalItem', 'JournalStep', 'DeadLetter']],
  ['Errors', ['CallError', 'FieldFault', 'Refusal']],
]

interface Shown {
  readonly components: Readonly<Record<string, Json>>
  readonly methods: Readonly<Record<string, { readonly summary: string }>>
}

export function writeShapesPage(): string {
  const shown = readDocument()
  const sections = SECTIONS.map(
    ([title, names]) => `## ${title}\n\n${names.map((name) => section(name, shown)).join('\n')}`,
  )
  return `${HEAD}\n${methodTable(shown)}\n${sections.join('\n')}`
}

function readDocument(): Shown {
  // Made for their methods' schemas alone: nothing of the context is called.
  const registry = new Registry(connectors, () => ({}) as ConnectorContext)
  const part = native.describe?.(methodApis(registry)) ?? {}
  const document = buildDocument([part], { version: '', url: '' })
  const { schemas } = document['components'] as { schemas: Record<string, Json> }
  const paths = document['paths'] as Record<string, { post: { 'x-methods': Shown['methods'] } }>
  return { components: schemas, methods: paths['/rpc/{portal}']?.post['x-methods'] ?? {} }
}

function methodTable({ components, methods }: Shown): string {
  const rows = Object.entries(methods).map(([name, { summary }]) => {
    const params = typeOf(components[`${name}.params`] ?? {}, components)
    const result = typeOf(components[`${name}.result`] ?? {}, components)
    return `| \`${name}\` | ${cell(summary)} | ${params} | ${result} |`
  })
  const head = '| method | does | params | result |\n| --- | --- | --- | --- |'
  return `## Methods\n\n${head}\n${rows.join('\n')}\n`
}

function section(name: string, { components }: Shown): string {
  const schema = components[name] ?? {}
  const { description } = schema
  const required = new Set(schema['required'] as readonly string[] | undefined)
  const rows = Object.entries((schema['properties'] ?? {}) as Record<string, Json>).map(
    ([key, value]) => {
      const mark = required.has(key) ? '' : '?'
      const words = typeof value['description'] === 'string' ? cell(value['description']) : ''
      return `| \`${key}\`${mark} | ${typeOf(value, components)} | ${words} |`
    },
  )
  const about = typeof description === 'string' ? `${description}\n\n` : ''
  return `### ${name}\n\n${about}| field | type | |\n| --- | --- | --- |\n${rows.join('\n')}\n`
}

function typeOf(schema: Json, components: Shown['components']): string {
  const { $ref, items, type, properties } = schema
  if (typeof $ref === 'string') return reference($ref.split('/').at(-1) ?? '', components)
  if ('const' in schema) return `\`${String(schema['const'])}\``
  if (Array.isArray(schema['enum'])) return schema['enum'].map((one) => `\`${one}\``).join(', ')
  const choice = (schema['anyOf'] ?? schema['oneOf']) as readonly Json[] | undefined
  if (choice) return choiceOf(choice, components)
  if (type === 'array') return `list of ${typeOf(items as Json, components)}`
  if (properties) return `{${fields(schema, components)}}`
  if (schema['format'] === 'date-time') return 'instant'
  if (type === 'string') return 'text'
  if (type === 'object') return 'object'
  return type === undefined ? 'anything' : [type].flat().join(' or ')
}

/** Codes of which there may be more show those that there are. */
function choiceOf(choice: readonly Json[], components: Shown['components']): string {
  const [known, rest] = choice
  if (known?.['enum'] && rest?.['type'] === 'string') return `${typeOf(known, components)} …`
  return choice.map((one) => typeOf(one, components)).join(' or ')
}

function fields(schema: Json, components: Shown['components']): string {
  const required = new Set(schema['required'] as readonly string[] | undefined)
  return Object.entries(schema['properties'] as Record<string, Json>)
    .map(([key, value]) => {
      const mark = required.has(key) ? '' : '?'
      const isPlain = typeof value['type'] === 'string' && !value['properties'] && !value['items']
      return `\`${key}\`${mark}${isPlain ? '' : `: ${typeOf(value, components)}`}`
    })
    .join(', ')
}

function reference(name: string, components: Shown['components']): string {
  if (name === 'Event') return '[event](#events)'
  const isShown = SECTIONS.some(([, names]) => names.includes(name))
  if (isShown) return `[${name}](#${name.toLowerCase().replace(/[^a-z]/g, '')})`
  return typeOf(components[name] ?? {}, components)
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
