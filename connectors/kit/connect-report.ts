import type { ConnectReport } from '#core/connector.ts'
import { DeliveryError, TransportError } from '#core/errors.ts'
import { given } from '#core/given.ts'

type FailedReport = Extract<ConnectReport, { ok: false }>

/** The channel answered, and won't have these settings. `field`: the one at fault, if it is known. */
export function refused(message: string, field?: string): FailedReport {
  return { ok: false, error: { code: 'HUB_CHANNEL_REFUSED', message, ...given({ field }) } }
}

/** Nobody answered, or not as the channel does. */
export function unreachable(message: string, field?: string): FailedReport {
  return { ok: false, error: { code: 'HUB_CHANNEL_UNREACHABLE', message, ...given({ field }) } }
}

/**
 * The settings field to blame when the channel can't be reached: only an address that a person has entered can be wrong,
 * the channel's own (`usual`) is right.
 */
export function addressField(apiRoot: string, usual: string): 'apiRoot' | undefined {
  return apiRoot === usual ? undefined : 'apiRoot'
}

export interface ConnectTest {
  readonly signal: AbortSignal
  /** As `addressField` gives it. */
  readonly addressField?: string | undefined
  /** Words and field for a refusal, where the channel's are better than the error's (undefined). Not called for what may pass. */
  explain?(error: DeliveryError): ConnectReport | undefined
}

/**
 * `testConnect`: gives what `work` reports, and turns what it throws into a report. Errors that mean a bug are thrown on,
 * and so is everything once the signal has aborted: that is the hub's own doing and says nothing about the channel.
 */
export async function reportConnect(
  { signal, addressField: field, explain }: ConnectTest,
  work: () => Promise<ConnectReport>,
): Promise<ConnectReport> {
  try {
    return await work()
  } catch (error) {
    if (signal.aborted) throw error
    if (error instanceof TransportError) return unreachable(error.message, field)
    if (!(error instanceof DeliveryError)) throw error
    if (error.fault.disposition === 'retry') return unreachable(error.message, field)
    return explain?.(error) ?? refused(error.message, error.fault.field)
  }
}
