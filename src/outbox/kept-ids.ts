import { FIELD_LIMITS, fitId } from '../core/field-limits.ts'

/** Of the column's 65 535 bytes. A channel names a message of the longest text in some 10 KB. */
const MAX_BYTES = 48_000
/** What JSON adds to each id. */
const ID_BYTES = 3

/**
 * The channel's ids of a message's parts, as the store can keep them: an id that is too long becomes its digest, and what
 * there are too many of is forgotten, part by part. What the channel answers must not make the message unstorable, for it
 * has been sent.
 */
export function keptIds(parts: readonly (readonly string[])[]): string[][] {
  let room = MAX_BYTES - ID_BYTES * parts.length
  return parts.map((ids) => {
    const kept: string[] = []
    for (const id of ids) {
      const fitted = fitId(id, FIELD_LIMITS.messageId)
      room -= Buffer.byteLength(JSON.stringify(fitted)) + ID_BYTES
      if (room < 0) break
      kept.push(fitted)
    }
    return kept
  })
}
