import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { signedHeaders } from '../../src/client/signature.ts'
import { given } from '../../src/core/given.ts'
import { checkAnswer, STANDARD_RESULTS } from './api-check.ts'
import { send } from './http.ts'

export interface RpcCaller {
  readonly url: string
  readonly portal: string
  readonly secret: string
}

export interface RpcOptions {
  readonly id?: string
  /** Unix seconds. */
  readonly timestamp?: number
  /** Laid over the headers that belong to the call; undefined takes one away. */
  readonly headers?: Readonly<Record<string, string | undefined>>
}

export interface RpcReply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** The body as JSON; undefined when there is none. */
  readonly body: unknown
}

/** Posts a JSON-RPC body (an object, or raw text) with every part of the signature at the test's command. */
export async function postRpc(
  caller: RpcCaller,
  payload: object | string,
  options: RpcOptions = {},
): Promise<RpcReply> {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload)
  const all = {
    'content-type': 'application/json',
    ...signedHeaders({
      id: options.id ?? `req_${randomUUID()}`,
      timestamp: options.timestamp ?? Math.floor(Date.now() / 1000),
      body,
      secrets: [caller.secret],
    }),
    ...options.headers,
  }
  const kept = Object.entries(all).filter(([, value]) => value !== undefined)
  const headers = Object.fromEntries(kept) as Record<string, string>
  const answer = await send(`${caller.url}/rpc/${caller.portal}`, { headers, body })
  const { status, body: text } = answer
  checkAnswer(body, text, STANDARD_RESULTS)
  return { status, headers: answer.headers, text, body: text === '' ? undefined : JSON.parse(text) }
}

/** A JSON-RPC call. */
export function toCall(method: string, params?: object, id: number | string = 1): object {
  return { jsonrpc: '2.0', id, method, ...given({ params }) }
}

export interface RpcFailure {
  readonly status: number
  readonly code: number
  readonly message: string
  readonly hubCode?: string
  /** Names of the faulty fields, in alphabetical order. */
  readonly fields?: readonly string[]
}

/** What a call through the client rejected with. Throws if it did not. */
export async function failureOf(call: Promise<unknown>): Promise<RpcFailure> {
  const error = await call.then(
    (value) => {
      throw new Error(`the call succeeded: ${JSON.stringify(value)}`)
    },
    (reason: unknown) => reason as RpcFailure & { readonly data?: { fields?: Fault[] } },
  )
  const { status, code, message, hubCode, data } = error
  return {
    status,
    code,
    message,
    ...given({ hubCode }),
    ...(data?.fields ? { fields: data.fields.map(({ field }) => field).sort() } : {}),
  }
}

interface Fault {
  readonly field: string
}
