import type { Json } from '../../core/json.ts'
import { checkJsonSize, isRecord } from '../../core/json.ts'
import { BOT_CALLS, type BotCall, type Outcome, SANDBOX_LIMITS, toProblem } from './sandbox.ts'

const NAMES: ReadonlySet<unknown> = new Set(BOT_CALLS)
/** The answer with all its calls at their limits. */
const MOST = SANDBOX_LIMITS.output * (SANDBOX_LIMITS.calls + 2)

/**
 * What came out of the sandbox. The code that ran there may have written any text in place of the prelude's, so nothing of
 * it is taken for granted.
 */
export function readAnswer(text: string): Outcome {
  if (text.length > MOST) return toProblem('what came out of the code is too large')
  let answer: unknown
  try {
    checkJsonSize(text)
    answer = JSON.parse(text, text.includes('__proto__') ? withoutProto : undefined)
  } catch (error) {
    return toProblem(`what came out of the code can not be read: ${String(error)}`)
  }
  if (!isRecord(answer)) return toProblem('the code did not come to an answer that can be read')
  const { value, calls } = answer
  if (value === undefined || !Array.isArray(calls)) {
    return toProblem('the code did not come to an answer that can be read')
  }
  if (isTooLarge(value)) return toProblem('the code returned more than 64 KiB')
  return withCalls(value as Json, calls)
}

function withCalls(value: Json, calls: readonly unknown[]): Outcome {
  if (calls.length > SANDBOX_LIMITS.calls) {
    return toProblem(`more than ${SANDBOX_LIMITS.calls} calls of bot`)
  }
  const bad = calls.findIndex((call) => !isCall(call))
  if (bad >= 0) return toProblem(`call ${bad + 1} of bot is none that can be read`)
  const checked = calls as readonly BotCall[]
  const large = checked.find(({ args }) => isTooLarge(args))
  if (large) return toProblem(`bot.${large.name} was given more than 64 KiB`)
  return { ok: true, value, calls: checked }
}

function isCall(call: unknown): call is BotCall {
  if (!isRecord(call) || !NAMES.has(call['name'])) return false
  return Array.isArray(call['args']) && call['args'].length > 0
}

/** A text of 64 Ki characters can still have more bytes. */
function isTooLarge(value: unknown): boolean {
  return Buffer.byteLength(JSON.stringify(value)) > SANDBOX_LIMITS.output
}

/** A field of this name would set the prototype of whatever somebody copies it to. */
function withoutProto(this: unknown, key: string, value: unknown): unknown {
  return key === '__proto__' ? undefined : value
}
