import { isDeepStrictEqual } from 'node:util'
import { given } from '../../src/core/given.ts'
import { type ApiAnswer, accept, type BotState, badRequest, refuse } from './telegram-bot.ts'
import { albumItems, checkAlbum, checkMedia } from './telegram-media.ts'
import { checkLinks, checkTopic, setKeyboard } from './telegram-rules.ts'

type Params = Readonly<Record<string, unknown>>
type Method = (bot: BotState, params: Params) => ApiAnswer | Promise<ApiAnswer>

const TEXT_LIMIT = 4096
const FILE_LIMIT = 20 * 1024 * 1024

const METHODS: Readonly<Record<string, Method>> = {
  getme: (bot) => accept({ ...bot.profile, can_join_groups: true, supports_inline_queries: false }),
  setwebhook: setWebhook,
  deletewebhook: deleteWebhook,
  getwebhookinfo: describeWebhook,
  getupdates: getUpdates,
  getchat: (bot, params) => inChat(bot, params, (chatId) => accept(describeChat(chatId))),
  getfile: getFile,
  sendmessage: (bot, params) =>
    checkText(params['text']) ??
    send(bot, params, { text: params['text'], entities: params['entities'] }),
  sendphoto: media('photo'),
  senddocument: media('document'),
  sendvideo: media('video'),
  sendaudio: media('audio'),
  sendvoice: media('voice'),
  sendsticker: media('sticker'),
  sendmediagroup: sendMediaGroup,
  sendlocation: (bot, params) => send(bot, params, { location: pick(params, POINT) }),
  sendvenue: (bot, params) =>
    send(bot, params, {
      location: pick(params, POINT),
      venue: { location: pick(params, POINT), ...pick(params, ['title', 'address']) },
    }),
  sendcontact: (bot, params) =>
    send(bot, params, { contact: pick(params, ['phone_number', 'first_name', 'last_name']) }),
  editmessagetext: editMessageText,
  editmessagecaption: editMessageCaption,
  deletemessage: (bot, params) =>
    bot.messages.delete(messageKey(params))
      ? accept(true)
      : badRequest('message to delete not found'),
  answercallbackquery: () => accept(true),
  sendchataction: (bot, params) => inChat(bot, params, () => accept(true)),
}
const POINT = ['latitude', 'longitude']

/** Carries out one method (its name in any case, as at Telegram). */
export function runMethod(
  bot: BotState,
  method: string,
  params: Params,
): ApiAnswer | Promise<ApiAnswer> {
  const name = method.toLowerCase()
  const run = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined
  return run ? run(bot, params) : refuse(404, 'Not Found: method not found')
}

/** Unlike Telegram it takes http: addresses of any port: tests and the demo have no certificate. */
function setWebhook(bot: BotState, params: Params): ApiAnswer {
  const url = String(params['url'] ?? '')
  if (url === '') return deleteWebhook(bot, params)
  if (!/^https?:/.test(url))
    return badRequest('bad webhook: An HTTPS URL must be provided for webhook')
  const secretToken = params['secret_token']
  if (secretToken !== undefined && !/^[A-Za-z0-9_-]{1,256}$/.test(String(secretToken))) {
    return badRequest('secret token contains unallowed characters')
  }
  bot.webhook = {
    url,
    ...(secretToken === undefined ? {} : { secretToken: String(secretToken) }),
    allowedUpdates: params['allowed_updates'],
  }
  bot.webhookError = undefined
  bot.wake()
  return accept(true, 'Webhook was set')
}

/** Telegram gives the address as it has read it, and '' for none. */
function describeWebhook({ webhook, webhookError, queue }: BotState): ApiAnswer {
  const { at, words, waiting = 0 } = webhookError ?? {}
  return accept({
    url: webhook ? new URL(webhook.url).href : '',
    has_custom_certificate: false,
    pending_update_count: queue.length + waiting,
    ...(at === undefined ? {} : { last_error_date: Math.floor(at / 1000) }),
    ...given({ last_error_message: words, allowed_updates: webhook?.allowedUpdates }),
  })
}

function deleteWebhook(bot: BotState, params: Params): ApiAnswer {
  const description = bot.webhook ? 'Webhook was deleted' : 'Webhook is already deleted'
  bot.webhook = undefined
  if (params['drop_pending_updates'] === true) bot.queue = []
  return accept(true, description)
}

/** One poller at a time: the older of two gets the 409. */
async function getUpdates(bot: BotState, params: Params): Promise<ApiAnswer> {
  const conflict = refuse(
    409,
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
  )
  if (bot.webhook) return conflict
  const offset = Number(params['offset'] ?? 0)
  bot.queue =
    offset < 0
      ? bot.queue.slice(offset)
      : bot.queue.filter((update) => Number(update['update_id']) >= offset)
  const waitMs = Number(params['timeout'] ?? 0) * 1000
  if (bot.queue.length === 0 && waitMs > 0) {
    const isReplaced = await bot.wait(waitMs)
    if (isReplaced) {
      return refuse(
        409,
        'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
      )
    }
    if (bot.webhook) return refuse(409, 'Conflict: terminated by setWebhook request')
  }
  return accept(bot.queue.slice(0, Number(params['limit'] ?? 100)))
}

function getFile(bot: BotState, params: Params): ApiAnswer {
  const fileId = String(params['file_id'])
  const file = bot.files.get(fileId)
  if (!file) return badRequest('wrong file_id or the file is temporarily unavailable')
  const size = file.size ?? file.bytes.length
  if (size > FILE_LIMIT) return badRequest('file is too big')
  return accept({ file_id: fileId, file_unique_id: 'u', file_size: size, file_path: file.path })
}

function media(field: string): Method {
  return async (bot, params) => {
    const given = params[field]
    const { caption, caption_entities } = params
    const refusal = await checkMedia(bot, field, given, caption)
    return (
      refusal ?? send(bot, params, { [field]: describeMedia(field), caption, caption_entities })
    )
  }
}

async function sendMediaGroup(bot: BotState, params: Params): Promise<ApiAnswer> {
  const refusal = await checkAlbum(bot, params)
  if (refusal) return refusal
  const messages: unknown[] = []
  for (const { type, caption } of albumItems(params)) {
    const answer = send(bot, params, { [type]: describeMedia(type), caption })
    if (answer.status !== 200) return answer
    messages.push(answer.body['result'])
  }
  return accept(messages)
}

function describeMedia(field: string): unknown {
  const file = { file_id: `sent-${field}`, file_unique_id: 'u', file_size: 1200 }
  return field === 'photo' ? [{ ...file, width: 90, height: 90 }] : file
}

/** Lengths count UTF-16 units, as JavaScript's do. */
function checkText(text: unknown): ApiAnswer | undefined {
  if (typeof text !== 'string' || text.trim() === '') return badRequest('message text is empty')
  return text.length > TEXT_LIMIT ? badRequest('message is too long') : undefined
}

function send(bot: BotState, params: Params, content: Record<string, unknown>): ApiAnswer {
  return inChat(bot, params, (chatId) => {
    const refusal = checkTopic(bot, params, chatId) ?? checkLinks(params)
    if (refusal) return refusal
    const message: Record<string, unknown> = {
      message_id: bot.nextMessageId(chatId),
      from: bot.profile,
      chat: describeChat(chatId),
      date: Math.floor(Date.now() / 1000),
    }
    const reply = params['reply_parameters'] as { message_id?: number } | undefined
    const original = bot.messages.get(`${chatId}:${reply?.message_id}`)
    const optional = {
      ...content,
      reply_markup: params['reply_markup'],
      reply_to_message: original,
    }
    for (const [key, value] of Object.entries(optional)) {
      if (value !== undefined) message[key] = value
    }
    bot.messages.set(`${chatId}:${message['message_id']}`, message)
    return accept(message)
  })
}

function inChat(bot: BotState, params: Params, run: (chatId: number) => ApiAnswer): ApiAnswer {
  const given = params['chat_id']
  const chatId = Number(given)
  if (given === undefined || given === '') return badRequest('chat_id is empty')
  if (!Number.isSafeInteger(chatId) || chatId === 0) return badRequest('chat not found')
  if (bot.blockedBy.has(chatId)) return refuse(403, 'Forbidden: bot was blocked by the user')
  if (bot.endedConnections.has(String(params['business_connection_id']))) {
    return badRequest('BUSINESS_CONNECTION_INVALID')
  }
  const movedTo = bot.migrated.get(chatId)
  if (movedTo === undefined) return run(chatId)
  return badRequest('group chat was upgraded to a supergroup chat', { migrate_to_chat_id: movedTo })
}

function describeChat(chatId: number): Record<string, unknown> {
  return chatId > 0
    ? { id: chatId, type: 'private', first_name: 'Ann' }
    : { id: chatId, type: 'supergroup', title: 'Group' }
}

function editMessageText(bot: BotState, params: Params): ApiAnswer {
  const bad = checkText(params['text'])
  if (bad) return bad
  const message = bot.messages.get(messageKey(params))
  if (!message) return badRequest('message to edit not found')
  if (message['text'] === undefined) return badRequest('there is no text in the message to edit')
  const isSameMarkup = isDeepStrictEqual(message['reply_markup'], params['reply_markup'])
  if (message['text'] === params['text'] && isSameMarkup) {
    return badRequest(
      'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
    )
  }
  const refusal = checkLinks(params)
  if (refusal) return refusal
  message['text'] = params['text']
  setKeyboard(message, params)
  message['edit_date'] = Math.floor(Date.now() / 1000)
  return accept(message)
}

function editMessageCaption(bot: BotState, params: Params): ApiAnswer {
  const message = bot.messages.get(messageKey(params))
  if (!message) return badRequest('message to edit not found')
  const refusal = checkLinks(params)
  if (refusal) return refusal
  message['caption'] = params['caption']
  setKeyboard(message, params)
  return accept(message)
}

function messageKey(params: Params): string {
  return `${params['chat_id']}:${params['message_id']}`
}

function pick(params: Params, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(keys.filter((key) => key in params).map((key) => [key, params[key]]))
}
