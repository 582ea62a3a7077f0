import type { RemoteFile } from '#core/connector.ts'
import type { DeliveryError } from '#core/errors.ts'
import { isRecord } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import { listOf, readJson } from '#kit/json-answer.ts'
import { rejection } from '#kit/rejection.ts'
import type { Graph } from './client.ts'
import { refSchema } from './messaging-file-refs.ts'
import { readProfile } from './messaging-people.ts'
import type { MessagingTraits } from './messaging-traits.ts'
import type { MetaSettings } from './settings.ts'

export interface FileFinder {
  readonly graph: Graph
  readonly traits: MessagingTraits
  readonly now: number
  readonly signal: AbortSignal
}

/** Where the bytes are now. A link that has run out is asked for anew. Throws as `send`. */
export async function locateFile(
  ref: string,
  line: Line<MetaSettings>,
  finder: FileFinder,
): Promise<RemoteFile> {
  const file = refSchema.safeParse(readJson(ref)).data
  if (!file) throw gone()
  if ('avatar' in file) {
    const url = (await readProfile(file.avatar, line, finder)).pictureUrl
    if (url === undefined) throw gone()
    return { url }
  }
  if (file.index === undefined || !hasExpired(file.url, finder.now)) return { url: file.url }
  return { url: (await findAnew(file.mid, file.index, line, finder)) ?? file.url }
}

/** `oe` in an address of Meta's CDN is its end, in seconds, in base 16. */
function hasExpired(url: string, now: number): boolean {
  const end = Number.parseInt(URL.parse(url)?.searchParams.get('oe') ?? '', 16)
  return end * 1000 < now
}

async function findAnew(
  mid: string,
  index: number,
  line: Line<MetaSettings>,
  { graph, signal }: FileFinder,
): Promise<string | undefined> {
  const call = { method: 'GET', path: [mid], query: { fields: 'attachments' } } as const
  const answer = await graph.call(line.settings, call, signal)
  const attachments =
    isRecord(answer) && isRecord(answer['attachments']) ? answer['attachments'] : {}
  const found = listOf(attachments['data'])[index]
  const one = isRecord(found) ? found : {}
  const nested = ['image_data', 'video_data', 'audio_data'].flatMap((name) => {
    const data = one[name]
    return isRecord(data) ? [data['url']] : []
  })
  return [...nested, one['file_url']].find((url) => typeof url === 'string')
}

function gone(): DeliveryError {
  return rejection('Meta has no such file any more', 'HUB_FILE_GONE')
}
