import type { InboundFile } from '#core/event.ts'
import { given } from '#core/given.ts'
import { isRecord } from '#core/json.ts'
import { listOf, textFields } from '#kit/json-answer.ts'
import { lookUp } from '#kit/look-up.ts'
import { isWebAddress } from '#kit/web-address.ts'

type Fields = Record<string, unknown>

/** What an attachment is to a portal: a file, an address with its title, words of its own or somebody's. */
export interface ReadAttachment {
  readonly file?: InboundFile
  readonly link?: { readonly title: string; readonly url: string }
  readonly words?: string
  /** What somebody else has written. */
  readonly quote?: string
  /** VK's name of it, where it has more than that, or nothing of it could be read. */
  readonly kind?: string
}

type Reader = (fields: Fields) => ReadAttachment

const READERS: Readonly<Record<string, Reader>> = {
  photo: (photo) => toFile(largest(photo['sizes']) ?? addressIn(photo['orig_photo']), 'image'),
  doc: readDocument,
  audio_message: (voice) =>
    toFile(text(voice['link_ogg']) || text(voice['link_mp3']), 'voice', {
      mime: text(voice['link_ogg']) ? 'audio/ogg' : 'audio/mpeg',
    }),
  graffiti: (graffiti) => toFile(text(graffiti['url']), 'image'),
  sticker: readSticker,
  audio: readAudio,
  video: (video) => page('video', video, text(video['title'])),
  link: (link) => toLink(text(link['title']), text(link['url'])),
  wall: (post) => ({ ...page('wall', post, ''), ...given({ quote: text(post['text']) }) }),
  wall_reply: readWallReply,
  market: (item) => page('product', item, text(item['title'])),
  article: (article) => toLink(text(article['title']), text(article['url'])),
  poll: readPoll,
  story: (story) => page('story', story, ''),
  podcast: (podcast) => page('podcast', podcast, text(podcast['title'])),
  narrative: (narrative) => page('narrative', narrative, text(narrative['title'])),
}

export function readAttachment(attachment: unknown): ReadAttachment {
  const type = isRecord(attachment) ? text(attachment['type']) : ''
  const fields = isRecord(attachment) ? attachment[type] : undefined
  const reader = lookUp(READERS, type)
  const read = reader && isRecord(fields) ? reader(fields) : {}
  // A title without its address isn't all of it.
  const isWhole = Boolean(read.file ?? read.link) || (type === 'audio' && Boolean(read.words))
  return isWhole ? read : { ...read, kind: type.slice(0, 64) || 'attachment' }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** VK's addresses open for anyone and expire: portals get a link of the hub, which doesn't show them. */
function toFile(
  url: string | undefined,
  kind: InboundFile['kind'],
  more: Pick<InboundFile, 'name' | 'mime' | 'size'> = {},
): ReadAttachment {
  return isWebAddress(url) ? { file: { source: { ref: url }, kind, ...more } } : {}
}

/** Of the sizes of a picture; VK lists them in no order. */
function largest(sizes: unknown): string | undefined {
  if (!Array.isArray(sizes)) return undefined
  let best: { readonly url: string; readonly area: number } | undefined
  for (const size of sizes as unknown[]) {
    if (!isRecord(size) || !isWebAddress(text(size['url']))) continue
    const area = Number(size['width'] ?? 0) * Number(size['height'] ?? 0)
    if (!best || area > best.area) best = { url: text(size['url']), area }
  }
  return best?.url
}

function addressIn(value: unknown): string | undefined {
  return isRecord(value) ? text(value['url']) : undefined
}

function readDocument(doc: Fields): ReadAttachment {
  const size = Number(doc['size'])
  return toFile(text(doc['url']), 'document', {
    ...given({ name: text(doc['title']) }),
    ...(size > 0 ? { size } : {}),
  })
}

/** A sticker's pictures are VK's own and stay where they are. */
function readSticker(sticker: Fields): ReadAttachment {
  const url = largest(sticker['images']) ?? largest(sticker['images_with_background'])
  return url === undefined ? {} : { file: { source: { url }, kind: 'sticker', mime: 'image/png' } }
}

/** Only what somebody has recorded has an address; music has a name. */
function readAudio(audio: Fields): ReadAttachment {
  const name = [text(audio['artist']), text(audio['title'])].filter(Boolean).join(' – ')
  const file = toFile(text(audio['url']), 'audio', given({ name }))
  if (file.file) return file
  return name ? { words: name } : {}
}

function toLink(title: string, url: string): ReadAttachment {
  return isWebAddress(url) ? { link: { title: title || url, url } } : given({ words: title })
}

function readPoll(poll: Fields): ReadAttachment {
  const question = text(poll['question'])
  const answers = listOf(poll['answers']).map((answer) => textFields(answer)('text'))
  const lines = answers.filter((answer) => answer !== '').map((answer) => `- ${answer}`)
  const read = page('poll', poll, question)
  return { ...read, ...given({ words: [read.words, ...lines].filter(Boolean).join('\n') }) }
}

/** What has a page at VK and no file: `https://vk.com/wall-1_2`. */
function page(kind: string, fields: Fields, title: string): ReadAttachment {
  const owner = fields['owner_id'] ?? fields['to_id'] ?? fields['from_id']
  const { id } = fields
  if (!Number.isSafeInteger(owner) || !Number.isSafeInteger(id)) return given({ words: title })
  const url = `https://vk.com/${kind}${String(owner)}_${String(id)}`
  return toLink(title, url)
}

function readWallReply(reply: Fields): ReadAttachment {
  const { owner_id: owner, post_id: post, id } = reply
  const quote = given({ quote: text(reply['text']) })
  if (![owner, post, id].every(Number.isSafeInteger)) return quote
  const url = `https://vk.com/wall${String(owner)}_${String(post)}?reply=${String(id)}`
  return { ...toLink('', url), ...quote }
}
