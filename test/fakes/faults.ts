import type { ServerResponse } from 'node:http'

/** What goes wrong before a channel's API is asked; used up `times` times (1 if absent). */
export interface HttpFault {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly words?: string
  readonly times?: number
  readonly reset?: boolean
  readonly silence?: boolean
}

/** Faults that wait for calls. Those of one method are used up in order. */
export class FaultScript<Fault extends { readonly times?: number }> {
  readonly #queues = new Map<string, { readonly fault: Fault; left: number }[]>()

  add(method: string, fault: Fault): void {
    const queue = this.#queues.get(method) ?? []
    queue.push({ fault, left: fault.times ?? 1 })
    this.#queues.set(method, queue)
  }

  /** The fault that this call meets. */
  take(method: string): Fault | undefined {
    const queue = this.#queues.get(method)
    const [next] = queue ?? []
    if (!queue || !next) return undefined
    next.left -= 1
    if (next.left <= 0) queue.shift()
    return next.fault
  }
}

/** Whether the fault is all that the caller gets. */
export function misbehave(fault: HttpFault | undefined, response: ServerResponse): boolean {
  if (fault?.silence) return true
  if (fault?.reset) response.socket?.resetAndDestroy()
  else if (fault?.status) response.writeHead(fault.status, fault.headers).end(fault.words)
  else return false
  return true
}
