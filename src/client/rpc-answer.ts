import { HubUnreachableError, RpcError } from './errors.ts'

/** One call's end within a batch. */
export type BatchResult =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: RpcError }

/** An HTTP answer of the hub's `/rpc`, its body read whole. */
export interface RpcAnswer {
  readonly status: number
  readonly body: string
  readonly retryAfterMs?: number
}

interface Reply {
  readonly id?: unknown
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown }
}

/** The result of a single call. Throws RpcError, HubUnreachableError. */
export function readSingle(answer: RpcAnswer): unknown {
  const settled = settle(parse(answer), answer)
  if (settled.ok) return settled.result
  throw settled.error
}

/** The results of a batch whose calls had the ids 1 to `count`, in that order. Throws when the batch failed as a whole. */
export function readBatch(answer: RpcAnswer, count: number): BatchResult[] {
  const parsed = parse(answer)
  if (!Array.isArray(parsed)) {
    const whole = settle(parsed, answer)
    throw whole.ok ? unusable(answer) : whole.error
  }
  const byId = new Map(
    parsed.map((reply: unknown) => [isObject(reply) ? reply['id'] : null, reply]),
  )
  return Array.from({ length: count }, (_, index) => settle(byId.get(index + 1), answer))
}

function settle(reply: unknown, answer: RpcAnswer): BatchResult {
  if (!isReply(reply)) throw unusable(answer)
  if (reply.error) {
    return { ok: false, error: new RpcError(reply.error, answer.status, answer.retryAfterMs) }
  }
  if (!('result' in reply) || answer.status !== 200) throw unusable(answer)
  return { ok: true, result: reply.result }
}

function parse(answer: RpcAnswer): unknown {
  try {
    return JSON.parse(answer.body)
  } catch (cause) {
    throw unusable(answer, cause)
  }
}

function unusable(answer: RpcAnswer, cause?: unknown): HubUnreachableError {
  const { status, retryAfterMs } = answer
  return new HubUnreachableError(`the hub's answer (HTTP ${status}) is not JSON-RPC`, {
    cause,
    status,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
}

function isReply(value: unknown): value is Reply {
  if (!isObject(value)) return false
  const { error } = value as { error?: unknown }
  if (error === undefined) return true
  return (
    isObject(error) && typeof error['code'] === 'number' && typeof error['message'] === 'string'
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
