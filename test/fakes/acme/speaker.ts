import { Agent } from 'undici'
import type { Speaker, SpeakerContext } from '../../../src/core/dialect.ts'
import { TransportError } from '../../../src/core/errors.ts'
import type { StoredEvent } from '../../../src/core/inbox.ts'
import type {
  DeliveryPacket,
  Goodbye,
  PacketAddress,
  PacketAnswer,
  PortalTest,
} from '../../../src/core/packet.ts'
import type { Portal } from '../../../src/core/portal.ts'
import { readStored } from '../../../src/core/stored-event.ts'
import { SIGNATURE_HEADER, sign } from './signature.ts'

type Said = { readonly ok: true } | Exclude<PacketAnswer, { kind: 'answered' | 'ack-later' }>

/** One post per item; the first that isn't taken ends the batch, so that order is kept. */
export class AcmeSpeaker implements Speaker {
  readonly #context: SpeakerContext
  readonly #agent: Agent

  constructor(context: SpeakerContext) {
    this.#context = context
    this.#agent = new Agent({ connect: { lookup: context.guard.lookup } })
  }

  async deliver(packet: DeliveryPacket, signal: AbortSignal): Promise<PacketAnswer> {
    const accepted: number[] = []
    for (const event of packet.events) {
      const said = await this.#item(packet, event, signal)
      if ('kind' in said) {
        return accepted.length > 0 && said.kind === 'failed'
          ? { kind: 'answered', accepted, rejected: [] }
          : said
      }
      accepted.push(event.seq)
    }
    return { kind: 'answered', accepted, rejected: [] }
  }

  async sayGoodbye(goodbye: Goodbye, signal: AbortSignal): Promise<PacketAnswer> {
    const { portal, address, reason, message } = goodbye
    const said = await this.#post(
      portal,
      { ...nameOf(address), what: 'off', reason, message },
      signal,
    )
    return 'kind' in said ? said : { kind: 'answered', accepted: [goodbye.seq], rejected: [] }
  }

  async test(portal: Portal, address: PacketAddress, signal: AbortSignal): Promise<PortalTest> {
    const startedAt = this.#context.clock.now()
    const said = await this.#post(portal, { ...nameOf(address), what: 'ping' }, signal)
    const latencyMs = this.#context.clock.now() - startedAt
    if (!('kind' in said)) return { ok: true, latencyMs }
    const message = 'error' in said ? said.error : said.kind
    return { ok: false, latencyMs, error: { code: 'HUB_PORTAL_UNREACHABLE', message } }
  }

  async close(): Promise<void> {
    await this.#agent.destroy()
  }

  async #item(
    { portal, address }: DeliveryPacket,
    stored: StoredEvent,
    signal: AbortSignal,
  ): Promise<Said> {
    const event = readStored(stored)
    if (event.type === 'chat.typing') return { ok: true }
    const fields = {
      ...nameOf(address),
      what: event.type,
      item: `${address.lineId}-${stored.seq}`,
      json: JSON.stringify(event),
    }
    return await this.#post(portal, fields, signal)
  }

  async #post(
    { url, settings }: Portal,
    fields: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Said> {
    const { guard, timeoutMs } = this.#context
    const form = new URLSearchParams({ account: settings['account'] ?? '', ...fields }).toString()
    const target = new URL(url)
    try {
      guard.assertHost(target.hostname)
      const { statusCode, body } = await this.#agent.request({
        origin: target.origin,
        path: target.pathname,
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          [SIGNATURE_HEADER]: sign(form, settings['apiKey'] ?? ''),
        },
        body: form,
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      })
      const text = await body.text()
      if (text === 'TAKEN\n') return { ok: true }
      if (text === 'BYE\n') return { kind: 'gone' }
      return { kind: 'failed', status: statusCode, error: `HTTP ${statusCode}, not taken` }
    } catch (error) {
      if (signal.aborted) return { kind: 'aborted' }
      const reason = error instanceof TransportError ? error.reason : 'no answer'
      return { kind: 'failed', error: reason }
    }
  }
}

function nameOf({ connector, externalLine }: PacketAddress): Record<string, string> {
  return { channel: connector, line: externalLine }
}
