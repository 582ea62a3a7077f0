import { AsyncLocalStorage } from 'node:async_hooks'
import type { Clock } from '../core/clock.ts'
import type { FileOpener } from '../core/files.ts'
import { given } from '../core/given.ts'
import type { HttpClient, IncomingResponse, MultipartBody, OutgoingRequest } from '../core/http.ts'
import { type Exchange, type LineTap, type Taps, withoutQuery } from '../core/trace.ts'
import { handedOut } from './credentials.ts'

/** A line that is traced, while its connector works for it. */
export interface Scope {
  readonly tap: LineTap
  /** As the connector has them, which may be older than the store's. */
  readonly secrets: readonly string[]
}

export interface FollowDeps {
  readonly taps: Taps
  readonly clock: Clock
}

/** A channel client whose exchanges for traced lines are noted. */
export function tapHttp(
  http: HttpClient,
  scopes: AsyncLocalStorage<Scope>,
  deps: FollowDeps,
): HttpClient {
  return {
    request(request) {
      const scope = deps.taps.isIdle ? undefined : scopes.getStore()
      return scope ? exchange(http, request, scope, deps.clock) : http.request(request)
    },
  }
}

async function exchange(
  http: HttpClient,
  request: OutgoingRequest,
  { tap, secrets }: Scope,
  clock: Clock,
): Promise<IncomingResponse> {
  const startedAt = clock.now()
  const began = performance.now()
  const note = (end: { error: string } | IncomingResponse): void => {
    const isAnswer = 'status' in end
    const ms = performance.now() - began
    tap.note(() => ({
      exchange: {
        direction: 'out',
        party: 'channel',
        method: request.method,
        url: request.url,
        startedAt,
        ms,
        request: { headers: headersOf(request), ...given({ body: bodyOf(request, tap) }) },
        response: isAnswer ? end : { headers: {} },
        ...(isAnswer ? { status: end.status } : { error: end.error }),
      },
      secrets: [
        ...secrets,
        ...(isAnswer && request.secretFields ? handedOut(end.body, request.secretFields) : []),
      ],
    }))
  }
  try {
    const response = await http.request(withContext(request))
    note(response)
    return response
  } catch (error) {
    note({ error: reasonOf(error) })
    throw error
  }
}

/** Files are opened when the socket is ready for them, and that knows nothing of the line. */
function withContext(request: OutgoingRequest): OutgoingRequest {
  const { multipart } = request
  if (!multipart) return request
  const files = multipart.files.map((file) => ({
    ...file,
    open: AsyncLocalStorage.bind((signal: AbortSignal) => file.open(signal)),
  }))
  return { ...request, multipart: { ...multipart, files } }
}

function reasonOf(error: unknown): string {
  const { reason, fault, name } = error as { reason?: unknown; fault?: unknown; name?: unknown }
  if (typeof reason === 'string') return reason
  const code = (fault as { channelCode?: unknown } | undefined)?.channelCode
  return typeof code === 'string' ? code : String(name)
}

function headersOf({ headers, json, form, multipart }: OutgoingRequest): Record<string, string> {
  if (json !== undefined) return { 'content-type': 'application/json', ...headers }
  if (form) return { 'content-type': 'application/x-www-form-urlencoded', ...headers }
  return {
    ...(multipart ? { 'content-type': `multipart/form-data; ${BOUNDARY}` } : {}),
    ...headers,
  }
}

/** Not the one that was sent, which nobody knows behind the work. */
const BOUNDARY = 'boundary=hub-trace'

function bodyOf({ json, form, multipart }: OutgoingRequest, tap: LineTap): string | undefined {
  if (!tap.keepsBodies) return undefined
  if (json !== undefined) return JSON.stringify(json)
  if (form) return new URLSearchParams(form).toString()
  return multipart && multipartText(multipart)
}

/** The fields, and of each file its name: its bytes have gone by. */
function multipartText({ fields, files }: MultipartBody): string {
  const parts = Object.entries(fields).map(([name, value]) => [`name="${name}"`, value])
  const uploads = files.map(({ field, name, size }) => [
    `name="${field}"; filename="${name}"`,
    `[file${size === undefined ? '' : `, ${size} bytes`}]`,
  ])
  const text = [...parts, ...uploads]
    .map(
      ([head, body]) => `--hub-trace\r\ncontent-disposition: form-data; ${head}\r\n\r\n${body}\r\n`,
    )
    .join('')
  return `${text}--hub-trace--\r\n`
}

/** Files of the portal that go up to the channel. */
export function tapFiles(
  files: FileOpener,
  scopes: AsyncLocalStorage<Scope>,
  { taps, clock }: FollowDeps,
): FileOpener {
  return {
    check: (file) => files.check(file),
    nameOf: (file) => files.nameOf(file),
    async open(file, options) {
      const scope = taps.isIdle ? undefined : scopes.getStore()
      if (!scope) return await files.open(file, options)
      const startedAt = clock.now()
      const began = performance.now()
      const note = (
        end: { status: number } | { error: string },
        headers: Record<string, string>,
      ): void => {
        const exchange: Exchange = {
          direction: 'out',
          party: 'portal',
          method: 'GET',
          url: withoutQuery(file.url),
          startedAt,
          ms: performance.now() - began,
          request: { headers: {} },
          response: { headers },
          ...end,
        }
        scope.tap.note(() => ({ exchange, secrets: scope.secrets }))
      }
      try {
        const opened = await files.open(file, options)
        const length = opened.size === undefined ? undefined : String(opened.size)
        note({ status: 200 }, given({ 'content-type': opened.mime, 'content-length': length }))
        return opened
      } catch (error) {
        note({ error: reasonOf(error) }, {})
        throw error
      }
    },
  }
}
