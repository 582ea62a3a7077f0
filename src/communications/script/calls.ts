import type { Json } from '../../core/json.ts'
import { parseJson } from '../../core/json.ts'
import { check } from './check.ts'
import type { CallRequest, CallResult } from './machine-types.ts'
import type { CallTemplate } from './program.ts'
import { requestSchema } from './step-kinds.ts'

/** Of an answer that a call may save, bytes. */
export const MAX_ANSWER_BYTES = 64 * 1024
const MAX_TRIES = 3
/** Before the second and the third try. */
const BACKOFF_MS = [1000, 5000] as const
/** The other side may ask for more time than that, and doesn't get it: a person is waiting in the chat. */
const MAX_RETRY_AFTER_MS = 60_000

/** The request as it goes out; `rendered` has its templates filled in. */
export function readRequest(
  { method, timeoutMs }: CallTemplate,
  rendered: Json,
  path: string,
): { readonly request: CallRequest } | { readonly problem: string } {
  const checked = check(requestSchema, rendered, path)
  if ('problem' in checked) return checked
  const { url, headers, body } = checked.value
  return {
    request: {
      url,
      method,
      timeoutMs,
      ...(headers ? { headers } : {}),
      ...(body === undefined ? {} : { body }),
    },
  }
}

export type Verdict =
  | { readonly kind: 'done'; readonly value: Json }
  | { readonly kind: 'again'; readonly afterMs: number }
  | { readonly kind: 'failed'; readonly problem: string }

/** What a call's end means. `tries`: those made, this one among them. `isSaved`: the script wants the answer. */
export function judge(result: CallResult, tries: number, isSaved: boolean): Verdict {
  const read = readAnswer(result, isSaved)
  if ('value' in read) return { kind: 'done', value: read.value }
  const isFinal = 'isFinal' in result && result.isFinal === true
  if (isFinal || tries >= MAX_TRIES) return { kind: 'failed', problem: read.problem }
  const asked = 'status' in result ? (result.retryAfterMs ?? 0) : 0
  const backoff = BACKOFF_MS[tries - 1] ?? BACKOFF_MS[1]
  return { kind: 'again', afterMs: Math.max(backoff, Math.min(asked, MAX_RETRY_AFTER_MS)) }
}

function readAnswer(result: CallResult, isSaved: boolean): { value: Json } | { problem: string } {
  if ('problem' in result) return { problem: result.problem }
  const { status, body, isTooLong } = result
  if (status < 200 || status > 299) return { problem: `answered ${status}` }
  if (!isSaved) return { value: null }
  if (isTooLong || Buffer.byteLength(body) > MAX_ANSWER_BYTES) {
    return { problem: `the answer is longer than ${MAX_ANSWER_BYTES / 1024} KiB` }
  }
  if (body.trim() === '') return { value: null }
  try {
    return { value: parseJson(body) as Json }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return { problem: 'the answer is not JSON' }
  }
}
