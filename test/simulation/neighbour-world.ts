import type { Connector } from '../../src/core/connector.ts'
import { TransportError } from '../../src/core/errors.ts'
import type { InboundEvent } from '../../src/core/event.ts'
import type { PacketAnswer } from '../../src/core/packet.ts'
import { plainText, visibleText } from '../../src/core/rich-text.ts'
import type { ReceivedUpdate } from '../../src/db/inbox/new-update.ts'
import type { HubModel, Surroundings } from './neighbour-hub.ts'
import type { Random } from './random.ts'
import type { SimTime } from './sim-clock.ts'
import type { Stopwatch } from './stopwatch.ts'

export const QUIET_TENANTS = 100
/** Lines from this number on are the noisy tenant's. */
export const FIRST_NOISY_LINE = 1001
const HANG_MS = 15_000
const LONG_POLL_MS = 25_000
const POLL_PATIENCE_MS = 10_000
/** Each of the hub's services is wanted so often by each quiet tenant. */
const EVERY_MS = [1000, 3000] as const
const DOWNLOAD_MS = 200
/** What `/files` says in `Retry-After`. */
const COME_AGAIN_MS = 2000

export function quietLines(): Map<number, string> {
  return new Map(Array.from({ length: QUIET_TENANTS }, (_, n) => [n + 1, `quiet-${n + 1}`]))
}

interface Line {
  readonly lineId: number
  readonly portalId: string
}

interface OpenPoll {
  wake(): void
}

/** Portals and channels: those of quiet lines answer soon, those of noisy ones never do. */
export class NeighbourWorld implements Surroundings {
  readonly connector: Connector
  readonly #time: SimTime
  readonly #random: Random
  readonly #stopwatch: Stopwatch
  readonly #updates = new Map<number, string[]>()
  readonly #polls = new Map<number, OpenPoll>()
  #ids = 0

  constructor(time: SimTime, random: Random, stopwatch: Stopwatch) {
    this.#time = time
    this.#random = random
    this.#stopwatch = stopwatch
    this.connector = this.#createConnector()
  }

  deliver: Surroundings['deliver'] = async ({ lineId, events }): Promise<PacketAnswer> => {
    if (lineId >= FIRST_NOISY_LINE) {
      await this.#pause(HANG_MS)
      return { kind: 'failed', error: 'the portal does not answer' }
    }
    await this.#pause(this.#random.between(20, 80))
    for (const { payload } of events) this.#done(payload)
    return { kind: 'answered', accepted: events.map(({ seq }) => seq), rejected: [] }
  }

  polled: Surroundings['polled'] = (payload) => {
    this.#done((JSON.parse(payload) as { id: string }).id)
  }

  /** A quiet tenant wants everything every now and then. */
  startQuiet(hub: HubModel, lineId: number, portalId: string): void {
    const wants = [
      () => this.#write(hub, { lineId, portalId }),
      () => this.#send(hub, { lineId, portalId }),
      () => this.#happen(lineId),
      () => this.#read(hub, lineId, portalId),
    ]
    for (const want of wants) {
      const again = (): void => {
        want()
        this.#time.schedule(this.#random.between(...EVERY_MS), again)
      }
      this.#time.schedule(this.#random.between(0, EVERY_MS[1]), again)
    }
  }

  /** An update that came by webhook. */
  #write(hub: HubModel, { lineId, portalId }: Line): void {
    const id = this.#start('inbox')
    this.#append(hub, { lineId, portalId }, id)
  }

  /** An update that nobody waits for. There are thousands: one that is refused isn't tried again, the next is like it. */
  makeNoise(hub: HubModel, line: Line): void {
    hub.writer.append(toUpdate(line, `n${this.#ids++}`)).catch(() => undefined)
  }

  /** Refused ones are tried again, as channels do. */
  #append(hub: HubModel, line: Line, id: string): void {
    hub.writer.append(toUpdate(line, id)).catch(() => {
      this.#time.schedule(COME_AGAIN_MS, () => this.#append(hub, line, id))
    })
  }

  #send(hub: HubModel, { lineId, portalId }: Line): void {
    const id = this.#start('sends')
    const payload = JSON.stringify({
      message: { text: id },
      format: { text: 'plain', emoji: 'unicode' },
    })
    void hub.outbox.enqueue({
      lineId,
      portalId,
      chatId: 'c',
      kind: 'send',
      lane: 'dialogue',
      payload,
    })
  }

  /** Something that the line's poll brings. */
  #happen(lineId: number): void {
    const id = this.#start('polls')
    this.#updates.set(lineId, [...(this.#updates.get(lineId) ?? []), id])
    this.#polls.get(lineId)?.wake()
  }

  #read(hub: HubModel, lineId: number, portalId: string, id = this.#start('files')): void {
    const ended = new AbortController()
    if (hub.transfers.admit({ portalId, lineId }, ended.signal)) {
      this.#done(id)
      this.#time.schedule(DOWNLOAD_MS, () => ended.abort())
    } else {
      this.#time.schedule(COME_AGAIN_MS, () => this.#read(hub, lineId, portalId, id))
    }
  }

  #start(service: 'inbox' | 'sends' | 'polls' | 'files'): string {
    const id = `${service}-${this.#ids++}`
    this.#stopwatch.start(service, id, this.#time.now)
    return id
  }

  #done(id: string): void {
    this.#stopwatch.stop(id, this.#time.now)
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#time.schedule(ms, resolve))
  }

  #createConnector(): Connector {
    const connector: Pick<Connector, 'send' | 'poll' | 'parse'> = {
      send: async (_chatId, { text }, { id }) => {
        if (id >= FIRST_NOISY_LINE) await this.#hang(HANG_MS)
        this.#done(visibleText(text ?? plainText('')))
        await this.#pause(this.#random.between(50, 150))
        return { messageIds: [`m${this.#ids++}`] }
      },
      poll: async (_position, { id }, { waitMs = LONG_POLL_MS }) => {
        if (id >= FIRST_NOISY_LINE) await this.#hang(waitMs + POLL_PATIENCE_MS)
        return await this.#poll(id, waitMs)
      },
      parse: (id) => {
        const event = { type: 'message', id } as unknown as InboundEvent
        return { key: String(id), events: [event] }
      },
    }
    return connector as Connector
  }

  async #hang(ms: number): Promise<never> {
    await this.#pause(ms)
    throw new TransportError('ETIMEDOUT', 'unknown')
  }

  async #poll(lineId: number, waitMs: number): Promise<{ updates: string[]; cursor: string }> {
    await this.#pause(this.#random.between(5, 20))
    if (!this.#updates.has(lineId)) {
      await new Promise<void>((resolve) => {
        const timer = this.#time.schedule(waitMs, resolve)
        const wake = (): void => {
          timer.cancel()
          resolve()
        }
        this.#polls.set(lineId, { wake })
      })
      this.#polls.delete(lineId)
    }
    const updates = this.#updates.get(lineId) ?? []
    this.#updates.delete(lineId)
    return { updates, cursor: `${this.#ids++}` }
  }
}

function toUpdate(line: Line, id: string): ReceivedUpdate {
  return { ...line, hash: id, events: [{ type: 'message', payload: id }] }
}
