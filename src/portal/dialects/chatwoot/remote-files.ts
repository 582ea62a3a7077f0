import { Agent, type Dispatcher } from 'undici'
import type { TargetGuard } from '../../../core/http.ts'

export interface RemoteFile {
  readonly mime?: string
  readonly size?: number
  /** Throws FileFault. */
  readonly stream: AsyncIterable<Uint8Array>
  close(): void
}

/** A file that can't be had. The words hold no address. */
export class FileFault extends Error {
  override name = 'FileFault'
}

type Body = Dispatcher.ResponseData['body']

const TIMEOUT_MS = 15_000
const MAX_REDIRECTS = 3
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/**
 * Files on the web, both those that a channel's link leads to and those of Chatwoot's, whose links redirect to its storage:
 * each address on the way goes through the guard, and nothing is held in memory.
 */
export class RemoteFiles {
  readonly #guard: TargetGuard
  readonly #agent: Agent

  constructor(guard: TargetGuard) {
    this.#guard = guard
    this.#agent = new Agent({
      connect: { lookup: guard.lookup, timeout: TIMEOUT_MS },
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    })
  }

  async close(): Promise<void> {
    await this.#agent.destroy()
  }

  /** Throws FileFault. */
  async open(
    address: string,
    { maxBytes, signal }: { readonly maxBytes: number; readonly signal: AbortSignal },
  ): Promise<RemoteFile> {
    const { statusCode, headers, body } = await this.#follow(address, signal)
    // Destroying it makes it emit an error that nobody waits for.
    body.on('error', () => undefined)
    const length = Number(first(headers['content-length']) ?? Number.NaN)
    const size = Number.isSafeInteger(length) ? length : undefined
    if (statusCode !== 200 || (size !== undefined && size > maxBytes)) {
      body.destroy()
      throw new FileFault(statusCode === 200 ? 'it is too large' : `HTTP ${statusCode}`)
    }
    const mime = first(headers['content-type'])?.split(';')[0]?.trim().toLowerCase()
    return {
      ...(mime === undefined ? {} : { mime }),
      ...(size === undefined ? {} : { size }),
      stream: read(body, maxBytes),
      close: () => body.destroy(),
    }
  }

  async #follow(address: string, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    let url = address
    for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
      const response = await this.#request(url, signal)
      const location = first(response.headers['location'])
      if (!REDIRECTS.has(response.statusCode) || location === undefined) return response
      response.body.on('error', () => undefined)
      response.body.destroy()
      url = URL.parse(location, url)?.href ?? ''
    }
    throw new FileFault('it redirects too often')
  }

  async #request(address: string, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const url = URL.parse(address)
    if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
      throw new FileFault('it has no address')
    }
    try {
      this.#guard.assertHost(url.hostname)
      return await this.#agent.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: 'GET',
        headers: { 'user-agent': 'openlines-hub', 'accept-encoding': 'identity' },
        signal,
      })
    } catch (error) {
      throw new FileFault('its server does not answer', { cause: error })
    }
  }
}

async function* read(body: Body, maxBytes: number): AsyncGenerator<Uint8Array> {
  let bytes = 0
  try {
    for await (const piece of body as AsyncIterable<Uint8Array>) {
      bytes += piece.length
      if (bytes > maxBytes) throw new FileFault('it is too large')
      yield piece
    }
  } catch (error) {
    throw error instanceof FileFault ? error : new FileFault('it broke off', { cause: error })
  } finally {
    body.destroy()
  }
}

function first(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}
