import { given } from '../../../core/given.ts'
import type { RenderedFile } from '../../../core/stored-event.ts'
import type { ChatwootApi } from './application-api.ts'
import { ChatwootError, isRefusal } from './failure.ts'
import { MAX_FILES, type NewMessage, withLinks } from './message-text.ts'
import type { RemoteFiles } from './remote-files.ts'
import { type Fields, idOf, instantOf, listOf } from './shapes.ts'
import type { Texts } from './texts.ts'
import { createUpload, MAX_FILE_BYTES, type Upload } from './upload.ts'

export interface MessagesDeps {
  readonly api: ChatwootApi
  readonly remote: RemoteFiles
  readonly texts: Texts
  readonly signal: AbortSignal
}

/** Pages of twenty that are looked through for a message that may be there already. */
const MIN_PAGES = 3
const MAX_PAGES = 50
/** By so much Chatwoot's clock may be behind the hub's. */
const SKEW_SECONDS = 600

/** The messages of conversations. Throws as ChatwootApi. */
export class Messages {
  readonly #deps: MessagesDeps

  constructor(deps: MessagesDeps) {
    this.#deps = deps
  }

  /** Gives Chatwoot's id of it. Files that can't be had, or that Chatwoot doesn't take, go as links. */
  async post(conversation: number, message: NewMessage): Promise<number> {
    const { files = [] } = message
    const tooLarge = files.filter(({ size = 0 }) => size > MAX_FILE_BYTES)
    const fitting = files.filter((file) => !tooLarge.includes(file))
    let sent = fitting.slice(0, MAX_FILES)
    for (;;) {
      const links = files.filter((file) => !sent.includes(file))
      const whole = withLinks(message, links, this.#deps.texts)
      if (sent.length === 0) return await this.#postText(conversation, whole)
      const upload = createUpload(formOf(whole), sent, this.#deps)
      try {
        return posted(await this.#deps.api.upload(pathOf(conversation), upload))
      } catch (error) {
        sent = sent.filter((file) => !isToBlame(file, upload, error))
        // Nobody to blame: the request itself has failed.
        if (!isRefusal(error) && upload.fault() === undefined) throw error
        if (this.#deps.signal.aborted) throw error
      } finally {
        upload.body.destroy()
      }
    }
  }

  /** Chatwoot's id of the message that was posted under this name, if it was, at the earliest at `since` (epoch seconds). */
  async find(
    conversation: number,
    source: string,
    since: number,
    isShort = false,
  ): Promise<number | undefined> {
    let before: number | undefined
    for (let page = 0; page < (isShort ? MIN_PAGES : MAX_PAGES); page++) {
      const query = before === undefined ? '' : `?before=${before}`
      const messages = listOf(await this.#deps.api.get(`${pathOf(conversation)}${query}`))
      const found = messages.find((one) => one['source_id'] === source)
      if (found) return idOf(found)
      const oldest = Math.min(...messages.flatMap((one) => idOf(one) ?? []))
      if (!Number.isFinite(oldest) || (before !== undefined && oldest >= before)) return undefined
      if (page + 1 >= MIN_PAGES && isOlder(messages, since - SKEW_SECONDS)) return undefined
      before = oldest
    }
    return undefined
  }

  /** False: it isn't there. */
  async delete(conversation: number, id: number): Promise<boolean> {
    try {
      await this.#deps.api.delete(`${pathOf(conversation)}/${id}`)
      return true
    } catch (error) {
      if (error instanceof ChatwootError && error.status === 404) return false
      throw error
    }
  }

  async setStatus(
    conversation: number,
    id: number,
    status: { readonly status: string; readonly external_error?: string },
  ): Promise<void> {
    await this.#deps.api.patch(`${pathOf(conversation)}/${id}`, status)
  }

  async #postText(conversation: number, message: NewMessage): Promise<number> {
    const { content, replyTo, source, kind, date } = message
    return posted(
      await this.#deps.api.post(pathOf(conversation), {
        content,
        message_type: kind === 'incoming' ? 'incoming' : 'outgoing',
        private: kind === 'note',
        source_id: source,
        ...given({ external_created_at: date }),
        ...(replyTo === undefined
          ? {}
          : { content_attributes: { in_reply_to_external_id: replyTo } }),
      }),
    )
  }
}

function pathOf(conversation: number): string {
  return `/conversations/${conversation}/messages`
}

function posted(answer: unknown): number {
  const id = idOf(answer)
  if (id !== undefined) return id
  throw new ChatwootError({ kind: 'failed', error: 'Chatwoot made a message without an id' })
}

/** In the form that Rails reads in any version. */
function formOf({ content, kind, source, replyTo, date }: NewMessage): [string, string][] {
  return [
    ...(content === '' ? [] : ([['content', content]] as [string, string][])),
    ['message_type', kind === 'incoming' ? 'incoming' : 'outgoing'],
    ['private', String(kind === 'note')],
    ['source_id', source],
    ...(date === undefined ? [] : ([['external_created_at', date]] as [string, string][])),
    ...(replyTo === undefined
      ? []
      : ([['content_attributes[in_reply_to_external_id]', replyTo]] as [string, string][])),
  ]
}

/** Which one Chatwoot doesn't like it seldom says: then they all go as links. */
function isToBlame(file: RenderedFile, upload: Upload, error: unknown): boolean {
  const fault = upload.fault()
  return fault === undefined ? isRefusal(error) : fault === file
}

function isOlder(messages: readonly Fields[], than: number): boolean {
  return messages.some((one) => (instantOf(one['created_at']) ?? than) < than)
}
