import { AsyncLocalStorage } from 'node:async_hooks'
import type { HttpClient } from '../core/http.ts'
import { handedOut } from './credentials.ts'

/** The last answer of a channel while somebody listened. */
interface Heard {
  body?: string
  secrets?: readonly string[]
}

/**
 * What channels answer to single sends. A connector's client doesn't know whose call it is, so who listens goes with the
 * asynchronous context; without listeners an exchange costs a look at that.
 */
export class AnswerTap {
  readonly #listeners = new AsyncLocalStorage<Heard>()

  record<T>(heard: Heard, work: () => Promise<T>): Promise<T> {
    return this.#listeners.run(heard, work)
  }

  /** A client whose answers are heard. */
  follow(http: HttpClient): HttpClient {
    return {
      request: async (request) => {
        const heard = this.#listeners.getStore()
        if (!heard) return await http.request(request)
        // What an exchange before this one was answered isn't the answer to this one.
        delete heard.body
        const response = await http.request(request)
        heard.body = response.body
        heard.secrets = handedOut(response.body, request.secretFields)
        return response
      },
    }
  }
}
