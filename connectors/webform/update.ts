import { BadUpdateError } from '#core/errors.ts'
import type { RawRequest } from '#core/http.ts'
import { isRecord } from '#core/json.ts'

/** A form as it was filled in. */
export interface FormUpdate {
  /** Posted by the browser itself, which then shows what is answered. */
  readonly isPage?: true
  /** In the form's order; a name may come more than once. */
  readonly fields: readonly { readonly name: string; readonly value: string }[]
}

const MAX_FIELDS = 200

/** Throws BadUpdateError. */
export function readForm(request: RawRequest): FormUpdate {
  const type = (request.headers['content-type'] ?? '').toLowerCase()
  const fields = readFields(request, type)
  if (fields.length > MAX_FIELDS) throw new BadUpdateError('a form with too many fields')
  const wantsJson = /json/.test(`${type.split(';')[0]} ${request.headers['accept'] ?? ''}`)
  return wantsJson ? { fields } : { isPage: true, fields }
}

function readFields(request: RawRequest, type: string): FormUpdate['fields'] {
  const { body } = request
  if (type.startsWith('application/json')) return readJson(request.json())
  if (type.startsWith('multipart/form-data')) {
    return readMultipart(body.toString('latin1'), request.headers['content-type'] ?? '')
  }
  return [...new URLSearchParams(body.toString('utf8'))].map(([name, value]) => ({ name, value }))
}

function readJson(value: unknown): FormUpdate['fields'] {
  if (!isRecord(value)) throw new BadUpdateError('a form is an object of its fields')
  return Object.entries(value).flatMap(([name, one]) =>
    (Array.isArray(one) ? one : [one]).map((entry) => ({ name, value: textOf(entry) })),
  )
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** `body`: a sign for each byte, so that no file that somebody sends is decoded. */
function readMultipart(body: string, contentType: string): FormUpdate['fields'] {
  const [, quoted, bare] = /boundary=(?:"([^"]{1,70})"|([^;\s]{1,70}))/i.exec(contentType) ?? []
  const boundary = quoted ?? bare
  if (boundary === undefined) throw new BadUpdateError('multipart without a boundary')
  const [, ...parts] = `\r\n${body}`.split(`\r\n--${boundary}`)
  if (parts.length === 0 || !parts.at(-1)?.startsWith('--')) {
    throw new BadUpdateError('a multipart body without its end')
  }
  return parts.slice(0, -1).flatMap((part) => {
    const end = part.indexOf('\r\n\r\n')
    const head = part.slice(0, Math.max(0, end))
    const name = /[\s;]name="([^"]{1,1000})"/i.exec(head)?.[1]
    if (end < 0 || name === undefined) throw new BadUpdateError('a part of the form has no name')
    const value = part.slice(end + 4)
    if (/[\s;]filename\*?=/i.test(head)) {
      if (value === '') return []
      throw new BadUpdateError('files are not taken')
    }
    return [{ name: toText(name), value: toText(value) }]
  })
}

function toText(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
