import { z } from 'zod'
import { maybe, readable, words } from '#kit/loose.ts'

/** Of one message. */
const MAX_FILES = 10

const personSchema = z.looseObject({ name: words, contact: words, language: words })

export const frameSchema = z.looseObject({
  visitor: z.string().min(1),
  type: z.string().min(1),
  id: words,
  user: maybe(personSchema),
  page: words,
  title: words,
  referrer: words,
})

export const messageSchema = z.looseObject({
  id: z.string().min(1).max(100),
  text: z.string().max(10_000).optional(),
  files: z.array(z.string().max(2000)).max(MAX_FILES).nullish(),
  replyTo: words,
})

export const buttonSchema = z.looseObject({
  id: z.string().min(1).max(100),
  payload: z.string().max(4096),
  text: words,
  messageId: words,
})

export const seenSchema = z.looseObject({
  status: maybe(z.enum(['delivered', 'read'])),
  messageIds: maybe(readable(z.string().max(255))),
})

export type Frame = z.infer<typeof frameSchema>
