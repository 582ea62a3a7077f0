import {
  DeliveryError,
  type FieldFault,
  HubError,
  ParamsError,
  SettingsError,
  StoreUnavailableError,
  TransportError,
  UnknownMethodError,
} from '../core/errors.ts'
import type { Log } from '../core/log.ts'

/** Why a remote method was not carried out, for the portal that called it, whatever its dialect. */
export interface CallFailure {
  /**
   * `unknown-method`, `bad-params`: the caller is wrong. `refused`: understood, and can't be done. `unavailable`: the store is
   * away, the same call may work in a moment. `internal`: a bug of the hub.
   */
  readonly kind: 'unknown-method' | 'bad-params' | 'refused' | 'unavailable' | 'internal'
  /** `HUB_…` */
  readonly code: string
  /** For a person; holds no secret, and nothing of a bug. */
  readonly message: string
  /** Of `bad-params`: every faulty field. */
  readonly fields?: readonly FieldFault[]
}

/**
 * Logs why a method was not carried out, where that is not the caller's doing: the caller learns nothing of the cause. For
 * whoever answers such a failure instead of throwing it.
 */
export function logCallFailure(
  log: Log,
  error: unknown,
  { portalId, method }: { readonly portalId: string; readonly method: string },
): void {
  const { kind, code } = toCallFailure(error)
  // No method's name is longer; what was called may be anything.
  const fields = { event: 'rpc.failed', portalId, method: method.slice(0, 64), code, err: error }
  if (kind === 'internal') log.error(fields, 'a call failed')
  if (kind === 'unavailable') log.warn(fields, 'a call was put off')
}

/** One total table from what a method may throw to what its caller gets. */
export function toCallFailure(error: unknown): CallFailure {
  if (error instanceof UnknownMethodError) {
    return { kind: 'unknown-method', code: error.code, message: error.message }
  }
  if (error instanceof ParamsError) {
    return { kind: 'bad-params', code: error.code, message: error.message, fields: error.fields }
  }
  if (error instanceof SettingsError) {
    const fields = error.fields.map(({ field, problem }) => ({
      field: field === 'settings' ? field : `settings.${field}`,
      problem,
    }))
    return { kind: 'bad-params', code: error.code, message: error.message, fields }
  }
  if (error instanceof StoreUnavailableError) {
    const message = 'the store is not reachable, call again'
    return { kind: 'unavailable', code: error.code, message }
  }
  return toRefusal(error) ?? internal()
}

/** A `DeliveryError` says what the channel said; a retry makes no sense of it here, so what may pass is "unreachable". */
function toRefusal(error: unknown): CallFailure | undefined {
  if (error instanceof HubError)
    return { kind: 'refused', code: error.code, message: error.message }
  if (error instanceof TransportError) {
    const message = 'the channel did not answer'
    return { kind: 'refused', code: 'HUB_CHANNEL_UNREACHABLE', message }
  }
  if (!(error instanceof DeliveryError)) return undefined
  const { disposition, channelCode } = error.fault
  const isUnsupported = channelCode === 'HUB_UNSUPPORTED'
  const code = disposition === 'retry' ? 'HUB_CHANNEL_UNREACHABLE' : 'HUB_CHANNEL_REFUSED'
  return { kind: 'refused', code: isUnsupported ? channelCode : code, message: error.message }
}

function internal(): CallFailure {
  return { kind: 'internal', code: 'HUB_INTERNAL', message: 'the hub failed to do this' }
}
