import { isRecord, parseJson } from '#core/json.ts'

/**
 * The JSON object in a body; undefined for anything else, since proxies and gateways answer in HTML. Integers beyond 2^53
 * come as text.
 */
export function readJsonObject(body: string | Buffer): Record<string, unknown> | undefined {
  const value = readJson(body)
  return isRecord(value) ? value : undefined
}

/** The JSON in a body, of any type; undefined where there is none. */
export function readJson(body: string | Buffer): unknown {
  try {
    return parseJson(typeof body === 'string' ? body : body.toString('utf8'))
  } catch {
    return undefined
  }
}

/** Reads text fields of an answer that nobody has checked: '' for one that is missing or no text. */
export function textFields(value: unknown): (key: string) => string {
  const fields = isRecord(value) ? value : {}
  return (key) => {
    const found = fields[key]
    return typeof found === 'string' ? found : ''
  }
}

/** The items in a field: of a list its entries, of anything else itself, for a list of one that is told without its brackets. */
export function itemsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  return value === undefined || value === null ? [] : [value]
}

/** The list in a field; empty for anything else. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
