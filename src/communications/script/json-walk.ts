import { isRecord, type Json } from '../../core/json.ts'

type Path = readonly (string | number)[]

/** `steps[2].then[0].send.text`. */
export function writePath(root: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => text + (typeof key === 'number' ? `[${key}]` : `.${String(key)}`),
    root,
  )
}

/** Does a text hold anything that a template would replace? */
export function isMarkup(value: unknown): boolean {
  return typeof value === 'string' && (value.includes('{{') || value.includes('{%'))
}

/** Every string in a value with where it stands; the names of fields are none. The value must not be nested deep. */
export function stringsIn(value: unknown, path: Path = []): { path: Path; text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }]
  if (Array.isArray(value)) return value.flatMap((item, at) => stringsIn(item, [...path, at]))
  if (!isRecord(value)) return []
  return Object.entries(value).flatMap(([key, item]) => stringsIn(item, [...path, key]))
}

/** Does it hold a template at all? Most messages don't, and need no sandbox. */
export function hasMarkup(value: Json | undefined): boolean {
  if (Array.isArray(value)) return value.some(hasMarkup)
  return isRecord(value) ? Object.values(value as object).some(hasMarkup) : isMarkup(value)
}
