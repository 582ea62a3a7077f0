import type { Speaker, SpeakerContext } from '../../../core/dialect.ts'
import { StoreUnavailableError } from '../../../core/errors.ts'
import { given } from '../../../core/given.ts'
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
import { readStored } from '../../../core/stored-event.ts'
import { PortalClient } from '../../exchange.ts'
import { isCredentialFault, readAnswer, type Verdict } from './answer.ts'
import { type Batch, toBatches } from './batches.ts'
import { ChatBook } from './chat-book.ts'
import { toPortalConnector } from './connector-ids.ts'
import { RECEIVE, toStep } from './event-items.ts'
import { FileProbe } from './file-probe.ts'
import { People } from './people.ts'
import { PortalEras } from './portal-era.ts'
import { testWords } from './test-words.ts'
import { type Post, writePost } from './wire/command.ts'

/** The portal downloads the files of a post, and people's pictures, before it answers. */
const FILES_TIMEOUT_MS = 90_000
const DEACTIVATE = 'deactivateConnector'
/** Every portal knows it, for a test that is about no line. */
const ANY_CONNECTOR = 'telegrambot'
const UNSUPPORTED = 'PROVIDER_DOES_NOT_SUPPORT_THIS_METHOD_CALL'
/** Faults of a line by which the portal is to take it out of service, as it does by itself for its own server. */
const DEAD: ReadonlySet<unknown> = new Set(['token_refused'])

interface Receiver {
  readonly portal: Portal
  readonly address: PacketAddress
}

type Failed = Extract<Verdict, { kind: 'failed' }>

/** Posts to the portal's module. */
export class BitrixSpeaker implements Speaker {
  readonly #context: SpeakerContext
  readonly #client: PortalClient
  readonly #eras: PortalEras
  readonly #chats: ChatBook
  readonly #files: FileProbe
  readonly #people = new People()

  constructor(context: SpeakerContext) {
    this.#context = context
    this.#client = new PortalClient(context, Math.max(context.timeoutMs, FILES_TIMEOUT_MS))
    this.#eras = new PortalEras(context.memory.portals, context.clock)
    this.#chats = new ChatBook(context.memory.lines)
    this.#files = new FileProbe(this.#client, context)
  }

  async close(): Promise<void> {
    await this.#client.close()
  }

  async deliver(packet: DeliveryPacket, signal: AbortSignal): Promise<PacketAnswer> {
    const { portal, address, events } = packet
    const connector = toPortalConnector(address.connector)
    if (connector === undefined) return cannotHave(address)
    const kept = await this.#keepChats(packet)
    if (kept) return kept
    const era = await this.#eras.eraOf(portal)
    const fileFaults = await this.#files.faultsOf(events, signal)
    if (signal.aborted) return { kind: 'aborted' }
    const { language } = portal
    const now = this.#context.clock.now()
    const context = { address, connector, language, era, now, fileFaults, people: this.#people }
    const steps = events.map((event) => ({ seq: event.seq, step: toStep(event, context) }))
    const rejected = steps.flatMap(({ seq, step }) =>
      step.kind === 'reject' ? [{ seq, reason: step.reason }] : [],
    )
    const accepted: number[] = []
    for (const batch of toBatches(steps)) {
      const verdict = await this.#postBatch(packet, connector, batch, signal)
      if (verdict.kind === 'aborted' && accepted.length === 0) return verdict
      if (verdict.kind === 'failed' && accepted.length === 0 && rejected.length === 0) {
        return toFailed(verdict)
      }
      if (verdict.kind !== 'taken') return { kind: 'answered', accepted, rejected }
      accepted.push(...batch.seqs)
    }
    return { kind: 'answered', status: 200, accepted, rejected }
  }

  async sayGoodbye(goodbye: Goodbye, signal: AbortSignal): Promise<PacketAnswer> {
    return await this.#deactivate(goodbye, signal)
  }

  /** The portal has one mark for a line that doesn't work; how well it does otherwise, it has no place for. */
  async tellHealth(notice: HealthNotice, signal: AbortSignal): Promise<PacketAnswer> {
    const { health } = notice
    const isDead = isRecord(health) && health['state'] === 'broken' && DEAD.has(health['code'])
    if (!isDead) return { kind: 'answered', accepted: [notice.seq], rejected: [] }
    return await this.#deactivate(notice, signal)
  }

  async test(portal: Portal, address: PacketAddress, signal: AbortSignal): Promise<PortalTest> {
    const { clock } = this.#context
    const connector = toPortalConnector(address.connector) ?? ANY_CONNECTOR
    const startedAt = clock.now()
    const post = { command: 'testConnect', connector, line: address.externalLine, data: [] }
    const verdict = await this.#post({ portal, address }, post, signal)
    const latencyMs = clock.now() - startedAt
    if (verdict.kind === 'taken') return { ok: true, latencyMs }
    const message = testWords(verdict, connector)
    return { ok: false, latencyMs, error: { code: 'HUB_PORTAL_UNREACHABLE', message } }
  }

  /** Ids that the portal gets in short must be found again when its operators answer. */
  async #keepChats({ address, events }: DeliveryPacket): Promise<PacketAnswer | undefined> {
    const chatIds = events.flatMap((event) => readStored(event).chat?.id ?? [])
    try {
      await this.#chats.keep(address.lineId, chatIds)
      return undefined
    } catch (error) {
      if (error instanceof StoreUnavailableError) {
        return { kind: 'failed', error: 'the store is away: the chat’s id could not be kept' }
      }
      throw error
    }
  }

  /** The portal refuses a marked line's messages until its page is saved anew: no mark for what is past. */
  async #deactivate(
    { portal, address, seq, isOver }: Omit<Goodbye, 'reason' | 'message'>,
    signal: AbortSignal,
  ): Promise<PacketAnswer> {
    const taken: PacketAnswer = { kind: 'answered', accepted: [seq], rejected: [] }
    const connector = toPortalConnector(address.connector)
    if (connector === undefined || isOver) return taken
    const post = { command: DEACTIVATE, connector, line: address.externalLine, data: [] }
    const verdict = await this.#post({ portal, address }, post, signal)
    if (verdict.kind === 'failed') return toFailed(verdict)
    return verdict.kind === 'aborted' ? verdict : taken
  }

  async #postBatch(
    to: Receiver,
    connector: string,
    { command, items, isLoading }: Batch,
    signal: AbortSignal,
  ): Promise<Exclude<Verdict, { kind: 'unknown-command' }>> {
    if (items.length === 0) return { kind: 'taken' }
    const { id } = to.portal
    if (!(await this.#eras.knowsCommand(id, command))) return { kind: 'taken' }
    const post = { command, connector, line: to.address.externalLine, data: items }
    const verdict = await this.#post(to, post, signal, isLoading ? FILES_TIMEOUT_MS : undefined)
    // A report that the connector's own part of the module has no place for must not hold messages up.
    const isUnsupported = verdict.kind === 'failed' && verdict.code === UNSUPPORTED
    if (isUnsupported && command !== RECEIVE) return { kind: 'taken' }
    if (verdict.kind !== 'unknown-command') return verdict
    if (command === RECEIVE) {
      return { kind: 'failed', error: 'the portal’s module does not know the command for messages' }
    }
    await this.#eras.noteUnknown(id, command)
    return { kind: 'taken' }
  }

  async #post(
    { portal, address }: Receiver,
    post: Post,
    signal: AbortSignal,
    timeoutMs?: number,
  ): Promise<Verdict> {
    const { keyHash = '' } = portal.settings
    const exchange = await this.#client.send(
      {
        url: handlerOf(portal.url),
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'user-agent': 'openlines-hub',
        },
        body: writePost(post, keyHash),
        ...given({ timeoutMs }),
        lineId: address.lineId,
        secrets: [keyHash],
      },
      signal,
    )
    const verdict = readAnswer(exchange, this.#context.clock.now())
    const isTakenAllTheSame =
      verdict.kind === 'failed' && isCredentialFault(verdict.code) && post.command !== 'testConnect'
    if (!isTakenAllTheSame || (await this.#eras.eraOf(portal)) !== '2019') return verdict
    this.#context.log.warn(
      {
        event: 'bitrix.signature-refused',
        portalId: portal.id,
        lineId: address.lineId,
        code: verdict.code,
      },
      'an old portal refuses our signature, and has taken the command all the same',
    )
    return { kind: 'taken' }
  }
}

/** `/pub/imconnector/` under the portal's address, whatever that ends with. */
export function handlerOf(portalUrl: string): string {
  const url = new URL(portalUrl)
  const path = url.pathname.replace(/\/+$/, '').replace(/\/pub\/imconnector(\/index\.php)?$/, '')
  return `${url.origin}${path}/pub/imconnector/`
}

function toFailed({ error, status, retryAfterMs, body }: Failed): PacketAnswer {
  return { kind: 'failed', error, ...given({ status, retryAfterMs, body }) }
}

function cannotHave({ connector }: PacketAddress): PacketAnswer {
  const error = `Bitrix24 has no connector for ${connector} on this wire: connect the line to a portal of another dialect`
  return { kind: 'failed', error }
}
