import { given } from '../../../../core/given.ts'
import { FormError, type FormFields, readForm, writeForm } from './form.ts'
import { serialize } from './php-serialize.ts'
import { unserialize } from './php-unserialize.ts'
import { isMap, type PhpArray, type PhpInput } from './php-value.ts'
import { HASH_FIELD, signFields } from './signature.ts'
import { fromStub } from './stubs.ts'

/** A command as the portal's module posts it: read, but neither believed nor unpacked yet. */
export interface Command {
  /** As they came, for the signature. */
  readonly fields: FormFields
  readonly command: string
  readonly licence: string
  /** The portal's public address, or empty. */
  readonly domain: string
  readonly type: string
  /** Only of newer modules; some portals have none. */
  readonly region?: string
  /** Of the module: `18.7.150`, `26.100.0`. */
  readonly version: string
  readonly connector: string
  /** The id of the open line; empty with the connector `all`. */
  readonly line: string
}

const PIPE = 0x7c
const MAX_FIELD_BYTES = 2048

/**
 * Reads the form of a command. A value with the signature's separator in it is refused: the same signature would hold for
 * the values cut up in another way. Throws FormError.
 */
export function readCommand(body: Buffer): Command {
  const fields = readForm(body)
  const read = (name: string): string => textOf(fields, name)
  for (const value of fields.values()) {
    if (value.includes(PIPE)) throw new FormError('a field with the separator of the signature')
  }
  return {
    fields,
    command: read('BX_COMMAND'),
    licence: read('BX_LICENCE'),
    domain: read('BX_DOMAIN'),
    type: read('BX_TYPE'),
    ...given({ region: read('BX_REGION') }),
    version: read('BX_VERSION'),
    connector: read('CONNECTOR'),
    line: read('LINE'),
  }
}

function textOf(fields: FormFields, name: string): string {
  const value = fields.get(name)
  if (value === undefined) return ''
  if (value.length > MAX_FIELD_BYTES) throw new FormError('a field that is too long')
  return String(fromStub(value.toString('utf8')))
}

/**
 * The arguments of a command whose signature is right: a list, as the module sends it, or an array with other keys. What is
 * no array is no arguments. Throws PhpFormatError.
 */
export function readArguments({ fields }: Pick<Command, 'fields'>): PhpArray {
  const data = fields.get('DATA')
  if (data === undefined || data.length === 0) return []
  const args = unserialize(Buffer.from(data.toString('latin1'), 'base64'), fromStub)
  return Array.isArray(args) || isMap(args) ? args : []
}

/** What the hub says to a portal. */
export interface Post {
  readonly command: string
  /** The portal's id of the connector. */
  readonly connector: string
  readonly line: string
  /** The items, or whatever the command takes. */
  readonly data: PhpInput
}

/** The body of a post to a portal, signed. */
export function writePost({ command, connector, line, data }: Post, keyHash: string): string {
  const fields = new Map([
    ['BX_COMMAND', command],
    ['BX_TYPE', 'CP'],
    ['BX_VERSION', '1'],
    ['CONNECTOR', connector],
    ['LINE', line],
    ['DATA', Buffer.from(serialize(data)).toString('base64')],
  ])
  fields.set(HASH_FIELD, signFields(fields.values(), keyHash))
  return writeForm(fields)
}
