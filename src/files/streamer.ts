import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Agent } from 'undici'
import type { Clock } from '../core/clock.ts'
import type { StoredFile } from '../core/connector.ts'
import { DeliveryError, TransportError } from '../core/errors.ts'
import type { TargetGuard } from '../core/http.ts'
import type { Line } from '../core/line.ts'
import type { Log } from '../core/log.ts'
import { lineName } from '../core/log-names.ts'
import { PerTargets } from '../core/per-targets.ts'
import { type Exchange, type Taps, withoutQuery } from '../core/trace.ts'
import type { ActiveLine } from '../lines/directory.ts'
import {
  type FileAnswer,
  type FileRefusal,
  fileHeaders,
  REFUSALS,
  type RemoteHead,
  unsatisfiable,
} from './answer.ts'
import type { FileLinks, LinkedFile } from './links.ts'
import { TransferGarbage } from './transfer-garbage.ts'
import type { Transfer, Transfers } from './transfers.ts'

export interface FileStreamerDeps {
  readonly links: FileLinks
  readonly clock: Clock
  readonly log: Log
  readonly guard: TargetGuard
  /** Beyond its limits readers are asked to come again: each file costs buffers and two sockets. */
  readonly transfers: Transfers
  findLine(lineId: number): Promise<ActiveLine | undefined>
  /** Lines whose exchanges are to be noted. */
  readonly taps?: Taps
}

export interface StreamerLimits {
  readonly headersTimeoutMs: number
  /** The longest pause between two pieces of a file, while the reader is ready for them. */
  readonly idleTimeoutMs: number
}

export interface FileRequest {
  readonly isHead: boolean
  /** One range of bytes for the channel (`readRange`). */
  readonly range?: string | undefined
  /** Aborts when the answer has ended, however it did: until then the transfer counts. */
  readonly signal: AbortSignal
}

type FileEnd = Pick<Exchange, 'status' | 'error'> & Pick<Exchange['response'], 'headers'>

const LIMITS: StreamerLimits = {
  headersTimeoutMs: 15_000,
  idleTimeoutMs: 30_000,
}

/**
 * `GET /files/<opaque>`: streams a channel's file without storing it, as fast as the reader takes it.
 *
 * What the channel says becomes: 404 → 404, 410 → 410, 416 → 416, everything else but a file → 502. A connector that finds
 * that the channel will never give the file (Telegram: too big for bots, an id it doesn't know) makes it a 404, or a 410 if
 * it says that the file is gone, as no later try will change that; refused credentials are a 502, as a person may mend them within the life of the link. A redirect is
 * a 502: no channel needs one here, and its target could be anything, also an address with a token that must not be shown.
 */
export class FileStreamer {
  readonly #deps: FileStreamerDeps
  readonly #ways: PerTargets<{ readonly guard: TargetGuard; readonly agent: Agent }>
  readonly #garbage = new TransferGarbage()

  constructor(deps: FileStreamerDeps, limits: StreamerLimits = LIMITS) {
    this.#deps = deps
    this.#ways = new PerTargets((allowed) => {
      const guard = deps.guard.narrowed(allowed)
      const agent = new Agent({
        connect: { lookup: guard.lookup, timeout: limits.headersTimeoutMs },
        headersTimeout: limits.headersTimeoutMs,
        bodyTimeout: limits.idleTimeoutMs,
      })
      return { guard, agent }
    })
  }

  async close(): Promise<void> {
    await Promise.all(this.#ways.all().map(({ agent }) => agent.destroy()))
  }

  /** Throws StoreUnavailableError. */
  async open(opaque: string, request: FileRequest): Promise<FileAnswer> {
    const file = this.#deps.links.read(opaque)
    if (!file) return REFUSALS.unknown
    if (file.expiresAt <= this.#deps.clock.now()) return REFUSALS.expired
    const active = await this.#deps.findLine(file.lineId)
    if (active?.portal.switchedOff) return REFUSALS.unknown
    if (!active || Object.keys(active.record.settings).length === 0) return REFUSALS.unknown
    const { locateFile, openFile } = active.connector
    if (!locateFile && !openFile) return REFUSALS.unknown
    const { id: lineId, portalId } = active.record
    const transfer = this.#deps.transfers.admit({ portalId, lineId }, request.signal)
    if (!transfer) return REFUSALS.busy
    const signal = AbortSignal.any([request.signal, transfer.signal])
    try {
      return await this.#fetch(active, file, { ...request, signal }, transfer)
    } catch (error) {
      if (!(error instanceof DeliveryError || error instanceof TransportError)) throw error
      if (!signal.aborted) this.#report(active, error)
      return toRefusal(error)
    }
  }

  /** Undefined if the line isn't traced. The file itself goes by. */
  #note(
    { id }: Line,
    url: string,
    asked: Exchange['request']['headers'],
  ): ((end: FileEnd) => void) | undefined {
    const { taps, clock } = this.#deps
    const tap = taps?.of(id)
    if (!tap) return undefined
    const startedAt = clock.now()
    return ({ headers, ...end }) => {
      const ms = clock.now() - startedAt
      const exchange: Exchange = {
        direction: 'out',
        party: 'channel',
        method: 'GET',
        url: withoutQuery(url),
        startedAt,
        ms,
        request: { headers: asked },
        response: { headers },
        ...end,
      }
      tap.note(() => ({ exchange }))
    }
  }

  #report({ record }: Pick<ActiveLine, 'record'>, error: Error): void {
    this.#deps.log.warn(
      { event: 'file.failed', lineId: record.id, line: lineName(record), err: error },
      'a file could not be had from its channel',
    )
  }

  async #fetch(
    active: ActiveLine,
    file: LinkedFile,
    { isHead, range, signal }: FileRequest,
    transfer: Transfer,
  ): Promise<FileAnswer> {
    const { connector, line, portal } = active
    if (connector.openFile) {
      return storedAnswer(file, await connector.openFile(file.ref, line), isHead)
    }
    const remote = await connector.locateFile?.(file.ref, line, { signal })
    const url = remote && URL.parse(remote.url)
    if (!remote || !url) return REFUSALS.unknown
    const asked = {
      ...remote.headers,
      'user-agent': 'openlines-hub',
      'accept-encoding': 'identity',
      ...(range === undefined || isHead ? {} : { range }),
    }
    const noted = this.#note(line, remote.url, asked)
    const { guard, agent } = this.#ways.of(portal.allowedTargets)
    guard.assertHost(url.hostname)
    const { statusCode, headers, body } = await agent
      .request({
        origin: url.origin,
        path: url.pathname + url.search,
        // Not HEAD: hardly any channel's file server is known to answer that.
        method: 'GET',
        headers: asked,
        signal,
      })
      .catch((error: unknown) => {
        const fault = withoutAddress(error)
        noted?.({ error: fault.reason, headers: {} })
        throw fault
      })
    noted?.({ status: statusCode, headers })
    const head: RemoteHead = { status: statusCode, headers }
    if (statusCode === 200 || statusCode === 206) {
      const answer = { status: statusCode, headers: fileHeaders(file, head) } as const
      body.on('error', (error) => {
        if (!signal.aborted && !isHead) this.#report(active, withoutAddress(error))
      })
      if (!isHead) {
        const pipe = (reader: Writable): Promise<void> =>
          pipeline(body, this.#garbage.counter(transfer.passed), reader)
        return { ...answer, pipe }
      }
      body.destroy()
      return answer
    }
    await body.dump({ limit: 64 * 1024 })
    return refusalOf(head)
  }
}

/** A file of the hub's own store, as a whole. */
function storedAnswer(
  file: LinkedFile,
  { size, content }: StoredFile,
  isHead: boolean,
): FileAnswer {
  const headers = fileHeaders(file, { status: 200, headers: { 'content-length': String(size) } })
  if (isHead) return { status: 200, headers }
  return { status: 200, headers, pipe: (reader) => pipeline(Readable.from(content), reader) }
}

/** undici's own errors quote the address, which may hold a token. */
function withoutAddress(error: unknown): TransportError {
  if (error instanceof TransportError) return error
  const { code } = error as { code?: unknown }
  return new TransportError(typeof code === 'string' ? code : 'UNKNOWN', 'not-sent')
}

function refusalOf(head: RemoteHead): FileRefusal {
  if (head.status === 404) return REFUSALS.missing
  if (head.status === 410) return REFUSALS.gone
  return head.status === 416 ? unsatisfiable(head) : REFUSALS.unreachable
}

function toRefusal(error: DeliveryError | TransportError): FileRefusal {
  if (error instanceof TransportError || error.fault.disposition !== 'reject') {
    return REFUSALS.unreachable
  }
  const { channelCode } = error.fault
  if (!channelCode.startsWith('HUB_FILE_')) return REFUSALS.missing
  const status = channelCode === REFUSALS.gone.code ? REFUSALS.gone.status : 404
  return { status, code: channelCode, message: error.message }
}
