/** Deep enough for everything that is logged; what lies deeper is left out, so that nothing is shown unchecked. */
const MAX_DEPTH = 6
const CENSOR = '[redacted]'
const ERROR_KEY = 'err'

/**
 * Makes what is logged safe: values under one of `keys`, at any depth, give way to a mark. Gives the object itself where
 * there is nothing to hide, and otherwise a copy. What has a form of its own in JSON (dates, addresses) is looked at in
 * that. `err` is left to its serializer.
 *
 * Pino's own redaction takes paths, and three depths of sixteen names are 48 of them: 28 µs for a line that holds none,
 * and one is written for every packet and every message sent. This takes 1.7 µs, the line included.
 */
export function createRedactor(
  keys: readonly string[],
): (fields: Record<string, unknown>) => Record<string, unknown> {
  const hidden = new Set(keys)

  function redactRecord(record: Record<string, unknown>, depth: number): Record<string, unknown> {
    let copy: Record<string, unknown> | undefined
    for (const key of Object.keys(record)) {
      const value = record[key]
      if (key === ERROR_KEY && value instanceof Error) continue
      const shown = hidden.has(key) && value !== undefined ? CENSOR : redact(value, depth)
      if (shown === value) continue
      copy ??= { ...record }
      copy[key] = shown
    }
    return copy ?? record
  }

  function redact(value: unknown, depth: number): unknown {
    if (typeof value !== 'object' || value === null) return value
    if (depth >= MAX_DEPTH) return '…'
    if (Array.isArray(value)) {
      const shown = value.map((item: unknown) => redact(item, depth + 1))
      return shown.some((item, index) => item !== value[index]) ? shown : value
    }
    const record = value as Record<string, unknown>
    if (typeof record['toJSON'] === 'function') return redact(record['toJSON'](), depth + 1)
    return redactRecord(record, depth + 1)
  }

  return (fields) => redactRecord(fields, 0)
}
