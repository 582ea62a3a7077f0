import { sleep } from '../../../core/clock.ts'
import type { SpeakerContext } from '../../../core/dialect.ts'
import { given } from '../../../core/given.ts'
import type { Portal } from '../../../core/portal.ts'
import { stripSecrets } from '../../../core/strip-secrets.ts'
import { PortalClient } from '../../exchange.ts'
import { Pace } from './pace.ts'
import { isExpired, type RestOutcome, readRest } from './rest-answer.ts'
import { TokenBook } from './token-book.ts'
import { endpointOf } from './tokens.ts'

export interface RestCall {
  readonly method: string
  readonly params: object
  /** The line that it is about, if that is traced. */
  readonly lineId?: number
  readonly timeoutMs?: number
  /** A few at once, by a person who waits for them: the portal's bucket has room for some dozens. */
  readonly isUnpaced?: true
}

interface Target {
  readonly endpoint: string
  readonly token: string
  readonly secrets: readonly string[]
}

const TRIES = 5
const BUSY_MS = 1000
/** The portal fetches the files of a message while the post waits. */
export const FILES_TIMEOUT_MS = 60_000
const LASTING_MS = 60 * 60_000
const SOON_MS = 15_000

/** Calls methods of portals, with tokens that are renewed as needed. */
export class Rest {
  readonly tokens: TokenBook
  readonly #context: SpeakerContext
  readonly #client: PortalClient
  readonly #pace: Pace

  constructor(context: SpeakerContext) {
    const { clock, log, timeoutMs, memory } = context
    this.#context = context
    this.#client = new PortalClient(context, Math.max(timeoutMs, FILES_TIMEOUT_MS))
    this.#pace = new Pace(clock)
    this.tokens = new TokenBook({
      ...{ client: this.#client, clock, log, timeoutMs },
      memory: memory.portals,
    })
  }

  async close(): Promise<void> {
    await this.#client.close()
  }

  /** Never throws. A token that the portal calls expired is renewed, and the call made once more. */
  async call(portal: Portal, call: RestCall, signal: AbortSignal): Promise<RestOutcome> {
    let stale: string | undefined
    for (;;) {
      const access = await this.tokens.access(portal, signal, stale)
      if (access.kind === 'aborted') return access
      if (access.kind === 'none') {
        const retryAfterMs = access.isLasting ? LASTING_MS : SOON_MS
        return { kind: 'failed', error: access.reason, retryAfterMs }
      }
      const { endpoint, access: token, refresh } = access.tokens
      const secrets = [token, refresh]
      const outcome = await this.#send(portal, call, { endpoint, token, secrets }, signal)
      if (outcome.kind !== 'failed' || !isExpired(outcome) || stale !== undefined) return outcome
      stale = token
    }
  }

  /** With a token that somebody has brought along, at the address that an administrator has entered. Never throws. */
  async callWith(
    portal: Portal,
    token: string,
    call: RestCall,
    signal: AbortSignal,
  ): Promise<RestOutcome> {
    return await this.#send(
      portal,
      call,
      { endpoint: endpointOf(portal), token, secrets: [token] },
      signal,
    )
  }

  async #send(
    portal: Portal,
    call: RestCall,
    to: Target,
    signal: AbortSignal,
  ): Promise<RestOutcome> {
    if (call.isUnpaced) return await this.#patiently(portal, call, to, signal)
    const waitMs = await this.#pace.turn(portal.id, signal)
    if (signal.aborted) return { kind: 'aborted' }
    const error = 'more is to be sent to the portal than it takes: it waits its turn'
    if (waitMs > 0) return { kind: 'failed', error, retryAfterMs: waitMs }
    return await this.#post(portal, call, to, signal)
  }

  /** Should the portal's bucket run over, it is waited for: nobody else would ask again. */
  async #patiently(
    portal: Portal,
    call: RestCall,
    to: Target,
    signal: AbortSignal,
  ): Promise<RestOutcome> {
    for (let left = TRIES; ; left -= 1) {
      const outcome = await this.#post(portal, call, to, signal)
      const isBusy = outcome.kind === 'failed' && outcome.code === 'QUERY_LIMIT_EXCEEDED'
      if (!isBusy || left <= 1 || signal.aborted) return outcome
      await sleep(this.#context.clock, BUSY_MS, signal)
    }
  }

  async #post(
    portal: Portal,
    { method, params, lineId, timeoutMs }: RestCall,
    to: Target,
    signal: AbortSignal,
  ): Promise<RestOutcome> {
    const secrets = [...to.secrets, portal.settings['clientSecret'] ?? '']
    const exchange = await this.#client.send(
      {
        url: `${to.endpoint}${method}`,
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          'user-agent': 'openlines-hub',
        },
        body: JSON.stringify({ ...params, auth: to.token }),
        secrets,
        ...given({ lineId, timeoutMs }),
      },
      signal,
    )
    const outcome = readRest(exchange, this.#context.clock.now())
    if (outcome.kind !== 'failed') return outcome
    if (outcome.code === 'QUERY_LIMIT_EXCEEDED') {
      this.#pace.hold(portal.id, outcome.retryAfterMs ?? 0)
    }
    const { body } = outcome
    return {
      ...outcome,
      error: stripSecrets(outcome.error, secrets),
      ...given({ body: body && stripSecrets(body, secrets) }),
    }
  }
}
