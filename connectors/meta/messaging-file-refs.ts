import { z } from 'zod'

/** A file as its message's webhook told it. */
interface FileRef {
  readonly mid: string
  /** Which of the message's attachments; absent for what is no attachment. */
  readonly index?: number
  readonly url: string
}

/** What stands for a file or a picture in the hub's own links. */
export const refSchema = z.union([
  z.strictObject({ avatar: z.string() }),
  z.strictObject({ mid: z.string(), index: z.int().optional(), url: z.string() }),
])

/** Links of Meta's are signed and expire, so a portal gets one of the hub's. */
export function toFileRef(file: FileRef): string {
  return JSON.stringify(file)
}

/** A person's picture, by the person: its address changes with every look. */
export function toAvatarRef(personId: string): string {
  return JSON.stringify({ avatar: personId })
}
