import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { TransportError } from '../core/errors.ts'
import type { MultipartBody, MultipartFile } from '../core/http.ts'

export interface EncodedMultipart {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Readable
  /** Has all of it been taken from here? Until then the receiver can't have the whole. */
  isComplete(): boolean
  /** What a file threw. */
  failure(): unknown
  /** Lets go of the file that is being read. To be called when the request has ended. */
  release(): void
}

const LINE_END = '\r\n'

/** A form with files as a stream of bytes (RFC 7578). */
export function encodeMultipart({ fields, files }: MultipartBody): EncodedMultipart {
  const boundary = `hub-${randomBytes(18).toString('hex')}`
  const ended = new AbortController()
  let isComplete = false
  let failure: unknown

  async function* write(): AsyncGenerator<Uint8Array> {
    try {
      yield Buffer.from(fieldsOf(fields, boundary))
      for (const file of files) {
        yield Buffer.from(headOf(file, boundary))
        yield* readFile(file, ended.signal)
        yield Buffer.from(LINE_END)
      }
      yield Buffer.from(tailOf(boundary))
      isComplete = true
    } catch (error) {
      // What a file throws because the request has ended says nothing about why that ended.
      if (!ended.signal.aborted) failure = error
      throw error
    }
  }

  const body = Readable.from(write(), { objectMode: false })
  const length = lengthOf({ fields, files }, boundary)
  return {
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      ...(length === undefined ? {} : { 'content-length': String(length) }),
    },
    body,
    isComplete: () => isComplete,
    failure: () => failure,
    release() {
      // A generator that waits for its file can't be made to return: the signal is what reaches the file.
      ended.abort()
      body.destroy()
    },
  }
}

async function* readFile(file: MultipartFile, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  let left = file.size ?? Number.POSITIVE_INFINITY
  for await (const chunk of await file.open(signal)) {
    left -= chunk.length
    if (left < 0) break
    yield chunk
  }
  // The promised length would end the request in the middle of the form, or leave its receiver waiting.
  if (file.size !== undefined && left !== 0)
    throw new TransportError('HUB_SIZE_CHANGED', 'not-sent')
}

function lengthOf({ fields, files }: MultipartBody, boundary: string): number | undefined {
  let length = Buffer.byteLength(fieldsOf(fields, boundary) + tailOf(boundary))
  for (const file of files) {
    if (file.size === undefined) return undefined
    length += Buffer.byteLength(headOf(file, boundary) + LINE_END) + file.size
  }
  return length
}

function fieldsOf(fields: MultipartBody['fields'], boundary: string): string {
  return Object.entries(fields)
    .map(([name, value]) =>
      [
        `--${boundary}`,
        `content-disposition: form-data; ${named('name', name)}`,
        '',
        value,
        '',
      ].join(LINE_END),
    )
    .join('')
}

function headOf({ field, name, mime }: MultipartFile, boundary: string): string {
  return [
    `--${boundary}`,
    `content-disposition: form-data; ${named('name', field)}; ${named('filename', name)}`,
    `content-type: ${isMime(mime) ? mime : 'application/octet-stream'}`,
    '',
    '',
  ].join(LINE_END)
}

function tailOf(boundary: string): string {
  return `--${boundary}--${LINE_END}`
}

/** Quoted as browsers do it: nothing in a name can end its line or its quotes. */
function named(key: string, value: string): string {
  const escaped = value.replace(/["\r\n]/g, encodeURIComponent)
  return `${key}="${escaped}"`
}

/** What a stranger's server said goes into a header line. */
function isMime(mime: string | undefined): mime is string {
  return mime !== undefined && /^[\w.+-]{1,100}\/[\w.+-]{1,100}$/.test(mime)
}
