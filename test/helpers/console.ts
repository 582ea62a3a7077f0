import assert from 'node:assert/strict'
import type { TestHub, TestPortal } from './hub.ts'

export const ADMIN_TOKEN = 'TEST-admin-token-of-24-characters'
export const ADMIN_ENV = { HUB_ADMIN_TOKEN: ADMIN_TOKEN }

/** Somebody at the console, by what his requests carry. */
export interface Visitor {
  readonly headers: Readonly<Record<string, string>>
}

export const NOBODY: Visitor = { headers: {} }
export const OPERATOR: Visitor = { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } }

export interface ConsoleReply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body as JSON; undefined where it isn't. */
  readonly body: unknown
}

export interface ConsoleRequest {
  readonly method?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** `path`: below `/admin/api`. */
export async function askConsole(
  hub: TestHub,
  { headers }: Visitor,
  path: string,
  request: ConsoleRequest = {},
): Promise<ConsoleReply> {
  const { method = 'GET', body, headers: more } = request
  const json = method === 'GET' ? {} : { 'content-type': 'application/json', origin: hub.url }
  const response = await fetch(`${hub.url}/admin/api${path}`, {
    method,
    headers: { ...json, ...headers, ...more },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json')
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson ? JSON.parse(text) : undefined,
  }
}

interface Link {
  readonly url: string
  readonly expiresAt: string
}

export async function makeLink(portal: TestPortal, params: object = {}): Promise<Link> {
  return await portal.hub.createConsoleLink<Link>({ ...params })
}

/** Comes in by a link. */
export async function comeIn(portal: TestPortal, params: object = {}): Promise<Visitor> {
  const { url } = await makeLink(portal, params)
  const response = await fetch(url, { redirect: 'manual' })
  assert.equal(response.status, 303)
  return visitorOf(response)
}

export function visitorOf(response: Response): Visitor {
  const cookie = response.headers.get('set-cookie') ?? ''
  return { headers: { cookie: cookie.split(';')[0] ?? '' } }
}

/** The code of a refusal. */
export function codeOf({ body }: ConsoleReply): string | undefined {
  return (body as { error?: { code?: string } } | undefined)?.error?.code
}
