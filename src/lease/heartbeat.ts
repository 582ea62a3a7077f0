import { hostname } from 'node:os'
import type { Clock, Timer } from '../core/clock.ts'
import { StoreLockedError } from '../core/errors.ts'
import { timedId } from '../core/ids.ts'
import type { Lease } from '../core/lease.ts'
import type { Log } from '../core/log.ts'
import type { LiveProcess, ProcessRepository, ProcessState } from '../db/hub/processes.ts'

const RENEW_EVERY_MS = 2000
const LIFE_MS = 6000
/**
 * A process counts itself out this much before others may: what it then still sends is over before they begin, also if
 * their clock runs a little ahead.
 */
const MARGIN_MS = 1000
const SWEEP_EVERY_MS = 1000
/** Looks, a second apart, over which a row must not have changed: a lease's length. */
const DEAD_AFTER_LOOKS = LIFE_MS / SWEEP_EVERY_MS
/** How long a dead process is remembered; longer than any statement of its may still run. */
const FORGET_AFTER_LOOKS = 30
/** When a dead process's lines are looked for: at once, when a late claim may have come, and before it is forgotten. */
const FREE_AT_LOOKS: ReadonlySet<number> = new Set([0, 5, FORGET_AFTER_LOOKS])

export interface DiedProcess {
  readonly host: string
  readonly pid: number
}

/** The heartbeat of this process: one row in `hub_process` that keeps all its leases alive (docs/decisions/002-leases.md). */
export class Heartbeat implements Lease {
  readonly #processes: ProcessRepository
  readonly #clock: Clock
  readonly #log: Log
  readonly #roles: string
  readonly #hasEnded: (process: LiveProcess) => boolean
  readonly #suspendedListeners: (() => void)[] = []
  readonly #lostListeners: (() => void)[] = []
  readonly #diedListeners: ((process: DiedProcess) => void)[] = []
  #token: string
  #aliveUntil = 0
  #isSuspended = true
  #timer: Timer | undefined
  #expiry: Timer | undefined
  #beating: Promise<void> | undefined
  #sweepTimer: Timer | undefined
  #sweeping: Promise<void> | undefined
  /** The store does not answer; it is to be said when it does again. */
  #isCutOff = false
  readonly #looks = new Map<string, { isDead: boolean; aliveUntil: number; count: number }>()
  /** Dead processes some of whose lines were locked when they were to be freed. */
  #unfreed: ReadonlySet<string> = new Set()
  #isStopped = false

  /** `hasEnded` finds processes of this machine that are gone; without it their lines are free only when their lease is over. */
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

  /** Called for each other process that this one declares dead; of several one alone does. */
  onDied(listener: (process: DiedProcess) => void): void {
    this.#diedListeners.push(listener)
  }

  /** Registers the process and keeps renewing. Throws StoreUnavailableError if it can't register. */
  async start(): Promise<void> {
    await this.#register()
    this.#schedule()
    try {
      await this.#declareEnded()
    } catch (error) {
      // The lease is in force already; lines of processes that have ended get free later, when their leases are over.
      this.#log.warn({ event: 'heartbeat.failed', err: error }, 'dead processes are swept later')
    }
    await this.#sweepQuietly()
    this.#scheduleSweep()
  }

  /** Ends the leases of this process: others may take its lines at once. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#timer?.cancel()
    this.#sweepTimer?.cancel()
    this.#expiry?.cancel()
    await this.#beating
    await this.#sweeping
    await this.#processes.remove(this.#token, this.#clock.now())
  }

  #schedule(): void {
    if (this.#isStopped) return
    this.#timer = this.#clock.after(RENEW_EVERY_MS, () => {
      this.#beating = this.#beat().finally(() => this.#schedule())
    })
  }

  #scheduleSweep(): void {
    if (this.#isStopped) return
    this.#sweepTimer = this.#clock.after(SWEEP_EVERY_MS, () => {
      this.#sweeping = this.#sweepQuietly().finally(() => this.#scheduleSweep())
    })
  }

  async #sweepQuietly(): Promise<void> {
    try {
      await this.#sweep()
    } catch (error) {
      const fields = { event: 'heartbeat.sweep-failed', err: error }
      this.#log.warn(fields, 'dead processes are swept later')
      // Rows that are locked only hold up the sweep.
      this.#isCutOff ||= !(error instanceof StoreLockedError)
    }
  }

  async #beat(): Promise<void> {
    try {
      await this.#renew()
      if (this.#isCutOff) {
        this.#log.info({ event: 'store.recovered' }, 'the store is back, work goes on')
      }
      this.#isCutOff = false
    } catch (error) {
      this.#log.warn(
        { event: 'heartbeat.failed', err: error },
        'the lease could not be renewed, delivery stops when it runs out',
      )
      this.#isCutOff = true
    }
  }

  async #renew(): Promise<void> {
    const startedAt = this.#clock.now()
    const state = await this.#ask(startedAt)
    if (state === 'renewed') {
      this.#extend(startedAt)
      return
    }
    const before = this.#token
    const why = state === 'locked' ? 'the row of this process is locked' : 'it was declared dead'
    this.#log.warn(
      { event: 'heartbeat.lost', token: before },
      `${why}, this process starts anew under another token`,
    )
    await this.#register()
    // Nobody can declare the old token dead as long as its row is locked.
    if (state === 'locked') await this.#processes.free([before], this.#clock.now())
  }

  /** A row that somebody holds locked keeps this process from renewing its lease, and others from ending it. */
  async #ask(startedAt: number): Promise<'renewed' | 'dead' | 'locked'> {
    try {
      const isLive = await this.#processes.renew(this.#token, startedAt + LIFE_MS)
      return isLive ? 'renewed' : 'dead'
    } catch (error) {
      if (error instanceof StoreLockedError) return 'locked'
      throw error
    }
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
        if (await this.#processes.declareDead(process.token, process.aliveUntil)) {
          this.#announceDied(process)
        }
      }
    }
  }

  /**
   * Frees what dead processes held. A process is dead when its row has not changed over a whole lease's worth of looks:
   * no clock is compared with another's, and a clock that jumps kills nobody. A dead row stays for a while and is swept
   * again, for a claim that was under way when its process died may commit after the first sweep.
   */
  async #sweep(): Promise<void> {
    const processes = await this.#processes.list()
    const toFree: string[] = []
    const toForget: string[] = []
    for (const process of processes) {
      const looks = this.#look(process)
      if (await this.#isToBeFreed(process, looks)) toFree.push(process.token)
      if (process.isDead && looks >= FORGET_AFTER_LOOKS) toForget.push(process.token)
    }
    const { freed: lines, locked } = await this.#processes.free(toFree, this.#clock.now())
    // As long as somebody holds one of their lines locked, they are neither forgotten nor done with.
    this.#unfreed = new Set(locked > 0 ? toFree : [])
    if (locked === 0) for (const token of toForget) await this.#processes.forget(token)
    if (lines > 0) {
      this.#log.info({ event: 'heartbeat.swept', lines }, 'lines of dead processes are free again')
    }
    const present = new Set(processes.map(({ token }) => token))
    for (const token of this.#looks.keys()) if (!present.has(token)) this.#looks.delete(token)
  }

  async #isToBeFreed(process: ProcessState, looks: number): Promise<boolean> {
    const { token, isDead } = process
    if (isDead) {
      return FREE_AT_LOOKS.has(looks) || looks > FORGET_AFTER_LOOKS || this.#unfreed.has(token)
    }
    if (token === this.#token || looks < DEAD_AFTER_LOOKS) return false
    return await this.#declareDead(process)
  }

  /** False, and asked again at the next look, also if somebody holds its row locked: others' lines must not wait for that. */
  async #declareDead(process: ProcessState): Promise<boolean> {
    try {
      const isDead = await this.#processes.declareDead(process.token, process.aliveUntil)
      if (isDead) this.#announceDied(process)
      return isDead
    } catch (error) {
      if (error instanceof StoreLockedError) return false
      throw error
    }
  }

  #announceDied({ host, pid }: DiedProcess): void {
    for (const listener of this.#diedListeners) listener({ host, pid })
  }

  /** How many looks in a row have found the process as it is now, without the first. */
  #look({ token, isDead, aliveUntil }: ProcessState): number {
    const before = this.#looks.get(token)
    const isSame = before?.isDead === isDead && before.aliveUntil === aliveUntil
    const count = isSame ? before.count + 1 : 0
    this.#looks.set(token, { isDead, aliveUntil, count })
    return count
  }
}
