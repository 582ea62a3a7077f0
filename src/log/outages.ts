import type { LogFn, Logger } from 'pino'
import { StoreCrowdedError, StoreLockedError, StoreUnavailableError } from '../core/errors.ts'
import { isRecord } from '../core/json.ts'

/** How often an outage that lasts is told again. */
const REPEAT_MS = 60_000

/** One that was too short for anybody to say that it is over. */
const OVER_MS = 10_000

interface Outage {
  readonly since: number
  toldAt: number
  failedAt: number
  failures: number
}

type LogMethod = (this: Logger, args: Parameters<LogFn>, method: LogFn, level: number) => void

/**
 * Makes one line of a store that is away, where every part of the hub would tell of it again and again: `store.unreachable` when it
 * begins and once a minute, with the count of failures, and `store.recovered` when it is over. Single failures are still told at
 * `debug`. A hook for pino, one for each root logger.
 */
export function foldOutages(now: () => number = performance.now.bind(performance)): LogMethod {
  let outage: Outage | undefined
  return function logOnce(args, method, level) {
    const [fields] = args as unknown[]
    const error = outageIn(fields)
    if (error && level >= WARN) {
      const isFirst = outage === undefined || now() - outage.failedAt > OVER_MS
      if (!outage || isFirst) outage = { since: now(), toldAt: now(), failedAt: 0, failures: 0 }
      outage.failures += 1
      outage.failedAt = now()
      if (isFirst || now() - outage.toldAt >= REPEAT_MS) {
        outage.toldAt = now()
        const { since, failures } = outage
        const seconds = Math.round((now() - since) / 1000)
        const told = { event: 'store.unreachable', reason: reasonOf(error), failures, seconds }
        method.call(this, told, 'the store is not reachable, the hub goes on when it is back')
      }
      this.debug(...args)
      return
    }
    if (outage && eventOf(fields) === 'store.recovered') {
      const { since, failures } = outage
      outage = undefined
      const seconds = Math.round((now() - since) / 1000)
      const told = { ...(fields as object), failures, seconds }
      method.call(this, told, args[1])
      return
    }
    method.apply(this, args)
  }
}

/** Pino's number for it. */
const WARN = 40

function eventOf(fields: unknown): unknown {
  return isRecord(fields) ? fields['event'] : undefined
}

function outageIn(fields: unknown): Error | undefined {
  const error = isRecord(fields) ? fields['err'] : undefined
  if (!(error instanceof StoreUnavailableError)) return undefined
  // Only a part of it is held up, and which one is worth telling.
  return error instanceof StoreLockedError || error instanceof StoreCrowdedError ? undefined : error
}

/** What the system said: `ECONNREFUSED`. */
function reasonOf({ cause }: Error): string {
  const { code } = (cause ?? {}) as { code?: unknown }
  return typeof code === 'string' ? code : 'no answer'
}
