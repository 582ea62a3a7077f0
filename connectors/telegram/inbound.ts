import type { ParsedUpdate } from '#core/connector.ts'
import { BadUpdateError } from '#core/errors.ts'
import { isRecord } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import { lookUp } from '#kit/look-up.ts'
import type { Parsed } from '#kit/parsed.ts'
import {
  readCallback,
  readConnection,
  readDeleted,
  readMember,
  readReaction,
} from './inbound-acts.ts'
import { type UpdateContext, unsupported } from './inbound-context.ts'
import { readPost } from './inbound-post.ts'
import type { TelegramSettings } from './settings.ts'

type Reader = (value: unknown, context: UpdateContext, kind: string) => Parsed

const readNew: Reader = (value, context, kind) => readPost(value, 'message.new', context, kind)
const readEdit: Reader = (value, context, kind) => readPost(value, 'message.updated', context, kind)

const READERS: Readonly<Record<string, Reader>> = {
  message: readNew,
  edited_message: readEdit,
  channel_post: readNew,
  edited_channel_post: readEdit,
  business_message: readNew,
  edited_business_message: readEdit,
  deleted_business_messages: readDeleted,
  business_connection: readConnection,
  message_reaction: readReaction,
  callback_query: readCallback,
  my_chat_member: readMember,
}

/**
 * One Telegram update → events. Throws BadUpdateError for what is no update at all; a known kind that can't be read is
 * `unsupported`. The key names the bot too, since each bot counts its own updates and a line may get another bot.
 */
export function parseUpdate(
  update: unknown,
  line: Line<TelegramSettings>,
  receivedAt: number,
): ParsedUpdate {
  if (!isRecord(update) || !Number.isSafeInteger(update['update_id'])) {
    throw new BadUpdateError('not a Telegram update: no update_id')
  }
  const { botId } = line.settings
  const botIds = line.identity === undefined ? [botId] : [botId, line.identity]
  const key = `${botId}:${update['update_id']}`
  const context = { botIds, receivedAt }
  const kinds = Object.keys(update).filter((name) => name !== 'update_id')
  const kind = kinds.find((name) => Object.hasOwn(READERS, name)) ?? kinds[0] ?? 'update'
  const reader = lookUp(READERS, kind)
  if (reader) return { key, ...reader(update[kind], context, kind) }
  return { key, events: [unsupported(kind, update[kind], context)] }
}
