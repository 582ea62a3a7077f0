import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type GoldenUpdate,
  nameOf,
  type Path,
  pathsIn,
  readGoldenUpdates,
  valueAt,
} from './golden.ts'
import { TECHNICAL } from './technical-fields.ts'

/** A value as it may stand in an event: a whole, or as the pieces that formatting cut it into. */
function isTold(value: unknown, told: string): boolean {
  const text = String(value)
  if (told.includes(text)) return true
  const pieces = text.match(/[\p{L}\p{N}]+/gu) ?? []
  return pieces.length > 0 && pieces.every((piece) => told.includes(piece))
}

/** All that the events say, without the quotes and escapes of JSON. */
function readTold(golden: GoldenUpdate): { readonly told: string; readonly kinds: string[] } {
  const { events, ignored } = golden.parse(golden.update)
  const values = pathsIn(events).flatMap((path) => {
    const value = valueAt(events, path)
    return typeof value === 'object' ? [] : [String(value)]
  })
  const kinds = events.flatMap((event) => (event.type === 'unsupported' ? [event.kind] : []))
  return { told: [...values, ...(ignored ? [ignored] : [])].join('\n'), kinds }
}

/** Is the leaf inside a part that an `unsupported` event names, or the whole update such a part? */
function isNamed(path: Path, kinds: readonly string[]): boolean {
  return kinds.some((kind) =>
    kind.split(':').some((name) => path.some((key) => String(key) === name)),
  )
}

function reasonFor(real: string, name: string): string | undefined {
  const rules = TECHNICAL[real] ?? []
  return rules.find(([pattern]) => pattern.test(name))?.[1]
}

/** The values of an update that neither stand in an event nor are within a part that one names. */
function leftOut(golden: GoldenUpdate): [Path, unknown][] {
  const { told, kinds } = readTold(golden)
  return pathsIn(golden.update)
    .map((path): [Path, unknown] => [path, valueAt(golden.update, path)])
    .filter(([, value]) => value !== '' && ['string', 'number'].includes(typeof value))
    .filter(([path, value]) => !isTold(value, told) && !isNamed(path, kinds))
}

describe('all that an update says is in an event, or stands on a list with a reason', () => {
  const used = new Set<string>()

  for (const golden of readGoldenUpdates()) {
    it(`${golden.connector}: ${golden.name}`, () => {
      const { update, real, parse } = golden
      const { events } = parse(update)
      // Nothing is told of what isn't for the portal, and the name alone of what can't be carried at all.
      if (events.every(({ type }) => type === 'unsupported')) return
      for (const [path, value] of leftOut(golden)) {
        const reason = reasonFor(real, nameOf(path))
        if (reason !== undefined) used.add(`${real} ${reason}`)
        assert.ok(reason, `${path.join('.')} (${JSON.stringify(value)}) is in no event`)
      }
    })
  }

  it('the list has no line that nothing needs', () => {
    const listed = Object.entries(TECHNICAL).flatMap(([real, rules]) =>
      rules.map(([, reason]) => `${real} ${reason}`),
    )
    assert.deepEqual(
      listed.filter((line) => !used.has(line)),
      [],
    )
  })
})
