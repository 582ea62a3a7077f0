import { hostname } from 'node:os'
import type { Clock, Timer } from '../core/clock.ts'
import { timedId } from '../core/ids.ts'
import type { Lease } from '../core/lease.ts'
import type { Log } from '../core/log.ts'
import type { LiveProcess, ProcessRepository } from '../db/processes.ts'

const RENEW_EVERY_MS = 2000
const LIFE_MS = 6000
/**
 * A process counts itself out this much before others may: what it then still sends is over before they begin, also if
 * their clock runs a little ahead.
 */
const MARGIN_MS = 1000
/** How long a dead process is remembered; longer than any statement of its may still run. */
const KEEP_DEAD_MS = 30_000

/** The heartbeat of this process: one row in `hub_process` that keeps all its leases alive (DESIGN §5). */
export class Heartbeat implements Lease {
  readonly #processes: ProcessRepository
  readonly #clock: Clock
  readonly #log: Log
  readonly #roles: string
  readonly #hasEnded: (process: LiveProcess) => boolean
  readonly #suspendedListeners: (() => void)[] = []
  readonly #lostListeners: (() => void)[] = []
  #token: string
  #aliveUntil = 0
  #isSuspended = true
  #timer: Timer | undefined
  #expiry: Timer | undefined
  #beating: Promise<void> | undefined
  #isStopped = false

  /** `hasEnded` knows of processes of this machine that are gone; without it they are missed only when their time is over. */
  constructor(
    processes: ProcessRepository,
    clock: Clock,
    log: Log,
    roles: string,
    hasEnded: (process: LiveProcess) => boolean = () => false,
  ) {
    this.#hasEnded = hasEnded
    this.#processes = processes
    this.#clock = clock
    this.#log = log
    this.#roles = roles
    this.#token = timedId('prc_', clock.now())
  }

  get token(): string {
    return this.#token
  }

  isAlive(): boolean {
    return !this.#isSuspended && this.#clock.now() < this.#aliveUntil
  }

  onSuspended(listener: () => void): void {
    this.#suspendedListeners.push(listener)
  }

  onLost(listener: () => void): void {
    this.#lostListeners.push(listener)
  }

  /** Registers the process and keeps renewing. Throws StoreUnavailableError if it can't register. */
  async start(): Promise<void> {
    await this.#register()
    this.#schedule()
    try {
      await this.#declareEnded()
      await this.#sweep()
    } catch (error) {
      // The lease is in force already; what is left of others is looked for at every beat.
      this.#log.warn({ event: 'heartbeat.failed', err: error }, 'dead processes are swept later')
    }
  }

  /** Ends the leases of this process: others may take its lines at once. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#timer?.cancel()
    this.#expiry?.cancel()
    await this.#beating
    await this.#processes.remove(this.#token, this.#clock.now())
  }

  #schedule(): void {
    if (this.#isStopped) return
    this.#timer = this.#clock.after(RENEW_EVERY_MS, () => {
      this.#beating = this.#beat().finally(() => this.#schedule())
    })
  }

  async #beat(): Promise<void> {
    try {
      await this.#renew()
      await this.#sweep()
    } catch (error) {
      this.#log.warn(
        { event: 'heartbeat.failed', err: error },
        'the lease could not be renewed, delivery stops when it runs out',
      )
    }
  }

  async #renew(): Promise<void> {
    const startedAt = this.#clock.now()
    if (await this.#processes.renew(this.#token, startedAt + LIFE_MS)) {
      this.#extend(startedAt)
      return
    }
    this.#log.warn(
      { event: 'heartbeat.lost', token: this.#token },
      'this process was declared dead, it starts anew under another token',
    )
    await this.#register()
  }

  /** Always under a new token: lines held under the old one may be somebody else's by now. */
  async #register(): Promise<void> {
    this.#suspend()
    this.#token = timedId('prc_', this.#clock.now())
    for (const listener of this.#lostListeners) listener()
    const startedAt = this.#clock.now()
    await this.#processes.register(
      { token: this.#token, host: hostname(), pid: process.pid, roles: this.#roles },
      startedAt + LIFE_MS,
      startedAt,
    )
    this.#extend(startedAt)
  }

  #extend(startedAt: number): void {
    this.#aliveUntil = startedAt + LIFE_MS - MARGIN_MS
    this.#isSuspended = false
    this.#expiry?.cancel()
    this.#expiry = this.#clock.after(this.#aliveUntil - this.#clock.now(), () => this.#suspend())
  }

  #suspend(): void {
    if (this.#isSuspended) return
    this.#isSuspended = true
    for (const listener of this.#suspendedListeners) listener()
  }

  /** What a killed predecessor on this machine held need not wait for the end of its lease. */
  async #declareEnded(): Promise<void> {
    for (const process of await this.#processes.listLive(hostname())) {
      if (process.token !== this.#token && this.#hasEnded(process)) {
        await this.#processes.declareDead(process.token)
      }
    }
  }

  async #sweep(): Promise<void> {
    const freed = await this.#processes.sweep(this.#clock.now(), KEEP_DEAD_MS)
    if (freed > 0) {
      this.#log.info(
        { event: 'heartbeat.swept', lines: freed },
        'lines of a dead process are free again',
      )
    }
  }
}
