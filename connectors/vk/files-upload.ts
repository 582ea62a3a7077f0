import { DeliveryError } from '#core/errors.ts'
import type { IncomingResponse } from '#core/http.ts'
import { isRecord } from '#core/json.ts'
import type { OutboundFile } from '#core/message.ts'
import { kindOf, type ShownFormats } from '#kit/file-kind.ts'
import { readJsonObject } from '#kit/json-answer.ts'
import { callApi, type Outside, type VkCall } from './client.ts'
import { BAD_FILE, toHttpError, toVkError, VkError } from './errors.ts'
import type { VkSettings } from './settings.ts'

const MEGABYTE = 1024 * 1024
const PHOTO_BYTES = 50 * MEGABYTE
const DOCUMENT_BYTES = 200 * MEGABYTE
/** VK's "file not saved" and "upload error". */
const NOT_SAVED = 105

/** Carries a portal's file to one of VK's upload servers. */
export interface FileCarrier {
  /**
   * Posts the file behind `file.url` as the only file of a multipart form. Throws DeliveryError (with the code
   * `HUB_FILE_TOO_LARGE` beyond `maxBytes`) and TransportError.
   */
  carry(
    uploadUrl: string,
    field: string,
    file: OutboundFile,
    options: { readonly maxBytes: number; readonly signal: AbortSignal },
  ): Promise<IncomingResponse>
}

export interface UploadContext {
  readonly outside: Outside
  readonly carrier: FileCarrier
  readonly settings: VkSettings
  readonly peerId: string
  readonly signal: AbortSignal
}

const SHOWN: ShownFormats = { image: ['jpg', 'jpeg', 'png', 'webp', 'bmp'] }

/**
 * Uploads a file; gives what `attachment` takes of it, `doc-7_55_key`. A picture that VK won't have as a photo goes as a
 * document. Undefined for a file that VK won't have at all. Throws DeliveryError, TransportError.
 */
export async function uploadFile(
  file: OutboundFile,
  context: UploadContext,
): Promise<string | undefined> {
  if (kindOf(file, SHOWN) === 'image') {
    const photo = await unlessRefused(uploadPhoto(file, context))
    if (photo !== undefined) return photo
  }
  const type = file.kind === 'voice' ? 'audio_message' : 'doc'
  return await unlessRefused(uploadDocument(file, type, context))
}

async function unlessRefused(upload: Promise<string>): Promise<string | undefined> {
  try {
    return await upload
  } catch (error) {
    const isRefused = error instanceof VkError && BAD_FILE.includes(error.vkCode ?? 0)
    const isTooLarge =
      error instanceof DeliveryError && error.fault.channelCode === 'HUB_FILE_TOO_LARGE'
    if (isRefused || isTooLarge) return undefined
    throw error
  }
}

async function uploadPhoto(file: OutboundFile, context: UploadContext): Promise<string> {
  const uploadUrl = await findServer('photos.getMessagesUploadServer', {}, context)
  const answer = await carry(uploadUrl, 'photo', file, PHOTO_BYTES, context)
  const { server, photo, hash } = answer
  // An upload that VK could not read comes back as an empty list.
  if (typeof photo !== 'string' || photo === '' || photo === '[]') throw notSaved(answer, context)
  const params = { server: String(server), photo, hash: String(hash) }
  const saved = await call({ method: 'photos.saveMessagesPhoto', params }, context)
  return toAttachment('photo', Array.isArray(saved) ? saved[0] : undefined, context)
}

async function uploadDocument(
  file: OutboundFile,
  type: 'doc' | 'audio_message',
  context: UploadContext,
): Promise<string> {
  const uploadUrl = await findServer('docs.getMessagesUploadServer', { type }, context)
  const answer = await carry(uploadUrl, 'file', file, DOCUMENT_BYTES, context)
  const name = answer['file']
  if (typeof name !== 'string' || name === '') throw notSaved(answer, context)
  const params = { file: name, title: file.name }
  const saved = await call({ method: 'docs.save', params }, context)
  const kind = isRecord(saved) && typeof saved['type'] === 'string' ? saved['type'] : type
  // In `attachment` voice messages are documents.
  return toAttachment('doc', isRecord(saved) ? saved[kind] : undefined, context)
}

function call(one: VkCall, { outside, settings, signal }: UploadContext): Promise<unknown> {
  return callApi(outside, settings, one, { signal })
}

async function findServer(
  method: string,
  params: VkCall['params'],
  context: UploadContext,
): Promise<string> {
  const all = { ...params, peer_id: context.peerId }
  const answer = await call({ method, params: all }, context)
  return isRecord(answer) ? String(answer['upload_url'] ?? '') : ''
}

async function carry(
  uploadUrl: string,
  field: string,
  file: OutboundFile,
  maxBytes: number,
  { outside, carrier, signal }: UploadContext,
): Promise<Record<string, unknown>> {
  const response = await carrier.carry(uploadUrl, field, file, { maxBytes, signal })
  const answer = response.status === 200 ? readJsonObject(response.body) : undefined
  if (!answer) throw asNotSent(toHttpError(response, outside.clock.now()))
  return answer
}

/** An upload puts nothing into a conversation. */
function asNotSent({ message, fault }: VkError): VkError {
  return new VkError(message, { ...fault, outcome: 'not-sent' })
}

function notSaved(answer: Record<string, unknown>, { settings }: UploadContext): VkError {
  return toVkError(NOT_SAVED, answer['error_descr'] ?? answer['error'], settings)
}

function toAttachment(kind: string, saved: unknown, { settings }: UploadContext): string {
  const { owner_id: owner, id, access_key: key } = isRecord(saved) ? saved : {}
  if (!Number.isSafeInteger(owner) || !Number.isSafeInteger(id)) {
    throw toVkError(NOT_SAVED, 'no id of the saved file', settings)
  }
  return `${kind}${String(owner)}_${String(id)}${typeof key === 'string' && key ? `_${key}` : ''}`
}
