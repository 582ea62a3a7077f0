import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { eventShapes } from '../../src/core/shapes/event.ts'
import { NAMED_SHAPES } from '../../src/core/shapes/named.ts'
import { packetShapes } from '../../src/core/shapes/packet.ts'
import { type Json, SchemaSet } from '../../src/openapi/schemas.ts'

/** Names that a module would rather not shadow, or that say too little outside of the document. */
const RENAMED: Readonly<Record<string, string>> = {
  File: 'MessageFile',
  Location: 'MessageLocation',
  Contact: 'MessageContact',
  Health: 'LineHealth',
  Event: 'PortalEvent',
  ...Object.fromEntries(Object.keys(eventShapes).map((type) => [type, `${pascal(type)}Event`])),
}

/** Those that packets are made of. */
const WANTED = [
  'Person',
  'Chat',
  'File',
  'Location',
  'Contact',
  'Message',
  'SendError',
  'Health',
  ...Object.keys(eventShapes),
  'EventsPacket',
  'ConnectionTestPacket',
  'ConnectorDeactivatedPacket',
  'LineHealthPacket',
]

const HEAD = `/** Made by \`npm run docs\` from the schemas of /openapi.json: what is changed here by hand is lost. */

/** One of these, or one that a later hub knows. */
type Open<T extends string> = T | (string & Record<never, never>)

/**
 * A type that this version of the client doesn't know. It is any text; but only with one that none of the known types can be
 * does \`event.type === 'message.new'\` leave that one event for the compiler.
 */
type OtherType = \`other:\${string}\`

`

const TAIL = `
/** Of a type that a later hub knows. */
export interface OtherEvent {
  readonly id: string
  readonly type: OtherType
  readonly [further: string]: unknown
}

/** One event as a portal gets it. Absent means "the channel didn't say". Instants are ISO 8601 UTC. */
export type PortalEvent = EventTypes[keyof EventTypes] | OtherEvent

/** Of a type that a later hub knows. */
export interface OtherPacket {
  readonly id: string
  readonly type: OtherType
  readonly portal: string
  readonly connector: string
  readonly line: string
  readonly [further: string]: unknown
}

/** The signed envelope of everything the hub posts. */
export type Packet = PacketTypes[keyof PacketTypes] | OtherPacket
`

const ANY_OBJECT = '{ readonly [key: string]: unknown }'

/** The source of src/client/events.ts. */
export function writeClientTypes(): string {
  const set = new SchemaSet('output')
  for (const [name, schema] of Object.entries(NAMED_SHAPES)) set.name(name, schema)
  const components = set.convert()
  const types = WANTED.map((name) => declare(name, components[name] ?? {}))
  const packetNames = Object.fromEntries(
    Object.entries(packetShapes).map(([type, schema]) => [type, nameOf(schema)]),
  )
  const maps = [
    map('EventTypes', Object.fromEntries(Object.keys(eventShapes).map((type) => [type, type]))),
    map('PacketTypes', packetNames),
  ]
  return format(HEAD + [...types, ...maps].join('\n') + TAIL)
}

function nameOf(schema: unknown): string {
  const found = Object.entries(NAMED_SHAPES).find(([, named]) => named === schema)
  if (!found) throw new Error('a packet has no name')
  return found[0]
}

function map(name: string, names: Readonly<Record<string, string>>): string {
  const lines = Object.entries(names).map(([type, one]) => `  readonly '${type}': ${toName(one)}`)
  return `/** By their type. */\nexport interface ${name} {\n${lines.join('\n')}\n}\n`
}

function declare(name: string, schema: Json): string {
  const fields = fieldsOf(schema)
  const further = '  readonly [further: string]: unknown'
  return `${comment(schema)}export interface ${toName(name)} {\n${fields}\n${further}\n}\n`
}

function fieldsOf(schema: Json): string {
  const required = new Set(schema['required'] as readonly string[] | undefined)
  return Object.entries(schema['properties'] as Record<string, Json>)
    .map(([key, value]) => {
      const mark = required.has(key) ? '' : '?'
      return `${comment(value)}  readonly ${key}${mark}: ${toType(value)}`
    })
    .join('\n')
}

function toType(schema: Json): string {
  const { $ref, anyOf, items, type } = schema
  if (typeof $ref === 'string') return toName($ref.split('/').at(-1) ?? '')
  if ('const' in schema) return JSON.stringify(schema['const'])
  if (Array.isArray(schema['enum'])) return union(schema['enum'].map((one) => JSON.stringify(one)))
  if (Array.isArray(anyOf)) {
    const [known, rest] = anyOf as Json[]
    if (known?.['enum'] && rest?.['type'] === 'string') return `Open<${toType(known)}>`
    return union((anyOf as Json[]).map(toType))
  }
  if (type === 'array') return `readonly (${toType(items as Json)})[]`
  if (type === 'object') return toObject(schema)
  if (type === 'integer') return 'number'
  if (type === 'string' || type === 'number' || type === 'boolean') return type
  if (type === undefined) return 'unknown'
  throw new Error(`no type for ${JSON.stringify(schema)}`)
}

function toObject(schema: Json): string {
  return schema['properties'] ? `{\n${fieldsOf(schema)}\n}` : ANY_OBJECT
}

function union(types: readonly string[]): string {
  return types.join(' | ')
}

function comment({ description }: Json): string {
  return typeof description === 'string' ? `/** ${description} */\n` : ''
}

function toName(name: string): string {
  return RENAMED[name] ?? name
}

function pascal(name: string): string {
  return name.replace(/(?:^|\.)([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

function format(source: string): string {
  const biome = fileURLToPath(new URL('../../node_modules/.bin/biome', import.meta.url))
  const args = ['format', '--stdin-file-path=src/client/events.ts']
  return execFileSync(biome, args, { input: source, encoding: 'utf8' })
}
