import { randomUUID } from 'node:crypto'
import { TEXTS } from '../../../src/portal/dialects/chatwoot/texts.ts'
import type { DialectPortal, DialectReply, DoorDeeds, Forgery } from '../../contract/dialect-kit.ts'
import { send } from '../../helpers/http.ts'
import type { TestHub } from '../../helpers/hub.ts'
import { BOT_ID, BOT_TOKEN, startTelegramWithBot } from '../../helpers/telegram-line.ts'
import type { Answer } from '../portal-answer.ts'
import { readMessage } from './api.ts'
import { toHookCall } from './hooks.ts'
import type { NewMessage } from './model.ts'
import { FakeChatwoot } from './server.ts'

const { en } = TEXTS

/** By how a message begins, what it was made of; what isn't named is a message, or what a person chose. */
const BEGINNINGS: readonly (readonly [string, string])[] = [
  [en.edited, 'message.updated'],
  [en.notSent, 'message.status'],
  [en.reacted, 'reaction'],
  [en.started, 'chat.started'],
  [en.blocked, 'chat.blocked'],
  [en.unblocked, 'chat.unblocked'],
  [en.unsupported, 'unsupported'],
  [en.stopped, 'goodbye'],
  [en.broken, 'health'],
  ['Yes', 'button'],
]

/** Chatwoot, as the contract suite over dialects uses it. */
export class ChatwootPortalOfSuite implements DialectPortal {
  readonly server: FakeChatwoot
  /** Messages of agents by the name that the suite gives a call. */
  readonly #named = new Map<string, number>()

  private constructor(server: FakeChatwoot) {
    this.server = server
  }

  static async start(): Promise<ChatwootPortalOfSuite> {
    return new ChatwootPortalOfSuite(await FakeChatwoot.start())
  }

  get url(): string {
    return this.server.url
  }

  get settings(): Readonly<Record<string, string>> {
    return this.server.settings
  }

  secrets(): readonly string[] {
    const { token, model } = this.server
    return [token, ...model.inboxes.flatMap(({ secret }) => secret ?? [])]
  }

  registered(): void {
    // Chatwoot learns the hub's address with each inbox.
  }

  types(): readonly string[] {
    return this.#items().flatMap(({ type }) => (NOTICES.has(type) ? [] : [type]))
  }

  texts(): readonly (string | undefined)[] {
    return this.#items().flatMap(({ type, text }) => (NOTICES.has(type) ? [] : [text]))
  }

  goodbyes(): readonly string[] {
    const all = this.#items().filter(({ type }) => type === 'goodbye')
    return all.map(({ text = '' }) => (text.includes('another line') ? 'displaced' : text))
  }

  healths(): readonly string[] {
    const all = this.#items().filter(({ type }) => type === 'health')
    return all.map(() => 'broken')
  }

  refused(): number {
    return this.server.refused
  }

  answerNext(...answers: readonly Answer[]): void {
    this.server.script.push(...answers)
  }

  /** An agent writes; `ping` is an event that asks for nothing. */
  async call(
    hub: TestHub,
    method: string,
    params: object,
    { isForged, isStranger, requestId = randomUUID() }: Forgery = {},
  ): Promise<DialectReply> {
    const { model, views } = this.server
    const [inbox] = model.inboxes
    const [conversation] = model.conversations
    if (!inbox || !conversation) throw new Error('no line was connected')
    const known = this.#named.get(requestId)
    const id = known ?? model.id()
    this.#named.set(requestId, id)
    const shown = { ...model.messages[0], id, content: JSON.stringify(params), source_id: null }
    const message = { ...shown, message_type: 'outgoing' } as never
    const event = method === 'agentWrites' ? 'message_created' : 'conversation_updated'
    const signer = isForged ? { ...inbox, secret: 'another-secret' } : inbox
    const call = toHookCall(signer, views.hook(event, message), { delivery: requestId })
    const path = new URL(call.url).pathname + new URL(call.url).search
    const whose = isStranger ? path.replace(/prt_[^/]+/, 'prt_nobody00000000000000') : path
    const { status, body } = await send(`${hub.url}${whose}`, call)
    return { status, text: body, isDone: status === 200 }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.server[Symbol.asyncDispose]()
  }

  #items(): { readonly type: string; readonly text?: string }[] {
    return this.server.calls.flatMap((call) => {
      if (call.method === 'DELETE') return [{ type: 'message.deleted' }]
      if (call.method !== 'POST' || !call.path.endsWith('/messages')) return []
      return [itemOf(readMessage(call))]
    })
  }
}

const NOTICES: ReadonlySet<string> = new Set(['goodbye', 'health'])

function itemOf({ content = '' }: NewMessage): { readonly type: string; readonly text: string } {
  const type = BEGINNINGS.find(([begin]) => content.startsWith(begin))?.[1] ?? 'message.new'
  return { type, text: content }
}

/** A line is connected, and a person has written. Then agents can. */
export const chatwootDeeds: DoorDeeds = {
  areReplaysAnswered: true,
  async prepare(hub, portal, portalId) {
    const { server } = portal as ChatwootPortalOfSuite
    const telegram = await startTelegramWithBot()
    server.isMute = true
    const { lineOperations } = hub.app.services
    const address = { portalId, connector: 'telegram', externalId: '12' }
    await lineOperations.save(address, { token: BOT_TOKEN, apiRoot: telegram.url })
    await lineOperations.test(await lineOperations.find(address))
    await telegram.personWrites({ botId: BOT_ID, chatId: 55, text: 'Hello' })
    await server.waitForText('Hello')
    return telegram
  },
  deed: (index) => ['agentWrites', { index }],
  async count(hub) {
    const rows = await hub.app.services.store.rows<{ id: number }>(
      'SELECT seq AS id FROM outbox_message',
    )
    return rows.length
  },
}
