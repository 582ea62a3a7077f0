import type { Readable } from 'node:stream'
import { Agent } from 'undici'
import type { Clock } from '../core/clock.ts'
import { DeliveryError, TransportError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { TargetGuard } from '../http/guard.ts'
import type { ActiveLine } from '../ingress/line-directory.ts'
import type { FileLinks } from './links.ts'

export type FileAnswer =
  | {
      readonly status: 200
      readonly headers: Readonly<Record<string, string>>
      readonly body: Readable
    }
  | { readonly status: 404 | 410 | 502; readonly code: string; readonly message: string }

export interface FileStreamerDeps {
  readonly links: FileLinks
  readonly clock: Clock
  readonly log: Log
  readonly guard: TargetGuard
  findLine(lineId: number): Promise<ActiveLine | undefined>
}

const HEADERS_TIMEOUT_MS = 15_000
/** The longest pause between two pieces of a file. */
const BODY_TIMEOUT_MS = 30_000

const GONE: FileAnswer = { status: 410, code: 'HUB_LINK_EXPIRED', message: 'the link has expired' }
const UNKNOWN: FileAnswer = { status: 404, code: 'HUB_UNKNOWN_FILE', message: 'no such file' }
const BAD_GATEWAY: FileAnswer = {
  status: 502,
  code: 'HUB_CHANNEL_UNREACHABLE',
  message: 'the channel did not give the file',
}

/** `GET /files/<opaque>`: streams a channel's file without storing it. */
export class FileStreamer {
  readonly #deps: FileStreamerDeps
  readonly #agent: Agent

  constructor(deps: FileStreamerDeps) {
    this.#deps = deps
    this.#agent = new Agent({
      connect: { lookup: deps.guard.lookup, timeout: HEADERS_TIMEOUT_MS },
      headersTimeout: HEADERS_TIMEOUT_MS,
      bodyTimeout: BODY_TIMEOUT_MS,
    })
  }

  async close(): Promise<void> {
    await this.#agent.destroy()
  }

  /** Throws StoreUnavailableError. `signal` ends the transfer when the reader has gone. */
  async open(opaque: string, signal: AbortSignal): Promise<FileAnswer> {
    const file = this.#deps.links.read(opaque)
    if (!file) return UNKNOWN
    if (file.expiresAt <= this.#deps.clock.now()) return GONE
    const active = await this.#deps.findLine(file.lineId)
    if (!active?.connector.locateFile || Object.keys(active.record.settings).length === 0) {
      return UNKNOWN
    }
    try {
      return await this.#fetch(active, file, signal)
    } catch (error) {
      if (!(error instanceof DeliveryError || error instanceof TransportError)) throw error
      this.#deps.log.warn(
        { event: 'file.failed', lineId: file.lineId, err: error },
        'a file could not be had from its channel',
      )
      const isRefused = error instanceof DeliveryError && error.fault.disposition === 'reject'
      return isRefused ? UNKNOWN : BAD_GATEWAY
    }
  }

  async #fetch(
    { connector, line }: ActiveLine,
    file: { readonly ref: string; readonly name?: string; readonly mime?: string },
    signal: AbortSignal,
  ): Promise<FileAnswer> {
    const remote = await connector.locateFile?.(file.ref, line, { signal })
    const url = remote && URL.parse(remote.url)
    if (!remote || !url) return UNKNOWN
    this.#deps.guard.assertHost(url.hostname)
    const response = await this.#agent
      .request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: 'GET',
        headers: { ...remote.headers, 'user-agent': 'openlines-hub' },
        signal,
      })
      .catch((error: unknown) => {
        // undici's own errors quote the address, which may hold a token.
        const { code } = error as { code?: unknown }
        throw new TransportError(typeof code === 'string' ? code : 'UNKNOWN', 'not-sent')
      })
    if (response.statusCode === 200) {
      const length = response.headers['content-length']
      return {
        status: 200,
        headers: fileHeaders(file, typeof length === 'string' ? length : undefined),
        body: response.body,
      }
    }
    await response.body.dump()
    return response.statusCode === 404 || response.statusCode === 410 ? UNKNOWN : BAD_GATEWAY
  }
}

/** Sent for download only: what a stranger has sent must not run as a page of the hub's. */
function fileHeaders(
  { name, mime }: { readonly name?: string; readonly mime?: string },
  length: string | undefined,
): Record<string, string> {
  const file = name === undefined ? '' : `; filename*=UTF-8''${encodeURIComponent(name)}`
  return {
    'content-type': mime !== undefined && isPlainMime(mime) ? mime : 'application/octet-stream',
    'content-disposition': `attachment${file}`,
    'x-content-type-options': 'nosniff',
    'cache-control': 'private, max-age=3600',
    'content-security-policy': "default-src 'none'; sandbox",
    ...(length === undefined ? {} : { 'content-length': length }),
  }
}

function isPlainMime(mime: string): boolean {
  return /^(image|video|audio|application)\/[\w.+-]{1,100}$/.test(mime)
}
