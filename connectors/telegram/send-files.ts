import type { SendContext } from '#core/connector.ts'
import { DeliveryError, TransportError } from '#core/errors.ts'
import type { FileOpener, OpenOptions } from '#core/files.ts'
import { given } from '#core/given.ts'
import type { MultipartFile } from '#core/http.ts'
import { isRecord } from '#core/json.ts'
import type { OutboundFile } from '#core/message.ts'
import { type PartIds, UNNAMED } from '#core/parts.ts'
import { fileName } from '#kit/file-kind.ts'
import { TelegramError } from './errors.ts'
import { fileField, toItem } from './outbound-albums.ts'
import type { ApiCall } from './types.ts'

/** What Telegram takes in an upload: https://core.telegram.org/bots/api#sending-files */
const MEGABYTE = 1024 * 1024
const PHOTO_LIMIT = 10 * MEGABYTE
const FILE_LIMIT = 50 * MEGABYTE

/** With the outbox's pauses between attempts about two minutes, while the chat's later messages wait. */
const MAX_FILE_ATTEMPTS = 8

/**
 * Telegram could not have the file from its address. It fetches photos up to 5 MB, others up to 20 MB, and few kinds of
 * documents.
 */
const FETCH_TROUBLE = [
  'wrong http url specified',
  'failed to get http url content',
  'wrong type of the web page content',
  'wrong file identifier/http url specified',
  'wrong remote file identifier specified',
  "can't upload file by url",
  'webpage_curl_failed',
  'webpage_media_empty',
  'external_url_invalid',
] as const
/** Not a picture to Telegram: over 10 000 pixels, longer than 20:1, or not readable as one. */
const PICTURE_TROUBLE = [
  'photo_invalid_dimensions',
  'photo_ext_invalid',
  'photo_save_file_invalid',
  'image_process_failed',
] as const
/** The person has set Telegram to take no voices: then it is sent as a file. */
const VOICE_TROUBLE = [
  'voice_messages_forbidden',
  'user restricted receiving of voice messages',
] as const
/** Answers about an album; what is wrong with the file at fault stands somewhere in their text. */
const ALBUM_TROUBLE = ['failed to send message #', 'group send failed'] as const

function asPartlySent(error: unknown): unknown {
  if (error instanceof TransportError) return new TransportError(error.reason, 'unknown')
  if (!(error instanceof DeliveryError) || error.fault.outcome === 'unknown') return error
  const message = `${error.message} (after a part of the message was sent)`
  return new DeliveryError(message, { ...error.fault, outcome: 'unknown' }, { cause: error })
}

/**
 * Makes the calls of one message, part by part. A file goes by its address, which costs the hub nothing; when Telegram
 * can't fetch it, the hub uploads it. A photo that is too large or no picture to Telegram goes as a document, a file that
 * is too large for Telegram as its link, and an album that Telegram won't take goes file by file.
 */
export class PartSender {
  readonly #files: FileOpener
  readonly #call: (call: ApiCall) => Promise<unknown>
  readonly #context: Pick<SendContext, 'signal' | 'attempt'>
  /** True once a file of an album that goes file by file has been sent: to try this part again would send it twice. */
  #isPartSent = false

  /** `call` makes one call and gives Telegram's `result`; throws TelegramError, TransportError. */
  constructor(
    files: FileOpener,
    call: (call: ApiCall) => Promise<unknown>,
    context: Pick<SendContext, 'signal' | 'attempt'>,
  ) {
    this.#files = files
    this.#call = call
    this.#context = context
  }

  /** Sends one part: a call, a file or an album. Gives the ids of what it has put into the chat. */
  async send(call: ApiCall): Promise<PartIds> {
    if (call.album) return await this.#sendAlbum(call, call.album)
    return call.file ? await this.#sendFile(call, call.file) : await this.#make(call)
  }

  /** What is sent instead of a file is decided here, not by the client. */
  async #make({ instead: _, ...call }: ApiCall): Promise<PartIds> {
    return readIds(await this.#call(call))
  }

  async #sendFile(call: ApiCall, file: OutboundFile): Promise<PartIds> {
    try {
      return await this.#make(call)
    } catch (error) {
      // Telegram fetches no pictures as documents, so there is no point in trying the address once more.
      if (isPhoto(call) && says(error, PICTURE_TROUBLE)) {
        return await this.#uploadFile(asDocument(call), file)
      }
      if (isVoice(call) && says(error, VOICE_TROUBLE)) {
        return await this.#sendFile(asDocument(call), file)
      }
      if (!says(error, FETCH_TROUBLE)) throw error
      return await this.#uploadFile(call, file)
    }
  }

  async #uploadFile(call: ApiCall, file: OutboundFile): Promise<PartIds> {
    try {
      return await this.#upload(call, file)
    } catch (error) {
      if (isPhoto(call) && (isTooLarge(error) || says(error, PICTURE_TROUBLE))) {
        return await this.#uploadFile(asDocument(call), file)
      }
      if (isVoice(call) && says(error, VOICE_TROUBLE)) {
        return await this.#uploadFile(asDocument(call), file)
      }
      if (!isTooLarge(error) || !call.instead) throw error
      return await this.#make(call.instead)
    }
  }

  /** Looks at the file first: one that can't be had, or is too large by its server's word, costs no call. */
  async #upload(call: ApiCall, file: OutboundFile): Promise<PartIds> {
    const files = this.#files
    const options = this.#options(call)
    const opened = await files.open(file, options)
    const { size, mime } = opened
    let unread: typeof opened | undefined = opened
    const field = fileField(call)
    const part: MultipartFile = {
      field,
      name: fileName(file) || opened.name,
      ...given({ mime, size }),
      async open(signal) {
        // The call may be repeated for another reason; the file must then come anew.
        const { stream } = unread ?? (await files.open(file, { ...options, signal }))
        unread = undefined
        return stream
      },
    }
    const { [field]: _, ...params } = call.params
    try {
      return await this.#make({ method: call.method, params, uploads: [part] })
    } finally {
      opened.close()
    }
  }

  async #sendAlbum(call: ApiCall, album: readonly ApiCall[]): Promise<PartIds> {
    try {
      return await this.#make(call)
    } catch (error) {
      if (!isRefused(error)) throw error
      if (says(error, [...FETCH_TROUBLE, ...ALBUM_TROUBLE])) {
        const ids = await this.#tryAlbumUpload(call, album)
        if (ids) return ids
      }
      return await this.#sendOneByOne(album)
    }
  }

  async #sendOneByOne(album: readonly ApiCall[]): Promise<PartIds> {
    const ids: string[] = []
    let isUnnamed = false
    for (const single of album) {
      try {
        const named = await this.send(single)
        if (named === UNNAMED) isUnnamed = true
        else ids.push(...named)
        this.#isPartSent = true
      } catch (error) {
        throw this.#isPartSent ? asPartlySent(error) : error
      }
    }
    this.#isPartSent = false
    return ids.length === 0 && isUnnamed ? UNNAMED : ids
  }

  /** Undefined if it can't go as an album. */
  async #tryAlbumUpload(
    { method, params }: ApiCall,
    album: readonly ApiCall[],
  ): Promise<PartIds | undefined> {
    const files = this.#files
    const uploads = album.flatMap((call, index): MultipartFile[] => {
      const { file } = call
      if (!file) return []
      const options = this.#options(call)
      return [
        {
          field: `file${index}`,
          name: fileName(file) || files.nameOf(file),
          open: async (signal) => (await files.open(file, { ...options, signal })).stream,
        },
      ]
    })
    const media = album.map((call, index) => toItem(call, `attach://file${index}`))
    try {
      return await this.#make({ method, params: { ...params, media }, uploads })
    } catch (error) {
      if (isRefused(error) || isTooLarge(error)) return undefined
      throw error
    }
  }

  /** Once a part is out, a repetition would double it: trouble with a later file is then final. */
  #options(call: ApiCall): OpenOptions {
    const { signal, attempt } = this.#context
    const isFinal = this.#isPartSent || attempt >= MAX_FILE_ATTEMPTS
    return { maxBytes: isPhoto(call) ? PHOTO_LIMIT : FILE_LIMIT, signal, isFinal }
  }
}

/** The ids in a call's result: one message, or the messages of an album. */
function readIds(result: unknown): PartIds {
  const found = [result].flat().flatMap((one) => (isRecord(one) ? one['message_id'] : []))
  const ids = found.filter((id) => Number.isSafeInteger(id) && Number(id) > 0)
  // A message that Telegram has scheduled has the id 0 until it is sent: nothing can be done with that.
  if (ids.length === 0 && found.includes(0)) return UNNAMED
  return ids.map(String)
}

function isPhoto({ method }: ApiCall): boolean {
  return method === 'sendPhoto'
}

function isVoice({ method }: ApiCall): boolean {
  return method === 'sendVoice'
}

function asDocument(call: ApiCall): ApiCall {
  const { [fileField(call)]: document, ...params } = call.params
  return { ...call, method: 'sendDocument', params: { ...params, document } }
}

function isRefused(error: unknown): error is TelegramError {
  return error instanceof TelegramError && error.refusal.code === 400
}

function says(error: unknown, words: readonly string[]): boolean {
  return isRefused(error) && error.says(...words)
}

function isTooLarge(error: unknown): boolean {
  if (error instanceof TelegramError) {
    return error.refusal.code === 413 || says(error, ['file is too big'])
  }
  return error instanceof DeliveryError && error.fault.channelCode === 'HUB_FILE_TOO_LARGE'
}
