import type { DoorContext, Upkeep } from '../../../core/dialect.ts'
import type { Portal } from '../../../core/portal.ts'
import { toCallFailure } from '../../call-failure.ts'
import { hintOf, readMessage, type ShownMessage } from './agent-message.ts'
import { AgentMessages } from './agent-messages.ts'
import type { ChatwootApi } from './application-api.ts'
import { hookUrl, tokenOf } from './hook.ts'
import { InboxBook, type KnownInbox } from './inbox-book.ts'
import { LineNotes, noteNames } from './line-notes.ts'
import { PendingChanges } from './pending-changes.ts'
import { type Fields, idOf, listOf, numberOf } from './shapes.ts'
import type { ChatwootSpeaker } from './speaker.ts'

/** So far back each visit looks, in seconds: what is being written as a page is made shows up a moment later. */
const OVERLAP = 300
/** By then every message has been sent, or has failed. */
const MAX_WAIT_MS = 25 * 60 * 60 * 1000
const HOOKED = 'hooked'

/**
 * Chatwoot never repeats a webhook that failed. Once a minute the hub looks through the conversations that were active since
 * it last did, and takes what agents have written there and it was not told of.
 */
export class ChatwootUpkeep implements Upkeep {
  /** A little less than the minute in which visits come. */
  readonly everyMs = 50_000
  readonly #context: DoorContext<ChatwootSpeaker>
  readonly #agents: AgentMessages
  readonly #book: InboxBook
  readonly #changes: PendingChanges

  constructor(context: DoorContext<ChatwootSpeaker>) {
    this.#context = context
    this.#agents = new AgentMessages(context)
    this.#book = new InboxBook(context.memory, context.clock)
    this.#changes = new PendingChanges(context.memory.portals)
  }

  async visit(portal: Portal, signal: AbortSignal): Promise<void> {
    const position = await this.#book.position(portal.id)
    // No line has an inbox yet.
    if (position === undefined) return
    const api = this.#context.speakerOf(portal).api(portal, signal)
    await this.#mendHooks(portal, api)
    await this.#reconcile(portal, api, position)
    await this.#change(portal, api)
  }

  /** The position moves on when all was looked at: what breaks off on the way is looked at again. */
  async #reconcile(portal: Portal, api: ChatwootApi, position: number): Promise<void> {
    const seen = new Set<number>()
    let newest = position
    for (let page = 1; ; page++) {
      const conversations = await this.#page(api, page)
      const fresh = conversations.filter((one) => !seen.has(idOf(one) ?? 0))
      const active = fresh.filter((one) => activityOf(one) >= position - OVERLAP)
      for (const one of fresh) seen.add(idOf(one) ?? 0)
      // What becomes active from now on comes to the first page: the next visit finds it.
      if (page === 1)
        newest = Math.max(newest, ...conversations.map(activityOf).filter(Number.isFinite))
      for (const one of active) await this.#lookThrough(portal, api, one)
      if (active.length === 0) break
    }
    if (newest > position) await this.#book.setPosition(portal.id, newest)
  }

  async #page(api: ChatwootApi, page: number): Promise<readonly Fields[]> {
    const query = new URLSearchParams({
      status: 'all',
      assignee_type: 'all',
      sort_by: 'last_activity_at_desc',
      page: String(page),
    })
    return listOf(await api.get(`/conversations?${query}`))
  }

  async #lookThrough(portal: Portal, api: ChatwootApi, conversation: Fields): Promise<void> {
    const id = idOf(conversation)
    const inbox = numberOf(conversation['inbox_id'])
    if (id === undefined || inbox === undefined) return
    const known = await this.#book.ofInbox(portal.id, inbox)
    if (!known) return
    const notes = new LineNotes(this.#context.memory, known.lineId)
    const seen = Number((await notes.readOne(noteNames.seen(id))) ?? 0)
    const latest = Math.max(
      0,
      ...listOf(conversation['messages']).flatMap((one) => idOf(one) ?? []),
    )
    if (latest > 0 && latest <= seen) return
    const last = await this.#takeFrom(portal, api, { known, id, seen, conversation })
    if (last <= seen) return
    await notes.write([{ name: noteNames.seen(id), value: String(last), isLasting: true }])
  }

  /** Gives the newest message that was looked at. */
  async #takeFrom(
    portal: Portal,
    api: ChatwootApi,
    { known, id, seen, conversation }: Place,
  ): Promise<number> {
    const hint = hintOf(conversation)
    for (let last = seen; ; ) {
      const answer = listOf(await api.get(`/conversations/${id}/messages?after=${last}`))
      const messages = answer.flatMap((one) => readMessage(one, id) ?? [])
      const next = messages.filter((one) => one.id > last).sort((one, other) => one.id - other.id)
      for (const message of next) {
        if (isSince(message, known)) await this.#agents.take({ portal, known }, message, hint)
        last = message.id
      }
      if (next.length === 0) return last
    }
  }

  /** After another public address or secret the webhooks of all inboxes lead to the new one. */
  async #mendHooks(portal: Portal, api: ChatwootApi): Promise<void> {
    const { memory, publicUrl } = this.#context
    const wanted = `${publicUrl} ${tokenOf(portal.secrets[0] ?? '', 'hooks')}`
    const mended = await memory.portals.read(portal.id, HOOKED)
    if (mended?.value === wanted) return
    for (const inbox of listOf(await api.get('/inboxes'))) {
      const known = await this.#book.ofInbox(portal.id, idOf(inbox) ?? 0)
      if (!known) continue
      const webhook_url = hookUrl(portal, known.lineId, publicUrl)
      if (inbox['webhook_url'] !== webhook_url)
        await api.patch(`/inboxes/${known.inbox}`, { channel: { webhook_url } })
    }
    await memory.portals.write(portal.id, [{ name: HOOKED, value: wanted }])
  }

  async #change(portal: Portal, api: ChatwootApi): Promise<void> {
    for (const pending of await this.#changes.list(portal.id)) {
      const { lineId, conversation, message, at } = pending
      const known = await this.#book.ofLine(portal.id, lineId)
      const path = `/conversations/${conversation}/messages?after=${message - 1}`
      const listed = listOf(await api.find(path)).find((one) => idOf(one) === message)
      const shown = listed && readMessage(listed, conversation)
      const isLate = this.#context.clock.now() - at > MAX_WAIT_MS
      const isOver = isLate || !known || !shown || (await this.#tryChange({ portal, known }, shown))
      if (isOver) await this.#changes.remove(portal.id, pending)
    }
  }

  /** What the hub knows nothing of any more needs no change. */
  async #tryChange(
    line: { readonly portal: Portal; readonly known: KnownInbox },
    shown: ShownMessage,
  ): Promise<boolean> {
    try {
      return await this.#agents.change(line, shown)
    } catch (error) {
      if (toCallFailure(error).kind === 'refused') return true
      throw error
    }
  }
}

interface Place {
  readonly known: KnownInbox
  readonly id: number
  readonly seen: number
  readonly conversation: Fields
}

function activityOf(conversation: Fields): number {
  return numberOf(conversation['last_activity_at']) ?? Number.POSITIVE_INFINITY
}

function isSince({ createdAt }: ShownMessage, { since }: KnownInbox): boolean {
  return createdAt === undefined || createdAt >= since
}
