import type { ConnectorContext, StoredFile } from '#core/connector.ts'
import { BadUpdateError } from '#core/errors.ts'
import type { InboundFile } from '#core/event.ts'
import type { Line } from '#core/line.ts'
import { jsonReply, RefusedRequestError, type RouteReply, type RouteRequest } from '#core/route.ts'
import { isSameSecret } from '#core/secrets.ts'
import { MAX_UPLOAD_BYTES } from '#core/uploads.ts'
import { rejection } from '#kit/rejection.ts'
import { endingOf, fileTypeOf } from './file-type.ts'
import { visitorOf } from './session.ts'
import type { WebChatSettings } from './settings.ts'
import { sealOf } from './token.ts'

const MAX_NAME = 120

/** Takes a file before the message that it belongs to; gives the word by which the message names it. */
export async function takeFile(
  { uploads, clock }: ConnectorContext,
  request: RouteRequest,
  line: Line<WebChatSettings>,
): Promise<RouteReply> {
  const chatId = visitorOf(request, line, clock.now())
  const { bytes, name: given } = await readFile(request)
  const type = fileTypeOf(bytes, given)
  if (!type) {
    throw new RefusedRequestError('HUB_UNSUPPORTED_MEDIA_TYPE', 'only pictures and documents')
  }
  const kept = await uploads.keep({ lineId: line.id, chatId, bytes })
  if (kept.kind !== 'kept') {
    const message = kept.kind === 'many' ? 'no more files today' : 'there is no room for files now'
    throw new RefusedRequestError('HUB_LIMIT', message, { retryAfterSeconds: 3600 })
  }
  const name = fittingName(given, type.endings)
  const { mime, kind } = type
  const look = JSON.stringify([kept.id, name, mime, kind, bytes.length])
  const id = `${Buffer.from(look).toString('base64url')}.${sealOf(line, chatId, look)}`
  return jsonReply(201, { id, name, mime, kind, size: bytes.length })
}

async function readFile(request: RouteRequest): Promise<{ bytes: Buffer; name: string }> {
  const body = await request.body(MAX_UPLOAD_BYTES)
  const type = String(request.headers['content-type'] ?? '')
  const name = request.query.get('name') ?? ''
  const found = /^multipart\/form-data/i.test(type) ? await firstFile(body, type) : undefined
  const bytes = found ? found.bytes : body
  if (bytes.length === 0) throw new RefusedRequestError('HUB_BAD_UPDATE', 'the file is empty')
  return { bytes, name: name || (found?.name ?? '') }
}

async function firstFile(
  body: Buffer,
  type: string,
): Promise<{ bytes: Buffer; name: string } | undefined> {
  try {
    const form = await new Response(body, { headers: { 'content-type': type } }).formData()
    const file = [...form.values()].find((value) => typeof value !== 'string')
    return file && { bytes: Buffer.from(await file.arrayBuffer()), name: file.name }
  } catch (cause) {
    throw new BadUpdateError('the form can not be read', { cause })
  }
}

/** Its own name without a path; a name that says something else than the content gets the content's ending. */
function fittingName(given: string, endings: readonly string[]): string {
  const own = (given.split(/[/\\]/).at(-1) ?? '').replace(/[\p{C}"<>]/gu, '').trim()
  const [usual = 'bin'] = endings
  const isFitting = endings.includes(endingOf(own))
  const stem =
    own
      .replace(/\.[^.]*$/, '')
      .slice(0, MAX_NAME)
      .toWellFormed() || 'file'
  return `${stem}.${isFitting ? endingOf(own) : usual}`
}

/** The file that a message of this visitor names; undefined if it isn't one that he has uploaded. */
export function readFileWord(
  line: Line<WebChatSettings>,
  visitor: string,
  id: string,
): InboundFile | undefined {
  const [encoded = '', seal = ''] = id.split('.')
  const look = Buffer.from(encoded, 'base64url').toString('utf8')
  if (!isSameSecret(sealOf(line, visitor, look), seal)) return undefined
  const parts: unknown = JSON.parse(look)
  if (!Array.isArray(parts)) return undefined
  const [ref, name, mime, kind, size] = parts as [
    string,
    string,
    string,
    InboundFile['kind'],
    number,
  ]
  return { source: { ref }, kind, name, mime, size }
}

/** What a visitor has uploaded. */
export async function openUpload(
  { uploads }: ConnectorContext,
  ref: string,
  line: Line<WebChatSettings>,
): Promise<StoredFile> {
  const found = await uploads.open(line.id, ref)
  if (!found) throw rejection('the file was kept for a day', 'HUB_FILE_GONE')
  return found
}
