import { checkContent } from './slack-rules.ts'

type Fields = Readonly<Record<string, unknown>>

/** The fields of a success, or the `error` of a refusal. */
type Result = Fields | string

/** An app in one workspace. */
export interface SlackApp {
  readonly token: string
  readonly signingSecret: string
  readonly appId: string
  readonly botUser: string
  readonly botId: string
  readonly scopes: Set<string>
  /** Where Slack posts, as it is entered in the app's settings. */
  requestUrl: string
}

interface SlackChannel {
  readonly id: string
  isArchived: boolean
  hasBot: boolean
}

export interface StoredMessage extends Fields {
  readonly ts: string
  readonly text: string
  readonly user: string
  readonly thread_ts?: string
}

/** What a workspace holds and what its methods do, without HTTP. */
export class SlackWorkspace {
  readonly team = 'T061EG9R6'
  readonly users = new Map<string, Fields>()
  /** By id: fields of `files.info`. */
  readonly files = new Map<string, Fields>()
  /** What the file host serves, by the name in the address. */
  readonly bytes = new Map<string, string>()
  readonly #channels = new Map<string, SlackChannel>()
  /** By conversation, then by `ts`, in order. */
  readonly #messages = new Map<string, Map<string, StoredMessage>>()
  /** Messages that each conversation has had. */
  readonly #counts = new Map<string, number>()

  addChannel(id: string): SlackChannel {
    const channel = { id, isArchived: false, hasBot: true }
    this.#channels.set(id, channel)
    return channel
  }

  messagesOf(channel: string): StoredMessage[] {
    return [...(this.#messages.get(channel)?.values() ?? [])]
  }

  /** A message of a person's or of a bot's. The same `ts` is given in every conversation, as Slack may. */
  store(channel: string, fields: Fields): StoredMessage {
    const messages = this.#messages.get(channel) ?? new Map<string, StoredMessage>()
    const count = (this.#counts.get(channel) ?? 0) + 1
    this.#counts.set(channel, count)
    const ts = `1767225600.${String(count).padStart(6, '0')}`
    const message: StoredMessage = { text: '', user: '', ...fields, ts }
    messages.set(ts, message)
    this.#messages.set(channel, messages)
    return message
  }

  run(app: SlackApp, method: string, body: Fields): Result {
    switch (method) {
      case 'auth.test':
        return {
          url: 'https://acme.slack.com/',
          team: 'Acme',
          user: 'desk',
          team_id: this.team,
          user_id: app.botUser,
          ...(app.botId ? { bot_id: app.botId } : {}),
          is_enterprise_install: false,
        }
      case 'chat.postMessage':
        return this.#post(app, body)
      case 'chat.update':
        return this.#update(app, body)
      case 'chat.delete':
        return this.#delete(app, body)
      case 'conversations.replies':
        return this.#replies(body)
      case 'users.info':
        return wrap('user', this.users.get(String(body['user'])), 'user_not_found')
      case 'files.info':
        return wrap('file', this.files.get(String(body['file'])), 'file_not_found')
      default:
        return 'unknown_method'
    }
  }

  /** A person's id stands for the direct messages with that person. */
  #channelOf(id: string): SlackChannel | string {
    if (/^[UW]/.test(id))
      return this.users.has(id) ? this.addChannel(`D${id.slice(1)}`) : 'user_not_found'
    const channel = this.#channels.get(id)
    if (!channel) return 'channel_not_found'
    if (channel.isArchived) return 'is_archived'
    return channel.hasBot ? channel : 'not_in_channel'
  }

  #post(app: SlackApp, body: Fields): Result {
    const channel = this.#channelOf(String(body['channel'] ?? ''))
    if (typeof channel === 'string') return channel
    const refusal = checkContent(body)
    if (refusal) return refusal
    const thread = body['thread_ts']
    const parent = thread === undefined ? undefined : this.#find(channel.id, thread)
    if (thread !== undefined && !parent) return 'thread_not_found'
    // Slack would take it and show it nowhere, which no test would notice.
    if (parent?.thread_ts && parent.thread_ts !== parent.ts) return 'cannot_reply_to_message'
    const { text = '', blocks } = body
    const message = this.store(channel.id, {
      user: app.botUser,
      bot_id: app.botId,
      app_id: app.appId,
      text: String(text),
      ...(blocks ? { blocks } : {}),
      ...(parent ? { thread_ts: parent.ts } : {}),
    })
    return { channel: channel.id, ts: message.ts, message }
  }

  #update(app: SlackApp, body: Fields): Result {
    const { channel, ts } = body
    const old = this.#find(channel, ts)
    if (!old) return 'message_not_found'
    if (old.user !== app.botUser) return 'cant_update_message'
    const refusal = checkContent(body)
    if (refusal) return refusal
    const { text, blocks } = body
    const message = { ...old, text: String(text), blocks, edited: { user: app.botUser, ts } }
    this.#messages.get(String(channel))?.set(old.ts, message)
    return { channel, ts, text }
  }

  #delete(app: SlackApp, { channel, ts }: Fields): Result {
    const old = this.#find(channel, ts)
    if (!old) return 'message_not_found'
    if (old.user !== app.botUser) return 'cant_delete_message'
    this.#messages.get(String(channel))?.delete(old.ts)
    return { channel, ts }
  }

  /** A whole thread by its first message; an answer by itself. */
  #replies({ channel, ts, limit = '1000' }: Fields): Result {
    const found = this.#find(channel, ts)
    if (!found) return 'thread_not_found'
    const answers = this.messagesOf(String(channel)).filter(
      (message) => message.thread_ts === ts && message.ts !== ts,
    )
    const isFirst = answers.length > 0
    const first = isFirst ? { ...found, thread_ts: found.ts } : found
    return { messages: [first, ...answers].slice(0, Number(limit)), has_more: false }
  }

  #find(channel: unknown, ts: unknown): StoredMessage | undefined {
    return this.#messages.get(String(channel))?.get(String(ts))
  }
}

function wrap(name: string, found: Fields | undefined, error: string): Result {
  return found ? { [name]: found } : error
}
