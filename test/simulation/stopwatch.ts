export const SERVICES = ['inbox', 'sends', 'polls', 'files'] as const
export type Service = (typeof SERVICES)[number]

export interface Waits {
  readonly count: number
  readonly p50: number
  readonly p99: number
}

export type WaitsByService = Readonly<Record<Service, Waits>>

/** How long something waited for one of the hub's services; what still waits counts for as long as it has. */
export class Stopwatch {
  readonly #open = new Map<string, { readonly service: Service; readonly at: number }>()
  readonly #waits: Record<Service, number[]> = { inbox: [], sends: [], polls: [], files: [] }

  start(service: Service, id: string, at: number): void {
    this.#open.set(id, { service, at })
  }

  /** Only the first time counts. */
  stop(id: string, now: number): void {
    const begun = this.#open.get(id)
    if (!begun) return
    this.#open.delete(id)
    this.#waits[begun.service].push(now - begun.at)
  }

  waits(now: number): WaitsByService {
    for (const id of [...this.#open.keys()]) this.stop(id, now)
    const { inbox, sends, polls, files } = this.#waits
    return {
      inbox: toWaits(inbox),
      sends: toWaits(sends),
      polls: toWaits(polls),
      files: toWaits(files),
    }
  }
}

/** Noise may at most double what the slowest of a hundred wait. */
export function worseThan(alone: Waits, beside: Waits): boolean {
  return beside.p99 > 2 * alone.p99
}

function toWaits(waits: readonly number[]): Waits {
  const sorted = waits.toSorted((a, b) => a - b)
  const at = (share: number): number =>
    Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0)
  return { count: sorted.length, p50: at(0.5), p99: at(0.99) }
}
