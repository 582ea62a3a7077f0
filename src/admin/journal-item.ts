import type { z } from 'zod'
import type { Frozen } from '../core/shapes/basic.ts'
import type { journalItemShape } from '../core/shapes/journal.ts'

/** What became of an event or a message. */
export type JournalItem = Frozen<z.infer<typeof journalItemShape>>
