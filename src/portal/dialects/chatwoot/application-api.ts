import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { given } from '../../../core/given.ts'
import { parseJson } from '../../../core/json.ts'
import type { Portal } from '../../../core/portal.ts'
import type { Exchange, PortalClient, PortalRequest } from '../../exchange.ts'
import { ChatwootError, toError } from './failure.ts'
import { type Target, targetOf } from './target.ts'

/** Pages of conversations come with the person and the last message of each. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024

export interface Form {
  readonly body: Readable
  readonly headers: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

/**
 * Chatwoot's application API for one account. Paths begin behind the account's. Everything throws ChatwootError, also for a
 * success that isn't JSON: whatever answers there then isn't Chatwoot.
 */
export class ChatwootApi {
  readonly #client: PortalClient
  readonly #portal: Portal
  readonly #target: Target
  readonly #signal: AbortSignal
  readonly #lineId: number | undefined
  #date: number | undefined

  constructor(client: PortalClient, portal: Portal, signal: AbortSignal, lineId?: number) {
    this.#client = client
    this.#portal = portal
    this.#target = targetOf(portal)
    this.#signal = signal
    this.#lineId = lineId
  }

  /** By Chatwoot's own clock, as of its last answer, epoch seconds. */
  get date(): number | undefined {
    return this.#date
  }

  async get(path: string): Promise<unknown> {
    return readJson(await this.#send('GET', path))
  }

  /** Undefined for a 404. */
  async find(path: string): Promise<unknown> {
    try {
      return await this.get(path)
    } catch (error) {
      if (error instanceof ChatwootError && error.status === 404) return undefined
      throw error
    }
  }

  async post(path: string, json: object): Promise<unknown> {
    return readJson(await this.#send('POST', path, toBody(json)))
  }

  async patch(path: string, json: object): Promise<unknown> {
    return readJson(await this.#send('PATCH', path, toBody(json)))
  }

  async put(path: string, json: object): Promise<unknown> {
    return readJson(await this.#send('PUT', path, toBody(json)))
  }

  /** What it answers is nobody's business. */
  async delete(path: string): Promise<void> {
    succeeded(await this.#send('DELETE', path))
  }

  async upload(path: string, { body, headers, timeoutMs }: Form): Promise<unknown> {
    return readJson(await this.#send('POST', path, { body, headers, timeoutMs }))
  }

  async #send(
    method: Dispatcher.HttpMethod,
    path: string,
    more: Partial<Pick<PortalRequest, 'body' | 'headers' | 'timeoutMs'>> = {},
  ): Promise<Exchange> {
    const { base, account, token } = this.#target
    const { secrets, settings } = this.#portal
    const { webhookSecret = '' } = settings
    const exchange = await this.#client.send(
      {
        ...more,
        method,
        url: `${base}/api/v1/accounts/${account}${path}`,
        headers: {
          accept: 'application/json',
          'user-agent': 'openlines-hub',
          ...more.headers,
          api_access_token: token,
        },
        maxAnswerBytes: MAX_ANSWER_BYTES,
        secrets: [token, ...(webhookSecret === '' ? [] : [webhookSecret]), ...secrets],
        ...given({ lineId: this.#lineId }),
      },
      this.#signal,
    )
    this.#date = dateOf(exchange) ?? this.#date
    return exchange
  }
}

function dateOf(exchange: Exchange): number | undefined {
  const date = exchange !== 'aborted' && 'headers' in exchange ? exchange.headers?.['date'] : ''
  const at = Date.parse(String(date))
  return Number.isNaN(at) ? undefined : Math.floor(at / 1000)
}

function toBody(json: object): Pick<PortalRequest, 'body' | 'headers'> {
  return { body: JSON.stringify(json), headers: { 'content-type': 'application/json' } }
}

function succeeded(exchange: Exchange): string {
  const isAnswer = exchange !== 'aborted' && 'status' in exchange
  if (isAnswer && exchange.status >= 200 && exchange.status < 300) return exchange.body
  throw toError(exchange)
}

function readJson(exchange: Exchange): unknown {
  const body = succeeded(exchange)
  try {
    return parseJson(body)
  } catch (cause) {
    const error = 'a success that is not JSON: whatever answers at baseUrl is not Chatwoot'
    const answer = { kind: 'failed', error, ...given({ body: body.slice(0, 500) }) } as const
    throw new ChatwootError(answer, { cause })
  }
}
