import assert from 'node:assert/strict'

type Fields = Readonly<Record<string, 'string' | 'number' | 'object' | 'array'>>

/** What HAR 1.2 requires of each object; `?` marks what may be left out. */
const LOG: Fields = { version: 'string', creator: 'object', entries: 'array' }
const CREATOR: Fields = { name: 'string', version: 'string' }
const ENTRY: Fields = {
  startedDateTime: 'string',
  time: 'number',
  request: 'object',
  response: 'object',
  cache: 'object',
  timings: 'object',
}
const REQUEST: Fields = {
  method: 'string',
  url: 'string',
  httpVersion: 'string',
  cookies: 'array',
  headers: 'array',
  queryString: 'array',
  headersSize: 'number',
  bodySize: 'number',
}
const RESPONSE: Fields = {
  status: 'number',
  statusText: 'string',
  httpVersion: 'string',
  cookies: 'array',
  headers: 'array',
  content: 'object',
  redirectURL: 'string',
  headersSize: 'number',
  bodySize: 'number',
}
const CONTENT: Fields = { size: 'number', mimeType: 'string' }
const POST_DATA: Fields = { mimeType: 'string', params: 'array', text: 'string' }
const TIMINGS: Fields = { send: 'number', wait: 'number', receive: 'number' }
const PAIR: Fields = { name: 'string', value: 'string' }
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/

interface Har {
  readonly log: { readonly creator: unknown; readonly entries: readonly HarEntry[] }
}

export interface HarEntry {
  readonly startedDateTime: string
  readonly request: {
    readonly method: string
    readonly url: string
    readonly headers: readonly unknown[]
    readonly queryString: readonly unknown[]
    readonly postData?: { readonly text: string }
  }
  readonly response: {
    readonly status: number
    readonly headers: readonly unknown[]
    readonly content: { readonly text?: string }
  }
  readonly timings: unknown
}

/** Fails on whatever HAR 1.2 requires and `text` lacks. */
export function readHar(text: string): readonly HarEntry[] {
  const har = JSON.parse(text) as Har
  check(har.log, LOG, 'log')
  check(har.log.creator, CREATOR, 'creator')
  for (const entry of har.log.entries) {
    check(entry, ENTRY, 'entry')
    assert.match(entry.startedDateTime, ISO)
    const { request, response } = entry
    check(request, REQUEST, 'request')
    check(response, RESPONSE, 'response')
    check(response.content, CONTENT, 'content')
    check(entry.timings, TIMINGS, 'timings')
    if (request.postData) check(request.postData, POST_DATA, 'postData')
    for (const pair of [...request.headers, ...request.queryString, ...response.headers]) {
      check(pair, PAIR, 'pair')
    }
    assert.ok(URL.canParse(request.url), request.url)
  }
  return har.log.entries
}

function check(value: unknown, fields: Fields, what: string): void {
  for (const [name, type] of Object.entries(fields)) {
    const found = (value as Record<string, unknown>)[name]
    const actual = Array.isArray(found) ? 'array' : typeof found
    assert.equal(actual, type, `${what}.${name}`)
    if (type === 'number') assert.ok(Number.isFinite(found), `${what}.${name}`)
  }
}
