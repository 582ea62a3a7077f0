import {
  type GoldenUpdate,
  type Path,
  pathsIn,
  readGoldenUpdates,
  valueAt,
} from '../../test/contract/golden.ts'

/** A golden update, made as costly to read as its size allows. */
export interface HostileUpdate {
  readonly golden: GoldenUpdate
  readonly what: string
  readonly update: unknown
}

/** What readers of markup, addresses, names and emoji look for. */
const UNITS = [
  ...['a', '[', ':', '&', '<', '\n', '*_', '_*', '`a`', '```', '> ', ':joy:', ':)', '(y)', '@a '],
  ...[
    'http://',
    'https://a.bc ',
    '[id1|a]',
    '<b>',
    '<@U1>',
    '[url=',
    '](',
    '😀',
    '👩\u200d',
    '\u0301',
  ],
  ...['\ud83d', '\u202e'],
]
const ENTRIES: Readonly<Record<string, unknown>> = { numbers: 1, objects: {}, nothings: null }

/** Each text of each golden update filled with each unit, and each list with too many entries. `size`: characters. */
export function* hostileUpdates(connector: string, size: number): Generator<HostileUpdate> {
  const seen = new Set<string>()
  for (const golden of readGoldenUpdates().filter(({ real }) => real === connector)) {
    for (const path of pathsIn(golden.update)) {
      const value = valueAt(golden.update, path)
      const name = `${golden.connector} ${path.filter((key) => typeof key === 'string').join('.')}`
      if (typeof value === 'object' && !Array.isArray(value)) continue
      // The same field of another update is read by the same code.
      if (seen.has(name)) continue
      seen.add(name)
      yield* hostileAt(golden, path, value, size)
    }
  }
}

function* hostileAt(
  golden: GoldenUpdate,
  path: Path,
  value: unknown,
  size: number,
): Generator<HostileUpdate> {
  const where = `${golden.name} ${path.join('.')}`
  const made = (what: string, by: unknown): HostileUpdate => ({
    golden,
    what: `${where} ${what}`,
    update: replace(golden.update, path, by),
  })
  if (typeof value === 'string') {
    for (const unit of UNITS) yield made(JSON.stringify(unit), fill(unit, size))
  } else if (Array.isArray(value)) {
    const length = Math.ceil(size / Math.max(1, JSON.stringify(value).length))
    yield made('itself', Array.from({ length }, () => value as unknown[]).flat())
    for (const [name, entry] of Object.entries(ENTRIES)) {
      yield made(
        name,
        Array.from({ length: Math.min(90_000, size / 6) }, () => entry),
      )
    }
  }
}

export function fill(unit: string, size: number): string {
  return unit.repeat(Math.ceil(size / unit.length)).slice(0, size)
}

function replace(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by
  if (Array.isArray(value)) {
    return value.map((entry, index) => (index === key ? replace(entry, rest, by) : entry))
  }
  const fields = value as Record<string, unknown>
  return { ...fields, [key]: replace(fields[key], rest, by) }
}
