import { z } from 'zod'
import { isRecord, type JsonObject } from './json.ts'

/** Names by which an object reaches what it was made from; nothing of a portal's is called so. */
const FORBIDDEN = '__proto__'

export interface Hostile {
  readonly path: readonly (string | number)[]
  readonly problem: 'deep' | 'many' | 'name'
}

/**
 * What is wrong with the form of a value before anybody reads it by recursion: too deep, too many values, a name that isn't
 * allowed. Stops at the first of the first two. Without recursion, so that no value overflows the stack.
 */
export function findHostile(root: unknown, maxDepth: number, maxValues: number): Hostile[] {
  const found: Hostile[] = []
  const open: Place[] = [{ value: root, path: [] }]
  let values = 0
  for (let place = open.pop(); place; place = open.pop()) {
    values += 1
    if (values > maxValues) return [{ path: [], problem: 'many' }]
    const inside = placesIn(place)
    if (inside.length > 0 && place.path.length >= maxDepth) return [{ path: [], problem: 'deep' }]
    const named = inside.filter(({ path }) => path.at(-1) === FORBIDDEN)
    found.push(...named.map(({ path }) => ({ path, problem: 'name' as const })))
    for (const one of inside) open.push(one)
  }
  return found
}

interface Place {
  readonly value: unknown
  readonly path: readonly (string | number)[]
}

function placesIn({ value, path }: Place): Place[] {
  if (Array.isArray(value)) return value.map((item, at) => ({ value: item, path: [...path, at] }))
  if (!isRecord(value)) return []
  return Object.keys(value).map((key) => ({ value: value[key], path: [...path, key] }))
}

const MAX_DEPTH = 50
const MAX_VALUES = 20_000

const PROBLEMS = {
  deep: `is nested more than ${MAX_DEPTH} deep`,
  many: `holds more than ${MAX_VALUES} values`,
  name: 'this name is not allowed',
} as const

/** An object of the portal's own that the hub keeps as JSON: bounded, and looked through before anything reads it. */
export function jsonObject(maxBytes: number): z.ZodType<JsonObject> {
  const object = z.record(z.string(), z.unknown())
  return z.preprocess((value, context) => {
    if (!isRecord(value)) return value
    const hostile = findHostile(value, MAX_DEPTH, MAX_VALUES)
    for (const { path, problem } of hostile) {
      context.issues.push({
        code: 'custom',
        input: value,
        path: [...path],
        message: PROBLEMS[problem],
      })
    }
    if (hostile.length === 0 && Buffer.byteLength(JSON.stringify(value)) > maxBytes) {
      const message = `is longer than ${maxBytes / 1024} KiB as JSON`
      context.issues.push({ code: 'custom', input: value, path: [], message })
    }
    return value
  }, object) as z.ZodType<JsonObject>
}
