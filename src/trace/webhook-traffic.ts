import type { Clock } from '../core/clock.ts'
import { BadUpdateError } from '../core/errors.ts'
import { given } from '../core/given.ts'
import type { HttpReply, RawRequest } from '../core/http.ts'
import type { Exchange } from '../core/trace.ts'
import type { ActiveLine, WebhookAddress } from '../lines/directory.ts'
import type { ActiveTrace } from './active-trace.ts'
import { secretForms, secretsOfLine, type WithSecretFields } from './secrets-of.ts'
import type { Traces } from './traces.ts'

/** One update as the ingress has read it. */
interface SeenUpdate {
  readonly active: ActiveLine
  readonly receivedAt: number
  readonly update?: unknown
  readonly parsed?: unknown
}

export interface WebhookTrafficDeps<Seen extends SeenUpdate> {
  readonly traces: Traces
  readonly clock: Clock
  /** Where messengers reach the hub; no trailing slash. */
  readonly publicUrl: string
  readonly connectors: readonly WithSecretFields[]
  /** What the update gave, as JSON. */
  eventsOf(seen: Seen): string[]
  /** As what an error is answered. */
  refusalOf(error: unknown): { readonly status: number; readonly code: string }
}

/** Notes the webhooks of traced lines, and the updates that their polls bring. */
export class WebhookTraffic<Seen extends SeenUpdate> {
  readonly #deps: WebhookTrafficDeps<Seen>

  constructor(deps: WebhookTrafficDeps<Seen>) {
    this.#deps = deps
  }

  get isIdle(): boolean {
    return this.#deps.traces.isIdle
  }

  async watch(
    request: RawRequest,
    address: WebhookAddress,
    take: (sight: RequestSight<Seen>) => Promise<HttpReply>,
  ): Promise<HttpReply> {
    const sight = new RequestSight<Seen>()
    const startedAt = this.#deps.clock.now()
    const began = performance.now()
    const note = (
      end: Pick<Exchange, 'ms' | 'status' | 'error' | 'response'>,
      isGenuine: boolean,
    ): void =>
      this.#note({ request, address, sight, isGenuine }, (more) => ({
        direction: 'in',
        party: 'channel',
        method: request.method,
        url: `${this.#deps.publicUrl}/webhook?${request.query.toString()}`,
        startedAt,
        ...end,
        ...more,
      }))
    try {
      const reply = await take(sight)
      const { status, body, contentType } = reply
      const headers = given({ 'content-type': contentType })
      const ms = performance.now() - began
      note({ ms, status, response: { headers, body } }, sight.updates.length > 0)
      return reply
    } catch (error) {
      const { status, code } = this.#deps.refusalOf(error)
      const isGenuine = error instanceof BadUpdateError || sight.updates.length > 0
      const ms = performance.now() - began
      note({ ms, status, error: code, response: { headers: {} } }, isGenuine)
      throw error
    }
  }

  polled(seen: Seen): void {
    const trace = this.#deps.traces.of(seen.active.record.id)
    // Its events are all that is new: the answer to the poll is an exchange of its own.
    if (!trace?.keepsBodies) return
    const startedAt = this.#deps.clock.now()
    trace.note(() => ({
      exchange: {
        direction: 'in',
        party: 'channel',
        method: 'POLLED',
        url: `${this.#deps.publicUrl}/`,
        startedAt,
        ms: 0,
        request: { headers: JSON_TYPE, body: JSON.stringify(seen.update) },
        response: { headers: {} },
        updates: { receivedAt: seen.receivedAt, events: this.#deps.eventsOf(seen) },
      },
      secrets: this.#secretsOf(seen.active),
    }))
  }

  #note(watched: Watched<Seen>, write: (more: Content) => Exchange): void {
    const { traces } = this.#deps
    const { address, sight } = watched
    const lines = new Map<number, ActiveLine>()
    if (address.active) lines.set(address.active.record.id, address.active)
    for (const { active } of sight.updates) lines.set(active.record.id, active)
    for (const active of lines.values()) {
      const trace = traces.of(active.record.id)
      if (!trace) continue
      trace.note(() => ({
        exchange: write(this.#contentFor(active.record.id, trace, watched)),
        secrets: [address.hash, ...this.#secretsOf(active)],
      }))
    }
  }

  /** What of a request this line's portal may see: others' pieces are none of its business. */
  #contentFor(
    lineId: number,
    trace: ActiveTrace,
    { request, address, sight, isGenuine }: Watched<Seen>,
  ): Content {
    const { headers, body } = request
    if (!trace.keepsBodies) return { request: { headers } }
    const own = sight.updates.filter(({ active }) => active.record.id === lineId)
    const receivedAt = own[0]?.receivedAt
    const events =
      receivedAt === undefined
        ? {}
        : { updates: { receivedAt, events: own.flatMap((seen) => this.#deps.eventsOf(seen)) } }
    const read = own.flatMap(({ update }) => (update === undefined ? [] : [update]))
    if (address.connector.isTracedAsRead && read.length > 0) {
      return { request: { headers, body: JSON.stringify(read) }, isPieces: true, ...events }
    }
    const isShared = address.connector.route !== undefined && isGenuine
    const isAllOwn = sight.passedOver === 0 && own.length === sight.updates.length
    if (!isShared || (isAllOwn && own.length > 0)) return { request: { headers, body }, ...events }
    const pieces = JSON.stringify(own.map(({ update }) => update))
    return { request: { headers, body: pieces }, isPieces: true, ...events }
  }

  #secretsOf({ record, portal }: ActiveLine): string[] {
    const kind = this.#deps.connectors.find(({ id }) => id === record.connector)
    return [...secretsOfLine(record, kind), ...portal.secrets].flatMap(secretForms)
  }
}

const JSON_TYPE = { 'content-type': 'application/json' }

type Content = Pick<Exchange, 'request'> & Pick<Partial<Exchange>, 'updates' | 'isPieces'>

interface Watched<Seen extends SeenUpdate> {
  readonly request: RawRequest
  readonly address: WebhookAddress
  readonly sight: RequestSight<Seen>
  /** It has shown that it comes from the channel. */
  readonly isGenuine: boolean
}

class RequestSight<Seen> {
  updates: Seen[] = []
  passedOver = 0

  begin(): void {
    this.updates = []
    this.passedOver = 0
  }

  see(update: Seen): void {
    this.updates.push(update)
  }

  passOver(pieces: number): void {
    this.passedOver = pieces
  }
}
