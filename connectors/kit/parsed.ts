import { hash } from 'node:crypto'
import type { ParsedUpdate } from '#core/connector.ts'

/** What the reader of one kind of update gives; `parse` adds the key. */
export type Parsed = Omit<ParsedUpdate, 'key'>

/** Names an update, or a part of one, by all that it says: 43 characters, for keys where the channel has no id. */
export function digest(value: unknown): string {
  return hash('sha256', JSON.stringify(value), 'base64url')
}

/** Stands for a reaction that the channel doesn't name, such as one that is taken back. The word is Meta's own for it. */
export const UNNAMED_REACTION = 'other'
