import type { DoorContext } from '../../../core/dialect.ts'
import { given } from '../../../core/given.ts'
import { isRecord } from '../../../core/json.ts'
import type { Portal } from '../../../core/portal.ts'
import { type CallFailure, toCallFailure } from '../../call-failure.ts'
import { agentKey } from './agent-keys.ts'
import { digestOf, type PersonHint, type ShownMessage } from './agent-message.ts'
import type { KnownInbox } from './inbox-book.ts'
import { type AgentNote, LineNotes, noteNames } from './line-notes.ts'
import { toOutgoing } from './outgoing-message.ts'
import { shortId } from './people.ts'
import { numberOf, textOf } from './shapes.ts'
import type { ChatwootSpeaker } from './speaker.ts'
import { TEXTS, type Texts } from './texts.ts'

export interface AgentLine {
  readonly portal: Portal
  readonly known: KnownInbox
}

/** Agents that can't be told at once learn it from the message, which goes to the inbox's own failure. */
const NEVER = new AbortController().signal

/**
 * Hands agents' messages to the outbox, each once: by the webhook, or by the look through the conversations that makes up for
 * webhooks that failed. Both name a message alike, so that both at once send one.
 */
export class AgentMessages {
  readonly #context: DoorContext<ChatwootSpeaker>

  constructor(context: DoorContext<ChatwootSpeaker>) {
    this.#context = context
  }

  /**
   * Resolves when it is durably queued, or known to need no sending. Throws what `sendMessage` throws where the same may
   * work later.
   */
  async take({ portal, known }: AgentLine, message: ShownMessage, hint: PersonHint): Promise<void> {
    const { lineId } = known
    if (!message.isForPerson || message.source !== undefined || message.isDeleted) return
    const notes = new LineNotes(this.#context.memory, lineId)
    const { own, agent, conversation } = noteNames
    const names = [own(message.id), agent(message.id), conversation(message.conversation)]
    const found = await notes.read(names)
    if (found.has(own(message.id)) || found.has(agent(message.id))) return
    const chat = found.get(conversation(message.conversation)) ?? chatOf(hint, known)
    const text = digestOf(message)
    await this.#learn(notes, message, found, chat)
    const outgoing = toOutgoing(message, await replyTo(message, notes))
    const texts = TEXTS[portal.language]
    if (chat === undefined || !outgoing) {
      await notes.setAgent(message.id, { chat: chat ?? '', text })
      const words = chat === undefined ? texts.nobody : texts.nothing
      this.#refuse({ portal, known }, message, words)
      return
    }
    const call = { chat: { id: chat }, message: outgoing }
    const sent = await this.#call({ portal, known }, 'sendMessage', {
      ...call,
      key: agentKey(message.conversation, message.id),
    })
    const { out } = sent
    await notes.setAgent(message.id, { chat, text, ...given({ out }) })
    if (sent.fault) this.#refuse({ portal, known }, message, wordsOf(sent.fault, texts))
  }

  /** An agent has begun a conversation with somebody who wrote before. */
  async #learn(
    notes: LineNotes,
    { conversation: id }: ShownMessage,
    found: ReadonlyMap<string, string>,
    chat: string | undefined,
  ): Promise<void> {
    const name = noteNames.conversation(id)
    if (chat === undefined || found.has(name)) return
    await notes.write([{ name, value: chat, isLasting: true }])
  }

  /** A message that was sent is another now, or gone. Gives false while the channel's ids of it aren't known. */
  async change({ portal, known }: AgentLine, message: ShownMessage): Promise<boolean> {
    const notes = new LineNotes(this.#context.memory, known.lineId)
    const note = await notes.agent(message.id)
    const text = message.isDeleted ? 'deleted' : digestOf(message)
    if (!message.isForPerson || !note || note.out === undefined || note.text === text) return true
    const ids = await notes.sentIds(message.id)
    if (ids.length === 0) return false
    const line = { portal, known }
    if (message.isDeleted) await this.#remove(line, message, note.chat, ids)
    else await this.#edit(line, message, note, ids)
    await notes.setAgent(message.id, { ...note, text, changes: (note.changes ?? 0) + 1 })
    return true
  }

  /** Best effort, and nobody waits for it. */
  showTyping({ portal, known }: AgentLine, conversation: number): void {
    const { connector, line, lineId } = known
    const notes = new LineNotes(this.#context.memory, lineId)
    const show = async (): Promise<void> => {
      const chat = await notes.readOne(noteNames.conversation(conversation))
      if (chat === undefined) return
      await this.#context.call(portal, 'sendTyping', { connector, line, chat: { id: chat } })
    }
    show().catch((error: unknown) => {
      const { code } = toCallFailure(error)
      this.#context.log.debug(
        { event: 'chatwoot.typing-failed', portalId: portal.id, lineId, code },
        'an agent writes, and the channel was not told',
      )
    })
  }

  async #remove(
    line: AgentLine,
    message: ShownMessage,
    chat: string,
    ids: readonly string[],
  ): Promise<void> {
    for (const [index, id] of ids.entries()) {
      const { fault } = await this.#call(line, 'deleteMessage', {
        chat: { id: chat },
        message: { id },
        key: agentKey(message.conversation, message.id, `delete.${index}`),
      })
      if (fault) return this.#tell(line, message, TEXTS[line.portal.language].cannotDelete)
    }
  }

  /** Of one that went in several parts the first holds the text's beginning. */
  async #edit(
    line: AgentLine,
    message: ShownMessage,
    { chat, changes = 0 }: AgentNote,
    [id = '']: readonly string[],
  ): Promise<void> {
    const { fault } = await this.#call(line, 'updateMessage', {
      chat: { id: chat },
      message: { id, text: message.content },
      key: agentKey(message.conversation, message.id, `edit.${changes}.${digestOf(message)}`),
    })
    if (fault) this.#tell(line, message, TEXTS[line.portal.language].cannotEdit)
  }

  /** What can't be helped by another try comes back as `fault`; anything else is thrown. */
  async #call(
    { portal, known }: AgentLine,
    method: string,
    params: object,
  ): Promise<{ readonly out?: string; readonly fault?: CallFailure }> {
    const { connector, line } = known
    try {
      const queued = await this.#context.call(portal, method, { connector, line, ...params })
      return given({ out: isRecord(queued) ? textOf(queued['id']) : undefined })
    } catch (error) {
      const failure = toCallFailure(error)
      // It was queued before, and an agent has edited it since then.
      if (failure.code === 'HUB_KEY_REUSED') return {}
      const isForGood = failure.kind === 'bad-params' || failure.kind === 'refused'
      if (!isForGood || failure.code === 'HUB_LIMIT') throw error
      return { fault: failure }
    }
  }

  #refuse({ portal, known }: AgentLine, { id, conversation }: ShownMessage, words: string): void {
    const messages = this.#context.speakerOf(portal).messages(portal, NEVER, known.lineId)
    const told = messages.setStatus(conversation, id, { status: 'failed', external_error: words })
    told.catch((error: unknown) => this.#untold(portal, known, error))
  }

  #tell({ portal, known }: AgentLine, { id, conversation }: ShownMessage, content: string): void {
    const messages = this.#context.speakerOf(portal).messages(portal, NEVER, known.lineId)
    const note = { content, kind: 'note', source: `hub-${id}` } as const
    messages.post(conversation, note).catch((error: unknown) => this.#untold(portal, known, error))
  }

  #untold({ id: portalId }: Portal, { lineId }: KnownInbox, error: unknown): void {
    this.#context.log.warn(
      { event: 'chatwoot.refusal-untold', portalId, lineId, err: error },
      'an agent could not be told that a message was not sent',
    )
  }
}

/** The hub names contacts by line and chat; a person who was put in by hand has a name of Chatwoot's. */
function chatOf(
  { identifier, source }: PersonHint,
  { connector, line }: KnownInbox,
): string | undefined {
  const prefix = `${connector}:${line}:`
  if (identifier?.startsWith(prefix)) return identifier.slice(prefix.length)
  if (identifier?.startsWith('openlines-hub:')) return undefined
  const isOwn = source !== undefined && shortId(source) === source && !/^sha256-/.test(source)
  return isOwn ? source : undefined
}

/** By the channel's id: the person's message has it in Chatwoot, an agent's in the hub's memory. */
async function replyTo(
  { attributes }: ShownMessage,
  notes: LineNotes,
): Promise<string | undefined> {
  const external = textOf(attributes['in_reply_to_external_id'])
  if (external !== undefined) return external
  const id = numberOf(attributes['in_reply_to'])
  return id === undefined ? undefined : (await notes.sentIds(id))[0]
}

function wordsOf({ code, message, fields }: CallFailure, texts: Texts): string {
  if (code === 'HUB_LINE_NOT_CONNECTED' || code === 'HUB_UNKNOWN_LINE') return texts.lineIsOff
  const faults = (fields ?? []).map(({ field, problem }) => `${field}: ${problem}`)
  return [message, ...faults].join('; ').slice(0, 500)
}
