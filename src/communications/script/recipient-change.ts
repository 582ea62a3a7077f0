import { isRecord, type Json, type JsonObject } from '../../core/json.ts'
import type { Change } from './machine-types.ts'

export const MAX_TAGS = 100
export const MAX_TAG_LENGTH = 64
/** Of a recipient's attributes as JSON. */
export const MAX_ATTRIBUTES_BYTES = 16 * 1024

/**
 * A recipient as a script sees it, after a change of it. `change` is the change without tags that came out blank; absent if
 * nothing is left of it. A change that the recipient can't take is a problem.
 */
export function changeLead(
  lead: JsonObject,
  { addTags = [], removeTags = [], attributes }: Change,
): { readonly lead: JsonObject; readonly change?: Change } | { readonly problem: string } {
  const added = clean(addTags)
  const removed = clean(removeTags)
  const tooLong = added.find((tag) => [...tag].length > MAX_TAG_LENGTH)
  if (tooLong !== undefined) {
    return { problem: `the tag "${tooLong.slice(0, 80)}" is longer than ${MAX_TAG_LENGTH}` }
  }
  const tags = withTags(tagsOf(lead), added, removed)
  if (tags.length > MAX_TAGS && tags.length > tagsOf(lead).length) {
    return { problem: `the recipient would have more than ${MAX_TAGS} tags` }
  }
  const merged = withAttributes(lead['attributes'], attributes)
  if (attributes && Buffer.byteLength(JSON.stringify(merged)) > MAX_ATTRIBUTES_BYTES) {
    const limit = `${MAX_ATTRIBUTES_BYTES / 1024} KiB`
    return { problem: `the recipient's attributes would be longer than ${limit}` }
  }
  const change = {
    ...(added.length > 0 ? { addTags: added } : {}),
    ...(removed.length > 0 ? { removeTags: removed } : {}),
    ...(attributes && Object.keys(attributes).length > 0 ? { attributes } : {}),
  }
  const isChange = Object.keys(change).length > 0
  return { lead: { ...lead, tags, attributes: merged }, ...(isChange ? { change } : {}) }
}

function clean(tags: readonly string[]): string[] {
  return [...new Set(tags.map((tag) => tag.trim()))].filter((tag) => tag !== '')
}

function tagsOf({ tags }: JsonObject): string[] {
  return Array.isArray(tags) ? tags.map(String) : []
}

/** One that is removed and added is there. */
function withTags(known: readonly string[], added: string[], removed: string[]): string[] {
  const kept = known.filter((tag) => !removed.includes(tag))
  return [...new Set([...kept, ...added])].sort()
}

function withAttributes(before: Json | undefined, changes: JsonObject = {}): JsonObject {
  const known = isRecord(before) ? (before as JsonObject) : {}
  return Object.fromEntries(
    Object.entries({ ...known, ...changes }).filter(([, value]) => value !== null),
  )
}
