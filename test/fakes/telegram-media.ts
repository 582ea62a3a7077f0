import { type ApiAnswer, type BotState, badRequest, refuse } from './telegram-bot.ts'

type Params = Readonly<Record<string, unknown>>

/** A file that came in a form, as calls are recorded with it. */
export interface Upload {
  readonly name: string
  readonly size: number
  readonly mime: string
}

const MEGABYTE = 1024 * 1024
const CAPTION_LIMIT = 1024
/** https://core.telegram.org/bots/api#sending-files */
const FETCHED = { photo: 5 * MEGABYTE, other: 20 * MEGABYTE }
const UPLOADED = { photo: 10 * MEGABYTE, other: 50 * MEGABYTE }
const FETCHED_DOCUMENTS = new Set(['application/pdf', 'application/zip', 'image/gif'])

/** A form's fields, objects as JSON, and its files. */
export async function readForm(type: string, body: Buffer): Promise<Record<string, unknown>> {
  const form = await new Response(new Uint8Array(body), {
    headers: { 'content-type': type },
  }).formData()
  const params: Record<string, unknown> = {}
  for (const [key, value] of form) {
    params[key] =
      typeof value === 'string'
        ? readField(value)
        : { name: value.name, size: value.size, mime: value.type }
  }
  return params
}

function readField(value: string): unknown {
  if (!/^[[{]|^-?\d+$/.test(value)) return value
  return JSON.parse(value)
}

/** Undefined if Telegram takes this caption and this file: an address, a `file_id`, or what came in the form. */
export async function checkMedia(
  bot: BotState,
  field: string,
  given: unknown,
  caption: unknown,
): Promise<ApiAnswer | undefined> {
  if (typeof caption === 'string' && caption.length > CAPTION_LIMIT) {
    return badRequest('message caption is too long')
  }
  if (isUpload(given)) return checkUpload(bot, field, given)
  if (typeof given !== 'string' || given === '') {
    return badRequest(`there is no ${field} in the request`)
  }
  if (bot.fetchesFiles && /^https?:/.test(given)) return await fetchFile(field, given)
  return undefined
}

/** Undefined if the whole album is taken. `attach://x` names a part of the form. */
export async function checkAlbum(bot: BotState, params: Params): Promise<ApiAnswer | undefined> {
  const items = albumItems(params)
  if (items.length < 2 || items.length > 10) {
    return badRequest('group must contain 2-10 items')
  }
  const classes = new Set(items.map(({ type }) => (type === 'video' ? 'photo' : type)))
  if (classes.size > 1 || !['photo', 'document', 'audio'].includes([...classes][0] ?? '')) {
    return badRequest('media of these types can not be grouped')
  }
  for (const [index, { type, media, caption }] of items.entries()) {
    const refusal = await checkMedia(bot, type, media, caption)
    if (!refusal) continue
    const words = String(refusal.body['description']).replace('Bad Request: ', '')
    return badRequest(`failed to send message #${index + 1} with the error message "${words}"`)
  }
  return undefined
}

export interface AlbumItem {
  readonly type: string
  readonly media: unknown
  readonly caption?: string
}

export function albumItems(params: Params): AlbumItem[] {
  const media = Array.isArray(params['media']) ? (params['media'] as AlbumItem[]) : []
  return media.map((item) => {
    const part = /^attach:\/\/(.+)$/.exec(String(item.media))?.[1]
    return part === undefined ? item : { ...item, media: params[part] }
  })
}

function isUpload(given: unknown): given is Upload {
  return typeof given === 'object' && given !== null && 'size' in given
}

function checkUpload(bot: BotState, field: string, { size, name }: Upload): ApiAnswer | undefined {
  const limit = field === 'photo' ? UPLOADED.photo : UPLOADED.other
  if (size > limit) return refuse(413, 'Request Entity Too Large')
  if (size === 0) return badRequest('file must be non-empty')
  return field === 'photo' && bot.badPictures.has(name)
    ? badRequest('PHOTO_INVALID_DIMENSIONS')
    : undefined
}

async function fetchFile(field: string, url: string): Promise<ApiAnswer | undefined> {
  const failed = badRequest('failed to get HTTP URL content')
  const limit = field === 'photo' ? FETCHED.photo : FETCHED.other
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) })
    const type = response.headers.get('content-type') ?? ''
    const length = Number(response.headers.get('content-length') ?? 0)
    if (!response.ok || length > limit || !response.body) return failed
    if (field === 'document' && !FETCHED_DOCUMENTS.has(type)) {
      await response.body.cancel()
      return badRequest('wrong type of the web page content')
    }
    let size = 0
    for await (const chunk of response.body) {
      size += chunk.length
      if (size > limit) return failed
    }
    return undefined
  } catch {
    return failed
  }
}
