import type { Speaker, SpeakerContext } from '../../../core/dialect.ts'
import { isRecord } from '../../../core/json.ts'
import type {
  DeliveryPacket,
  Goodbye,
  HealthNotice,
  PacketAddress,
  PacketAnswer,
  PortalTest,
} from '../../../core/packet.ts'
import type { Portal } from '../../../core/portal.ts'
import { PortalClient } from '../../exchange.ts'
import { ChatwootApi } from './application-api.ts'
import { type Carried, Delivery } from './delivery.ts'
import { ChatwootError, isGone } from './failure.ts'
import { InboxBook } from './inbox-book.ts'
import { Inboxes } from './inboxes.ts'
import { LineNotes } from './line-notes.ts'
import { Messages } from './messages.ts'
import { goodbyeText, healthText, postNote } from './notices.ts'
import { RemoteFiles } from './remote-files.ts'
import { targetOf } from './target.ts'
import { TEXTS } from './texts.ts'
import { UPLOAD_TIMEOUT_MS } from './upload.ts'

/** Brings a line's events into its inbox at Chatwoot, by the application API. */
export class ChatwootSpeaker implements Speaker {
  readonly #context: SpeakerContext
  readonly #client: PortalClient
  readonly #inboxes: Inboxes
  /** For Chatwoot's own files, too: kept to the networks that the portal may reach. */
  readonly remote: RemoteFiles

  constructor(context: SpeakerContext) {
    const { clock, publicUrl, memory, guard, timeoutMs } = context
    this.#context = context
    this.#client = new PortalClient(context, Math.max(timeoutMs, UPLOAD_TIMEOUT_MS))
    this.#inboxes = new Inboxes({ book: new InboxBook(memory, clock), clock, publicUrl })
    this.remote = new RemoteFiles(guard)
  }

  async close(): Promise<void> {
    await Promise.all([this.#client.close(), this.remote.close()])
  }

  api(portal: Portal, signal: AbortSignal, lineId?: number): ChatwootApi {
    return new ChatwootApi(this.#client, portal, signal, lineId)
  }

  messages(portal: Portal, signal: AbortSignal, lineId: number): Messages {
    const texts = TEXTS[portal.language]
    return new Messages({
      api: this.api(portal, signal, lineId),
      remote: this.remote,
      texts,
      signal,
    })
  }

  async deliver(packet: DeliveryPacket, signal: AbortSignal): Promise<PacketAnswer> {
    const accepted: number[] = []
    const rejected: { seq: number; reason: string }[] = []
    try {
      const delivery = await this.#begin(packet, signal)
      for (const event of packet.events) {
        const carried: Carried = await delivery.carry(event)
        if (carried === 'taken') accepted.push(event.seq)
        else rejected.push({ seq: event.seq, reason: carried.refused })
      }
      return { kind: 'answered', accepted, rejected }
    } catch (error) {
      const failure = (await this.#inboxGone(packet, error, signal)) ?? toFailure(error)
      if (accepted.length + rejected.length === 0) return failure
      return { kind: 'answered', accepted, rejected }
    }
  }

  /** An inbox that was deleted in Chatwoot is made anew: what comes next goes there, and no event is to blame. */
  async #inboxGone(
    packet: DeliveryPacket,
    error: unknown,
    signal: AbortSignal,
  ): Promise<PacketAnswer | undefined> {
    if (!isGone(error)) return undefined
    const { portal, address } = packet
    try {
      const api = this.api(portal, signal, address.lineId)
      const before = await this.#inboxes.open(packet, api, signal)
      const now = await this.#inboxes.check(packet, api, signal)
      if (now.inbox === before.inbox) return undefined
    } catch {
      // Whatever else is wrong, the first failure says it.
      return undefined
    }
    this.#context.log.warn(
      { event: 'chatwoot.inbox-remade', portalId: portal.id, lineId: address.lineId },
      'the inbox of a line was deleted in Chatwoot, it is made anew',
    )
    return {
      kind: 'failed',
      error: 'the inbox was deleted in Chatwoot, the hub has made a new one',
    }
  }

  async #begin(packet: DeliveryPacket, signal: AbortSignal): Promise<Delivery> {
    const { portal, address, events, attempt } = packet
    const api = this.api(portal, signal, address.lineId)
    const inbox = await this.#inboxes.open(packet, api, signal)
    const notes = new LineNotes(this.#context.memory, address.lineId)
    const texts = TEXTS[portal.language]
    const delivery = new Delivery({ api, inbox, notes, texts, signal, remote: this.remote })
    await delivery.begin(events, attempt)
    return delivery
  }

  async sayGoodbye(goodbye: Goodbye, signal: AbortSignal): Promise<PacketAnswer> {
    return await this.#note(goodbye, goodbyeText(goodbye, TEXTS[goodbye.portal.language]), signal)
  }

  async tellHealth(notice: HealthNotice, signal: AbortSignal): Promise<PacketAnswer> {
    return await this.#note(notice, healthText(notice, TEXTS[notice.portal.language]), signal)
  }

  async #note(
    notice: Omit<HealthNotice, 'health'>,
    content: string | undefined,
    signal: AbortSignal,
  ): Promise<PacketAnswer> {
    const { portal, address, seq, attempt } = notice
    const answer: PacketAnswer = { kind: 'answered', accepted: [seq], rejected: [] }
    if (content === undefined) return answer
    try {
      const api = this.api(portal, signal, address.lineId)
      const inbox = await this.#inboxes.open(notice, api, signal)
      const notes = new LineNotes(this.#context.memory, address.lineId)
      const texts = TEXTS[portal.language]
      await postNote(content, {
        api,
        inbox,
        notes,
        texts,
        signal,
        remote: this.remote,
        seq,
        attempt,
      })
      return answer
    } catch (error) {
      return toFailure(error)
    }
  }

  async test(portal: Portal, address: PacketAddress, signal: AbortSignal): Promise<PortalTest> {
    const { clock } = this.#context
    const startedAt = clock.now()
    try {
      const api = this.api(portal, signal, address.lineId)
      // Of no line: whether the token may do this here, and nothing is made.
      if (address.lineId === 0) await api.get('/inboxes')
      else await this.#inboxes.check({ portal, address }, api, signal)
      return { ok: true, latencyMs: clock.now() - startedAt }
    } catch (error) {
      const failure = toFailure(error)
      const words = failure.kind === 'failed' ? failure.error : 'the test was broken off'
      const message = `Chatwoot: ${words}${contradiction(portal)}`
      return {
        ok: false,
        latencyMs: clock.now() - startedAt,
        error: { code: 'HUB_PORTAL_UNREACHABLE', message },
      }
    }
  }
}

function toFailure(error: unknown): Extract<PacketAnswer, { kind: 'failed' | 'aborted' }> {
  if (error instanceof ChatwootError) return error.answer
  const code: unknown = isRecord(error) || error instanceof Error ? Reflect.get(error, 'code') : ''
  // The store is away, or a bug of the hub: nothing is known to have been taken.
  const words = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return { kind: 'failed', error: typeof code === 'string' && code !== '' ? code : words }
}

/** People see Chatwoot at one address and the hub may reach it at another; where the test fails that may be why. */
function contradiction(portal: Portal): string {
  const shown = URL.parse(portal.url)?.host
  const base = URL.parse(targetOf(portal).base)?.host
  if (shown === base) return ''
  return `; the portal's address is at ${shown}, but baseUrl, where requests go, at ${base}`
}
