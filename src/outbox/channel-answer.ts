import { isRecord, parseJson, toJson } from '../core/json.ts'
import { findHostile } from '../core/json-form.ts'
import { stripSecrets } from '../core/strip-secrets.ts'
import type { ActiveLine } from '../lines/directory.ts'

/** Notes in `heard` what a channel answers while `work` calls it. */
export interface AnswerRecorder {
  record<T>(heard: HeardAnswer, work: () => Promise<T>): Promise<T>
}

export interface HeardAnswer {
  /** Of the last answer. Absent: there was none. */
  body?: string
  /** What that hands out and nobody may see. */
  secrets?: readonly string[]
}

/** Characters of it that are kept. */
const MAX_ANSWER = 16 * 1024
/** Deeper, or with more in it, it is kept as text: readers of portals recurse. */
const MAX_DEPTH = 32
const MAX_VALUES = 2000

/**
 * What a channel has answered, as JSON `{"channel_response": …}`: its object, else its text, null where it gave none. Without
 * the secrets that it may have repeated.
 */
export function writeAnswer(
  { body, secrets = [] }: HeardAnswer,
  { secrets: own, portal }: Pick<ActiveLine, 'secrets' | 'portal'>,
): string {
  return toJson({ channel_response: readAnswer(body, [...secrets, ...own, ...portal.secrets]) })
}

function readAnswer(body: string | undefined, secrets: readonly string[]): object | string | null {
  if (body === undefined || body.trim() === '') return null
  const text = stripSecrets(body, secrets)
  return (
    (text.length > MAX_ANSWER ? undefined : readObject(text)) ??
    text.slice(0, MAX_ANSWER).toWellFormed()
  )
}

function readObject(text: string): object | undefined {
  try {
    const value = parseJson(text)
    if (!isRecord(value)) return undefined
    return findHostile(value, MAX_DEPTH, MAX_VALUES).length > 0 ? undefined : value
  } catch {
    return undefined
  }
}
