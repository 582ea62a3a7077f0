import { Agent, type Dispatcher } from 'undici'
import { TransportError } from '../core/errors.ts'
import type { FileOpener, OpenedFile, OpenOptions } from '../core/files.ts'
import { given } from '../core/given.ts'
import type { TargetGuard } from '../core/http.ts'
import type { OutboundFile } from '../core/message.ts'
import { type FileFaults, faultsOf, nameOf } from './faults.ts'
import { fileBehind } from './landing-pages.ts'
import { TransferGarbage } from './transfer-garbage.ts'

export interface SourceLimits {
  /** For the connection, and again for the answer's headers. */
  readonly headersTimeoutMs: number
  /** The longest pause between two pieces of a file while it is waited for. */
  readonly idleTimeoutMs: number
  /** All waiting for one file taken together; what the channel takes for itself doesn't count. */
  readonly waitTimeoutMs: number
}

/** 50 MB in three minutes are 2.2 Mbit/s: a portal's server that is slower holds up the chat for too long. */
const LIMITS: SourceLimits = {
  headersTimeoutMs: 15_000,
  idleTimeoutMs: 20_000,
  waitTimeoutMs: 180_000,
}

const REDIRECTS = new Set([301, 302, 303, 307, 308])
const MAX_REDIRECTS = 5

type Body = Dispatcher.ResponseData['body']

/** Opens portals' files for uploads: guarded, with redirects only where a file says so, limited in bytes and time. */
export class FileSource implements FileOpener {
  readonly #guard: TargetGuard
  readonly #limits: SourceLimits
  readonly #agent: Agent
  readonly #garbage = new TransferGarbage()

  constructor(guard: TargetGuard, limits: SourceLimits = LIMITS) {
    this.#guard = guard
    this.#limits = limits
    this.#agent = new Agent({
      connect: { lookup: guard.lookup, timeout: limits.headersTimeoutMs },
      headersTimeout: limits.headersTimeoutMs,
      bodyTimeout: limits.idleTimeoutMs,
    })
  }

  async close(): Promise<void> {
    await this.#agent.destroy()
  }

  check(file: OutboundFile): void {
    this.#locate(file.url, faultsOf(file))
  }

  nameOf(file: OutboundFile): string {
    return nameOf(file)
  }

  async open(file: OutboundFile, options: OpenOptions): Promise<OpenedFile> {
    const faults = faultsOf(file, options.isFinal)
    const { statusCode, headers, body } = await this.#arrive(file, options.signal, faults)
    try {
      const size = readSize(headers)
      if (statusCode !== 200) throw faults.status(statusCode)
      if (isEncoded(headers)) throw faults.unreadable()
      if (size !== undefined && size > options.maxBytes) throw faults.tooLarge(options.maxBytes)
      const mime = first(headers['content-type'])?.split(';')[0]?.trim().toLowerCase()
      return {
        name: nameOf(file),
        ...given({ mime, size }),
        stream: this.#read(body, options, faults),
        close: () => body.destroy(),
      }
    } catch (error) {
      body.destroy()
      throw error
    }
  }

  /** The answer at the end of the redirects. Each address is looked at as the first one was: it is a stranger's word too. */
  async #arrive(
    file: OutboundFile,
    signal: AbortSignal,
    faults: FileFaults,
  ): Promise<Dispatcher.ResponseData> {
    let url = fileBehind(file.url)
    for (let hops = 0; ; hops++) {
      const response = await this.#request(this.#locate(url, faults), signal, faults)
      // Destroying it makes it emit an error that nobody waits for.
      response.body.on('error', () => undefined)
      const target = REDIRECTS.has(response.statusCode)
        ? first(response.headers['location'])
        : undefined
      const next = file.mayRedirect && target ? URL.parse(target, url)?.href : undefined
      if (next === undefined || hops === MAX_REDIRECTS) return response
      response.body.destroy()
      url = fileBehind(next)
    }
  }

  #locate(address: string, faults: FileFaults): URL {
    const url = URL.parse(address)
    if (!url || !/^https?:$/.test(url.protocol)) throw faults.noAddress()
    const isLocal = /(^|\.)localhost\.?$/.test(url.hostname)
    try {
      this.#guard.assertHost(isLocal ? '127.0.0.1' : url.hostname)
    } catch (error) {
      throw faults.transport(error)
    }
    return url
  }

  async #request(
    url: URL,
    signal: AbortSignal,
    faults: FileFaults,
  ): Promise<Dispatcher.ResponseData> {
    if (signal.aborted) throw new TransportError('ABORTED', 'not-sent')
    try {
      return await this.#agent.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: 'GET',
        // Compressed, a file's length would not be its size.
        headers: { 'user-agent': 'openlines-hub', 'accept-encoding': 'identity' },
        signal,
      })
    } catch (error) {
      throw toFault(error, signal, faults)
    }
  }

  async *#read(
    body: Body,
    { maxBytes, signal }: OpenOptions,
    faults: FileFaults,
  ): AsyncGenerator<Uint8Array> {
    const pieces: AsyncIterator<Uint8Array> = body[Symbol.asyncIterator]()
    let bytes = 0
    let waitedMs = 0
    try {
      for (;;) {
        const askedAt = performance.now()
        const piece = await pieces.next()
        if (piece.done) return
        waitedMs += performance.now() - askedAt
        bytes += piece.value.length
        if (bytes > maxBytes) throw faults.tooLarge(maxBytes)
        if (waitedMs > this.#limits.waitTimeoutMs) throw faults.tooSlow()
        this.#garbage.note(piece.value.length)
        yield piece.value
      }
    } catch (error) {
      throw toFault(error, signal, faults)
    } finally {
      body.destroy()
    }
  }
}

function toFault(error: unknown, signal: AbortSignal, faults: FileFaults): Error {
  return signal.aborted ? new TransportError('ABORTED', 'not-sent') : faults.transport(error)
}

type Headers = Dispatcher.ResponseData['headers']

function first(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}

function readSize(headers: Headers): number | undefined {
  const length = first(headers['content-length'])
  return length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : undefined
}

function isEncoded(headers: Headers): boolean {
  const encoding = first(headers['content-encoding'])?.toLowerCase() ?? 'identity'
  return encoding !== 'identity' && encoding !== ''
}
