import { z } from 'zod'
import { isRecord } from '#core/json.ts'
import { plainText, type RichText } from '#core/rich-text.ts'
import type { TextActivity } from '#text/channels/activity.ts'
import { type InEntity, readEntities } from '#text/channels/telegram-reader.ts'

const KINDS = [
  ...(['message', 'edited_message', 'channel_post', 'edited_channel_post'] as const),
  ...(['business_message', 'edited_business_message'] as const),
]

const entitySchema = z.looseObject({
  type: z.string(),
  offset: z.number(),
  length: z.number(),
  url: z.string().optional().catch(undefined),
  language: z.string().optional().catch(undefined),
  user: z.looseObject({ id: z.number() }).optional().catch(undefined),
})

/**
 * The activity's text has no markup; Telegram's own update in `channelData` has. Only its text is read, and only where it
 * is that of this message: of a pressed button the update holds the message with the button.
 */
export function readTelegram(activity: TextActivity): RichText {
  const text = (activity.text ?? '').replaceAll('\r\n', '\n')
  const update = activity.channelData
  const message = isRecord(update) ? KINDS.map((kind) => update[kind]).find(isRecord) : undefined
  const raw = message?.['text'] ?? message?.['caption']
  const isSame =
    typeof raw === 'string' && raw !== '' && (text === '' || raw.trim() === text.trim())
  if (!message || !isSame) return plainText(text)
  return readEntities(raw, toEntities(message['entities'] ?? message['caption_entities']))
}

function toEntities(value: unknown): InEntity[] {
  if (!Array.isArray(value)) return []
  return value.flatMap((entity) => entitySchema.safeParse(entity).data ?? [])
}
