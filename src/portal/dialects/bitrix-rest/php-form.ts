/** What a form of PHP's holds: text, or more of the same by name. Objects have no prototype, so that no name means anything. */
export type FormValue = string | FormFields
export interface FormFields {
  readonly [name: string]: FormValue | undefined
}

interface Fields {
  [name: string]: string | Fields
}

/** Bitrix24's own events stay below ten. */
const MAX_DEPTH = 16
/** An event with fifty messages and their files has some 2 000. */
const MAX_PAIRS = 10_000
const MAX_NAME = 512

/**
 * Reads `a[b][0][c]=…` as PHP does: `data[MESSAGES][0][im][chat_id]` is four names, `list[]` counts on. Undefined for a form
 * that nobody means: too many pairs, or too deep. Linear in its length.
 */
export function parsePhpForm(text: string): FormFields | undefined {
  const root = emptyFields()
  const counters = new WeakMap<Fields, number>()
  let pairs = 0
  for (let at = 0; at < text.length; ) {
    const end = indexOrEnd(text, '&', at)
    pairs += 1
    if (pairs > MAX_PAIRS) return undefined
    const pair = text.slice(at, end)
    at = end + 1
    const equals = indexOrEnd(pair, '=', 0)
    const path = readPath(decode(pair.slice(0, equals)))
    if (path === undefined) continue
    if (path.length > MAX_DEPTH) return undefined
    put(root, path, decode(pair.slice(equals + 1)), counters)
  }
  return root
}

/** What stands at a path; undefined if that is no text. */
export function textAt(fields: FormValue | undefined, ...path: readonly string[]): string {
  const value = valueAt(fields, ...path)
  return typeof value === 'string' ? value : ''
}

export function fieldsAt(fields: FormValue | undefined, ...path: readonly string[]): FormFields {
  const value = valueAt(fields, ...path)
  return typeof value === 'object' ? value : emptyFields()
}

/** The entries of a list, in order; a single text is a list of one. */
export function listAt(
  fields: FormValue | undefined,
  ...path: readonly string[]
): readonly FormValue[] {
  const value = valueAt(fields, ...path)
  if (typeof value === 'string') return value === '' ? [] : [value]
  return value ? Object.values(value).flatMap((one) => (one === undefined ? [] : [one])) : []
}

function valueAt(fields: FormValue | undefined, ...path: readonly string[]): FormValue | undefined {
  let value = fields
  for (const name of path) {
    if (typeof value !== 'object') return undefined
    value = value[name]
  }
  return value
}

function emptyFields(): Fields {
  return Object.create(null) as Fields
}

function indexOrEnd(text: string, sign: string, from: number): number {
  const index = text.indexOf(sign, from)
  return index < 0 ? text.length : index
}

function decode(written: string): string {
  const spaced = written.replaceAll('+', ' ')
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch {
    // A stray percent sign, or bytes that are no UTF-8.
    return Buffer.from(
      spaced.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      ),
      'latin1',
    ).toString('utf8')
  }
}

/** `a[b][]` → `a`, `b`, ``; undefined for what has no name. */
function readPath(name: string): string[] | undefined {
  if (name === '' || name.length > MAX_NAME || name.startsWith('[')) return undefined
  const open = name.indexOf('[')
  if (open < 0) return [name]
  const path = [name.slice(0, open)]
  for (let at = open; name[at] === '['; ) {
    const close = name.indexOf(']', at)
    if (close < 0) return [name]
    path.push(name.slice(at + 1, close))
    at = close + 1
  }
  return path
}

function put(
  root: Fields,
  path: readonly string[],
  value: string,
  counters: WeakMap<Fields, number>,
): void {
  let fields = root
  for (const [index, part] of path.entries()) {
    const name = part === '' && index > 0 ? nextIndex(fields, counters) : part
    if (index === path.length - 1) {
      fields[name] = value
      return
    }
    const inner = fields[name]
    const next = typeof inner === 'object' ? inner : emptyFields()
    fields[name] = next
    fields = next
  }
}

function nextIndex(fields: Fields, counters: WeakMap<Fields, number>): string {
  const next = counters.get(fields) ?? 0
  counters.set(fields, next + 1)
  return String(next)
}
