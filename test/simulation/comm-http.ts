import { TransportError } from '../../src/core/errors.ts'
import type { HttpClient, IncomingResponse, OutgoingRequest } from '../../src/core/http.ts'
import type { Random } from './random.ts'
import type { Owner, SimTime } from './sim-clock.ts'

export type CallFate = 'answered' | 'failed' | 'unreachable' | 'hanging'

export interface CallWorld {
  readonly time: SimTime
  readonly random: Random
  callFate(): CallFate
  /** A request has arrived. */
  called(key: string): void
  /** It is answered with this. */
  answered(key: string, answer: string): void
}

const PATIENCE_MS = 4000
/** Some of them never work. */
const DOWN = /[37]$/

/** The other systems that scripts call; each answer is another one. */
export class OtherSystems {
  readonly #world: CallWorld
  #count = 0

  constructor(world: CallWorld) {
    this.#world = world
  }

  clientOf(owner: Owner): HttpClient {
    return { request: (request) => this.#request(request, owner) }
  }

  #request(
    { url, headers = {}, signal }: OutgoingRequest,
    owner: Owner,
  ): Promise<IncomingResponse> {
    const { time, random } = this.#world
    const key = headers['idempotency-key'] ?? ''
    const fate = DOWN.test(url) ? 'failed' : this.#world.callFate()
    return new Promise((resolve, reject) => {
      const fail = (reason: string): void => reject(new TransportError(reason, 'unknown'))
      signal?.addEventListener('abort', () => fail('ABORTED'))
      if (signal?.aborted) return fail('ABORTED')
      time.schedule(random.between(0.5, 5), () => {
        this.#world.called(key)
        if (fate === 'hanging') {
          time.schedule(PATIENCE_MS, () => fail('ETIMEDOUT'), owner)
          return
        }
        const delayMs = random.chance(0.8) ? random.between(1, 50) : random.between(50, 2000)
        time.schedule(delayMs, () => this.#end(fate, key, resolve, fail), owner)
      })
    })
  }

  #end(
    fate: CallFate,
    key: string,
    resolve: (response: IncomingResponse) => void,
    fail: (reason: string) => void,
  ): void {
    if (fate === 'unreachable') {
      fail('ECONNREFUSED')
      return
    }
    if (fate === 'failed') {
      resolve({ status: 500, headers: {}, body: 'no' })
      return
    }
    const answer = `r${this.#count++}`
    this.#world.answered(key, answer)
    resolve({ status: 200, headers: {}, body: JSON.stringify(answer) })
  }
}
