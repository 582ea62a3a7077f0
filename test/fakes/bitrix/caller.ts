import { once } from 'node:events'
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import type { Era } from '../../../src/portal/dialects/bitrix/era.ts'
import { serialize } from '../../../src/portal/dialects/bitrix/wire/php-serialize.ts'
import type { PhpInput } from '../../../src/portal/dialects/bitrix/wire/php-value.ts'
import { send } from '../../helpers/http.ts'
import { type Credentials, hashOf } from './credentials.ts'

/** A command of the module's. */
export interface Order {
  readonly command: string
  readonly connector: string
  /** `#EMPTY#` on the wire if it is empty. */
  readonly line: string
  /** The arguments; the module's stubs are put in here. */
  readonly args?: readonly PhpInput[]
}

export interface Sender extends Credentials {
  readonly era: Era
  /** What it gives as its public address. */
  readonly domain: string
  readonly region?: string
}

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** Of an answer in JSON. */
  readonly body: { readonly OK?: unknown; readonly DATA?: unknown; readonly ERROR?: unknown }
}

const NOT_AWAITED = new Set([
  'sendmessage',
  'updatemessage',
  'deletemessage',
  'setstatusdelivered',
  'setstatusreading',
  'initializereceivemessages',
])
const VERSIONS = { 2019: '18.7.150', 2026: '26.100.0' } as const
const PATH = '/imwebhook/portal.php'

export function isAwaited(command: string): boolean {
  return !NOT_AWAITED.has(command.toLowerCase())
}

/** The body as the module writes it, byte for byte. */
export function formOf(order: Order, sender: Sender): string {
  const { era, licence, keyHash, domain, region = 'eu' } = sender
  const { command, connector, line, args = [] } = order
  const data = Buffer.from(serialize(stubbed(args, era))).toString('base64')
  const fields: readonly (readonly [string, string])[] = [
    ['BX_COMMAND', command],
    ['BX_LICENCE', licence],
    ['BX_DOMAIN', domain],
    ['BX_TYPE', 'CP'],
    ...(era === '2026' ? ([['BX_REGION', region]] as const) : []),
    ['BX_VERSION', VERSIONS[era]],
    ['CONNECTOR', connector],
    ['LINE', line === '' ? '#EMPTY#' : line],
    ['DATA', data],
  ]
  const hash = hashOf(
    fields.map(([, value]) => value),
    keyHash,
  )
  return new URLSearchParams([
    ...fields.map(([name, value]): [string, string] => [name, value]),
    ['BX_HASH', hash],
  ]).toString()
}

/** `Library::isEmpty`: null, false, the empty text and the empty array; zeros are something. */
function stubbed(value: PhpInput, era: Era): PhpInput {
  if (value === null || value === false || value === '') return '#EMPTY#'
  if (typeof value !== 'object' || 'value' in value) return value
  const isList = Array.isArray(value)
  const members: readonly (readonly [string | number, PhpInput])[] = isList
    ? value.map((member: PhpInput, index) => [index, member])
    : (Object.entries(value) as [string, PhpInput][])
  if (members.length === 0) return era === '2019' ? '#EMPTY#' : '#EMPTY_ARRAY#'
  if (isList) return members.map(([, member]) => stubbed(member, era))
  return new Map(members.map(([key, member]) => [key, stubbed(member, era)]))
}

/** Calls and waits for the whole answer, as the module does for a page that wants one. */
export async function call(hubUrl: string, order: Order, sender: Sender): Promise<Reply> {
  const { status, body, headers } = await send(addressOf(hubUrl, order, sender.era), {
    headers: headersOf(sender),
    body: formOf(order, sender),
  })
  return { status, headers, text: body, body: parse(body) }
}

/** What the new module does with a command that it doesn't wait for: it reads the head of the answer, and is gone. */
export async function callForHead(hubUrl: string, order: Order, sender: Sender): Promise<Reply> {
  const body = formOf(order, sender)
  const outgoing = request(addressOf(hubUrl, order, sender.era), {
    method: 'POST',
    agent: false,
    headers: { ...headersOf(sender), 'content-length': Buffer.byteLength(body) },
  })
  const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>
  outgoing.end(body)
  const [response] = await answered
  response.destroy()
  return { status: response.statusCode ?? 0, headers: response.headers, text: '', body: {} }
}

/** What the old module does: it writes its request and is gone. Resolves when the bytes have left. */
export async function callAndLeave(hubUrl: string, order: Order, sender: Sender): Promise<void> {
  const url = new URL(addressOf(hubUrl, order, sender.era))
  const body = formOf(order, sender)
  const head = [
    `POST ${url.pathname}${url.search} HTTP/1.0`,
    ...Object.entries(headersOf(sender)).map(([name, value]) => `${name}: ${value}`),
    `Host: ${url.hostname}`,
    'Connection: close',
    'Accept: */*',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ]
  const socket = connect(Number(url.port), url.hostname)
  // The hub may answer into a closed connection; that is its business.
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  await new Promise<void>((resolve) => {
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`, () => resolve())
  })
  socket.destroy()
}

function addressOf(hubUrl: string, { connector, command }: Order, era: Era): string {
  const query = era === '2019' ? '' : `?${new URLSearchParams({ connector, command })}`
  return `${hubUrl}${PATH}${query}`
}

function headersOf({ era, licence, domain }: Sender): Record<string, string> {
  return {
    'User-Agent': era === '2019' ? 'Bitrix Connector Client' : 'Bitrix Connector Client CP',
    'x-bitrix-licence': licence,
    ...(era === '2026' ? { Referer: domain } : {}),
    'Content-Type': 'application/x-www-form-urlencoded',
  }
}

function parse(text: string): Reply['body'] {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}
