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
import { planItem } from './items.ts'
import { People } from './people.ts'
import { toPortalUserData } from './person.ts'
import { toPortalChat, toPortalConnector } from './portal-ids.ts'
import { plainForPortal } from './portal-text.ts'
import { FILES_TIMEOUT_MS, Rest, type RestCall } from './rest.ts'
import type { RestOutcome } from './rest-answer.ts'
import { type Run, type RunResult, readResults, toRuns } from './runs.ts'
import { wordsFor } from './words.ts'

/** Of a line: the portal shows it with an error that the hub has set. */
const ERROR_SET = 'error-set'
/** What the portal can do nothing about, so that its administrator is shown it. */
const CREDENTIALS = 'credentials'

/** Speaks to a portal as an application that is installed there. */
export class BitrixRestSpeaker implements Speaker {
  readonly rest: Rest
  readonly people: People
  readonly #context: SpeakerContext

  constructor(context: SpeakerContext) {
    this.#context = context
    this.rest = new Rest(context)
    this.people = new People(context.memory.lines)
  }

  async close(): Promise<void> {
    await this.rest.close()
  }

  async deliver(packet: DeliveryPacket, signal: AbortSignal): Promise<PacketAnswer> {
    if (signal.aborted) return { kind: 'aborted' }
    const { portal, address, events } = packet
    try {
      const { lineId } = address
      const personOf = await this.people.of(lineId, events)
      const words = wordsFor(portal.language)
      const context = { lineId, personOf, words, format: portal.format }
      return await this.#deliverRuns(
        packet,
        toRuns(events.map((event) => planItem(event, context))),
        signal,
      )
    } catch (error) {
      if (error instanceof StoreUnavailableError) {
        return { kind: 'failed', error: 'the store is not reachable' }
      }
      throw error
    }
  }

  async sayGoodbye(goodbye: Goodbye, signal: AbortSignal): Promise<PacketAnswer> {
    if (goodbye.isOver) return taken(goodbye.seq)
    const outcome = await this.#setError(goodbye, signal)
    return toAnswer(outcome, goodbye.seq)
  }

  async tellHealth(notice: HealthNotice, signal: AbortSignal): Promise<PacketAnswer> {
    const { address, seq } = notice
    const { state, action, code } = notice.health as Record<string, unknown>
    const isRefused = action === CREDENTIALS || code === 'token_refused'
    try {
      if (state === 'broken' && isRefused && !notice.isOver) {
        return toAnswer(await this.#setError(notice, signal), seq)
      }
      const { lines } = this.#context.memory
      const isSet = (await lines.read(address.lineId, [ERROR_SET])).get(ERROR_SET) === '1'
      // Other troubles are told nowhere in the portal: what it shows of a line is this one mark.
      if (!isSet || state === 'broken' || state === 'unknown') return taken(seq)
      const on = { params: { ACTIVE: 1 }, isError: '0' } as const
      return toAnswer(await this.#mark(notice, 'imconnector.activate', on, signal), seq)
    } catch (error) {
      if (error instanceof StoreUnavailableError) {
        return { kind: 'failed', error: 'the store is not reachable' }
      }
      throw error
    }
  }

  async test(portal: Portal, _address: PacketAddress, signal: AbortSignal): Promise<PortalTest> {
    const startedAt = this.#context.clock.now()
    const outcome = await this.rest.call(portal, { method: 'app.info', params: {} }, signal)
    const latencyMs = this.#context.clock.now() - startedAt
    if (outcome.kind === 'done') return { ok: true, latencyMs }
    const message =
      outcome.kind === 'failed' ? `the portal: ${outcome.error}` : 'the test was broken off'
    return { ok: false, latencyMs, error: { code: 'HUB_PORTAL_UNREACHABLE', message } }
  }

  /** Switches a line on or off in the portal; on, it takes away an error that is shown of it. Never throws. */
  async activate(
    to: { readonly portal: Portal; readonly address: PacketAddress },
    isActive: boolean,
    signal: AbortSignal,
  ): Promise<RestOutcome> {
    const params = { ACTIVE: isActive ? 1 : 0 }
    const how = { params, isError: '0', isUnpaced: true } as const
    return await this.#mark(to, 'imconnector.activate', how, signal)
  }

  /** What the portal shows of the account that a line has. Never throws. */
  async describe(
    to: { readonly portal: Portal; readonly address: PacketAddress },
    account: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<RestOutcome> {
    const params = { DATA: account }
    return await this.#line(to, 'imconnector.connector.data.set', params, signal, {
      isUnpaced: true,
    })
  }

  /** Writes a text of the hub's own into a dialog; for what comes of no event. Best effort. */
  async tellOperator(
    to: {
      readonly portal: Portal
      readonly address: PacketAddress
      readonly chatId: string
      readonly id: string
    },
    text: string,
    signal: AbortSignal,
  ): Promise<void> {
    const { portal, address, chatId, id } = to
    const person = (await this.people.find(address.lineId, chatId)) ?? { id: chatId }
    const date = Math.floor(this.#context.clock.now() / 1000)
    const item = {
      user: toPortalUserData(person),
      message: { id, date, text: `[i]${plainForPortal(text)}[/i]` },
      chat: { id: toPortalChat(chatId) },
    }
    await this.#line({ portal, address }, 'imconnector.send.messages', { MESSAGES: [item] }, signal)
  }

  /** What a call about a line says of itself. */
  async #line(
    { portal, address }: { readonly portal: Portal; readonly address: PacketAddress },
    method: string,
    params: object,
    signal: AbortSignal,
    how: Pick<RestCall, 'timeoutMs' | 'isUnpaced'> = {},
  ): Promise<RestOutcome> {
    const { lineId, connector, externalLine } = address
    const named = { CONNECTOR: toPortalConnector(connector), LINE: lineParam(externalLine) }
    return await this.rest.call(
      portal,
      { ...how, method, params: { ...named, ...params }, lineId },
      signal,
    )
  }

  /** One run after the other; the first that isn't taken as a whole ends the packet, so that order is kept. */
  async #deliverRuns(
    packet: DeliveryPacket,
    runs: readonly Run[],
    signal: AbortSignal,
  ): Promise<PacketAnswer> {
    const accepted: number[] = []
    const rejected: { seq: number; reason: string }[] = []
    let status: number | undefined
    for (const run of runs) {
      const ended = run.method ? await this.#deliverRun(packet, run, signal) : allOf(run)
      if ('kind' in ended) {
        const isNothing = accepted.length + rejected.length === 0
        if (isNothing) return ended
        break
      }
      accepted.push(...ended.accepted)
      rejected.push(...ended.rejected)
      status = ended.status ?? status
      if (ended.unsaid.length > 0) break
    }
    return { kind: 'answered', accepted, rejected, ...given({ status }) }
  }

  async #deliverRun(
    packet: DeliveryPacket,
    run: Run,
    signal: AbortSignal,
  ): Promise<(RunResult & { status?: number }) | Exclude<PacketAnswer, { kind: 'answered' }>> {
    const { method = '' } = run
    const timeoutMs = run.hasFiles ? Math.max(this.#context.timeoutMs, FILES_TIMEOUT_MS) : undefined
    const params = { MESSAGES: run.items }
    const outcome = await this.#line(packet, method, params, signal, given({ timeoutMs }))
    if (outcome.kind === 'aborted') return { kind: 'aborted' }
    if (outcome.kind === 'failed') return toFailed(outcome)
    const results = readResults(outcome.result, run)
    if (results) return { ...results, status: outcome.status }
    const { status } = outcome
    const body = JSON.stringify(outcome.result).slice(0, 500)
    return { kind: 'failed', status, error: `${method}: the portal did not say SUCCESS`, body }
  }

  async #setError(
    to: { readonly portal: Portal; readonly address: PacketAddress },
    signal: AbortSignal,
  ): Promise<RestOutcome> {
    if (signal.aborted) return { kind: 'aborted' }
    return await this.#mark(to, 'imconnector.set.error', { params: {}, isError: '1' }, signal)
  }

  async #mark(
    to: { readonly portal: Portal; readonly address: PacketAddress },
    method: string,
    {
      params,
      isError,
      isUnpaced,
    }: { readonly params: object; readonly isError: '0' | '1'; readonly isUnpaced?: true },
    signal: AbortSignal,
  ): Promise<RestOutcome> {
    const outcome = await this.#line(to, method, params, signal, given({ isUnpaced }))
    if (outcome.kind !== 'done') return outcome
    const { result, status } = outcome
    const error = `${method}: the portal did not say that it was done`
    if (!isTaken(result)) return { kind: 'failed', status, error }
    await this.#remember(to.address, isError)
    return outcome
  }

  /** If the store is away the portal's mark stays until the next connection, which is no reason to repeat the call. */
  async #remember({ lineId }: PacketAddress, value: '0' | '1'): Promise<void> {
    const { lines } = this.#context.memory
    await lines
      .write(lineId, [{ name: ERROR_SET, value, isLasting: true }])
      .catch((err: unknown) => {
        const fields = { event: 'portal.mark-forgotten', lineId, err }
        this.#context.log.warn(fields, 'what the portal shows of a line could not be noted')
      })
  }
}

/** Open lines are numbers in Bitrix24. */
export function lineParam(externalLine: string): number | string {
  return /^\d{1,15}$/.test(externalLine) ? Number(externalLine) : externalLine
}

function isTaken(result: unknown): boolean {
  if (!isRecord(result)) return result === true
  return result['SUCCESS'] === true || result['result'] === true
}

function allOf({ seqs }: Run): RunResult & { status?: number } {
  return { accepted: seqs, rejected: [], unsaid: [] }
}

function taken(seq: number): PacketAnswer {
  return { kind: 'answered', accepted: [seq], rejected: [] }
}

function toAnswer(outcome: RestOutcome, seq: number): PacketAnswer {
  if (outcome.kind === 'done') return taken(seq)
  return outcome.kind === 'aborted' ? outcome : toFailed(outcome)
}

function toFailed({
  error,
  status,
  retryAfterMs,
  body,
}: Extract<RestOutcome, { kind: 'failed' }>): Extract<PacketAnswer, { kind: 'failed' }> {
  return { kind: 'failed', error, ...given({ status, retryAfterMs, body }) }
}
