import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import type { RenderedFile } from '../../../core/stored-event.ts'
import type { Form } from './application-api.ts'
import type { RemoteFiles } from './remote-files.ts'

/** What Chatwoot takes of a file unless its administrator has set something else. */
export const MAX_FILE_BYTES = 40 * 1024 * 1024
/** For a request with files; others have the hub's own time for portals. */
export const UPLOAD_TIMEOUT_MS = 60_000

const LINE_END = '\r\n'

export interface Upload extends Form {
  /** The file that could not be had, which has ended the request: Chatwoot can't have taken it. */
  fault(): RenderedFile | undefined
}

/**
 * A form with files, streamed: each is fetched when its turn has come, and no faster than Chatwoot takes it. Without the
 * closing boundary a form is no form, so what breaks off was not taken.
 */
export function createUpload(
  fields: readonly (readonly [string, string])[],
  files: readonly RenderedFile[],
  { remote, signal }: { readonly remote: RemoteFiles; readonly signal: AbortSignal },
): Upload {
  const boundary = `hub-${randomBytes(18).toString('hex')}`
  let fault: RenderedFile | undefined

  async function* write(): AsyncGenerator<Uint8Array> {
    for (const [name, value] of fields) {
      yield Buffer.from(part(boundary, `name="${quote(name)}"`) + LINE_END + value + LINE_END)
    }
    for (const file of files) {
      try {
        const opened = await remote.open(file.url, { maxBytes: MAX_FILE_BYTES, signal })
        const mime = mimeOf(file.mime ?? opened.mime)
        const name = quote(nameOf(file, mime))
        const head = part(boundary, `name="attachments[]"; filename="${name}"`)
        yield Buffer.from(`${head}content-type: ${mime}${LINE_END}${LINE_END}`)
        yield* opened.stream
      } catch (error) {
        fault = file
        throw error
      }
      yield Buffer.from(LINE_END)
    }
    yield Buffer.from(`--${boundary}--${LINE_END}`)
  }

  return {
    body: Readable.from(write(), { objectMode: false }),
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    timeoutMs: UPLOAD_TIMEOUT_MS,
    fault: () => fault,
  }
}

function part(boundary: string, disposition: string): string {
  return `--${boundary}${LINE_END}content-disposition: form-data; ${disposition}${LINE_END}`
}

/** As browsers do it: nothing in a name can end its line or its quotes. */
function quote(text: string): string {
  return text.replace(/["\r\n]/g, encodeURIComponent)
}

function mimeOf(mime: string | undefined): string {
  return mime !== undefined && /^[\w.+-]{1,100}\/[\w.+-]{1,100}$/.test(mime)
    ? mime
    : 'application/octet-stream'
}

/** Chatwoot's lists and browsers go by the ending of the name. */
function nameOf({ name, kind }: RenderedFile, mime: string): string {
  if (name) return name
  const [, subtype = ''] = mime.split('/')
  const ending = mime === 'application/octet-stream' ? '' : subtype.replace(/^x-|\+.*$/g, '')
  return ending === '' ? kind : `${kind}.${ending}`
}
