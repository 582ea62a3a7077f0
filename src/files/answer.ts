import type { Writable } from 'node:stream'

type RefusalStatus = 404 | 410 | 416 | 502 | 503

/** What the reader of a link gets. */
export type FileAnswer =
  | {
      readonly status: 200 | 206
      readonly headers: Readonly<Record<string, string>>
      /** Absent: the request was a HEAD. Rejects when one of the ends broke off; both are closed then. */
      readonly pipe?: (reader: Writable) => Promise<void>
    }
  | FileRefusal

export interface FileRefusal {
  readonly status: RefusalStatus
  readonly code: string
  readonly message: string
  readonly headers?: Readonly<Record<string, string>>
}

/** The whole table of refusals. 4xx: don't come again for this link. 502, 503: it may work later. */
export const REFUSALS = {
  expired: { status: 410, code: 'HUB_LINK_EXPIRED', message: 'the link has expired' },
  unknown: { status: 404, code: 'HUB_UNKNOWN_FILE', message: 'no such file' },
  missing: {
    status: 404,
    code: 'HUB_UNKNOWN_FILE',
    message: 'the channel does not have this file, or not any more',
  },
  gone: { status: 410, code: 'HUB_FILE_GONE', message: 'the channel has deleted this file' },
  unreachable: {
    status: 502,
    code: 'HUB_CHANNEL_UNREACHABLE',
    message: 'the channel did not give the file',
  },
  busy: {
    status: 503,
    code: 'HUB_LIMIT',
    message: 'too many files are being read, come again in a moment',
    headers: { 'retry-after': '2' },
  },
} as const satisfies Readonly<Record<string, FileRefusal>>

export interface RemoteHead {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

interface FileLook {
  readonly name?: string
  readonly mime?: string
}

/**
 * The headers of a file's answer. Sent for download only: what a stranger has sent must not run as a page of the hub's.
 */
export function fileHeaders(
  { name, mime }: FileLook,
  { status, headers }: RemoteHead,
): Record<string, string> {
  const length = one(headers['content-length'])
  const range = one(headers['content-range'])
  const encoding = one(headers['content-encoding'])
  const takesRanges = status === 206 || one(headers['accept-ranges'])?.toLowerCase() === 'bytes'
  return {
    'content-type': mime !== undefined && isPlainMime(mime) ? mime : 'application/octet-stream',
    'content-disposition': disposition(name),
    'x-content-type-options': 'nosniff',
    'cache-control': 'private, max-age=3600',
    'content-security-policy': "default-src 'none'; sandbox",
    ...(takesRanges ? { 'accept-ranges': 'bytes' } : {}),
    ...(status === 206 && range !== undefined ? { 'content-range': range } : {}),
    // Asked for plain bytes; a channel that compresses all the same is passed on as what it is.
    ...(encoding !== undefined && /^[\w-]{1,20}$/.test(encoding)
      ? { 'content-encoding': encoding }
      : {}),
    ...(length !== undefined && /^\d{1,15}$/.test(length) ? { 'content-length': length } : {}),
  }
}

/** A range outside the file. The answer says how long the file is, if the channel does. */
export function unsatisfiable({ headers }: RemoteHead): FileRefusal {
  const range = one(headers['content-range'])
  return {
    status: 416,
    code: 'HUB_BAD_RANGE',
    message: 'the file has no such range',
    ...(range !== undefined && /^bytes \*\/\d{1,15}$/.test(range)
      ? { headers: { 'content-range': range } }
      : {}),
  }
}

/** One range of bytes, as it may be passed on. Anything else reads as no Range at all (RFC 9110 §14.2). */
export function readRange(header: string | undefined): string | undefined {
  const isSingle = /^bytes=(?:\d{1,15}-\d{0,15}|-\d{1,15})$/i.test(header ?? '')
  return isSingle ? header : undefined
}

function disposition(name: string | undefined): string {
  if (name === undefined) return 'attachment'
  // RFC 8187 wants more escaped than encodeURIComponent does, and a half emoji would throw.
  const escaped = encodeURIComponent(name.toWellFormed()).replace(
    /['()*!]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename*=UTF-8''${escaped}`
}

function isPlainMime(mime: string): boolean {
  return /^(image|video|audio|application)\/[\w.+-]{1,100}$/.test(mime)
}

function one(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}
