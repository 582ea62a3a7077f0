import { given } from '#core/given.ts'
import type { ApiCall } from './types.ts'

const CAPTION_LIMIT = 1024
const MAX_ITEMS = 10

/** What may share an album: https://core.telegram.org/bots/api#sendmediagroup */
const CLASS_OF: Readonly<Record<string, string>> = {
  sendPhoto: 'picture',
  sendVideo: 'picture',
  sendDocument: 'document',
  sendAudio: 'audio',
}

/** The parameter that names a call's file: `photo` of `sendPhoto`. */
export function fileField(call: ApiCall): string {
  return call.method.replace('send', '').toLowerCase()
}

/**
 * Joins neighbouring files of a message into albums of 2–10, in their order. A short text that stands before an album
 * becomes its caption. Buttons can't hang on an album: what carries them stays alone.
 */
export function toAlbums(calls: readonly ApiCall[]): ApiCall[] {
  const joined: ApiCall[] = []
  for (const run of toRuns(calls)) {
    const [first, ...others] = run
    if (!first || others.length === 0) {
      joined.push(...run)
      continue
    }
    const text =
      joined.length === 1 && joined[0] && canBeCaption(joined[0]) ? joined.pop() : undefined
    joined.push(toAlbum([text ? withCaption(first, text) : first, ...others]))
  }
  return joined
}

function toRuns(calls: readonly ApiCall[]): ApiCall[][] {
  const runs: ApiCall[][] = []
  let runClass: string | undefined
  for (const call of calls) {
    const run = runs.at(-1)
    const callClass = classOf(call)
    if (run && callClass !== undefined && callClass === runClass && run.length < MAX_ITEMS) {
      run.push(call)
    } else {
      runs.push([call])
    }
    runClass = callClass
  }
  return runs
}

function classOf({ method, file, params }: ApiCall): string | undefined {
  return file && params['reply_markup'] === undefined ? CLASS_OF[method] : undefined
}

function canBeCaption({ method, file, params }: ApiCall): boolean {
  if (method !== 'sendMessage' || file || params['reply_markup'] !== undefined) return false
  return String(params['text']).length <= CAPTION_LIMIT
}

function withCaption(call: ApiCall, { params: text }: ApiCall): ApiCall {
  const { text: caption, entities, ...shared } = text
  const { instead } = call
  return {
    ...call,
    params: {
      ...shared,
      ...call.params,
      caption,
      ...given({ caption_entities: entities }),
    },
    ...(instead
      ? {
          instead: {
            ...instead,
            params: {
              ...shared,
              ...instead.params,
              text: `${String(caption)}\n${String(instead.params['text'])}`,
              ...given({ entities }),
            },
          },
        }
      : {}),
  }
}

function toAlbum(album: readonly ApiCall[]): ApiCall {
  const { [album[0] ? fileField(album[0]) : '']: _, ...shared } = album[0]?.params ?? {}
  const { caption: __, caption_entities: ___, ...params } = shared
  return {
    method: 'sendMediaGroup',
    params: { ...params, media: album.map((call) => toItem(call, call.params[fileField(call)])) },
    album,
  }
}

/** One file of an album; `media` is its address, or `attach://` and the name of a part of the form. */
export function toItem(call: ApiCall, media: unknown): object {
  const { caption, caption_entities: entities } = call.params
  return {
    type: fileField(call),
    media,
    ...given({ caption, caption_entities: entities }),
  }
}
