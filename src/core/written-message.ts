import { z } from 'zod'
import { idText } from './id-text.ts'
import type { TextFormat } from './portal.ts'
import type { WrittenTemplate } from './written-template.ts'

const MAX_TEXT = 100_000
const MAX_FILES = 50
const MAX_BUTTON_ROWS = 50
const MAX_BUTTONS_PER_ROW = 20

const httpUrl = z
  .string()
  .max(4096)
  .refine(isHttpUrl, 'must be an http or https address without a password')

function isHttpUrl(value: string): boolean {
  const url = URL.parse(value)
  const isHttp = url?.protocol === 'https:' || url?.protocol === 'http:'
  return isHttp && !url.username && !url.password
}

const messageId = idText(255)

const button = z.strictObject({
  text: z.string().min(1).max(1000),
  url: httpUrl.optional(),
  payload: z.string().min(1).max(4096).optional(),
})

/** An outgoing message as a portal writes it (PROTOCOL §7); `text` is in the portal's own format. */
const fields = {
  text: z.string().max(MAX_TEXT).optional(),
  files: z
    .array(
      z.strictObject({
        url: httpUrl,
        name: z.string().min(1).max(255).optional(),
        kind: z.enum(['image', 'video', 'audio', 'voice', 'document', 'sticker']).optional(),
        mayRedirect: z
          .literal(true)
          .optional()
          .describe('the address may lead to others, five at most: each is checked as the first'),
      }),
    )
    .max(MAX_FILES)
    .optional(),
  replyTo: z.strictObject({ id: messageId }).optional(),
  buttons: z.array(z.array(button).max(MAX_BUTTONS_PER_ROW)).max(MAX_BUTTON_ROWS).optional(),
  location: z
    .strictObject({
      latitude: z.number().min(-90).max(90),
      longitude: z.number().min(-180).max(180),
      title: z.string().max(255).optional(),
      address: z.string().max(1000).optional(),
    })
    .optional(),
  contact: z
    .strictObject({
      name: z.string().max(255).optional(),
      phone: z.string().max(64).optional(),
    })
    .optional(),
}

export const newMessageSchema = z
  .strictObject(fields)
  .refine(hasContent, 'is empty: give text, files, a location or a contact')

export const changedMessageSchema = z.strictObject({
  id: messageId,
  text: z.string().min(1).max(MAX_TEXT),
  buttons: fields.buttons,
})
export const deletedMessageSchema = z.strictObject({ id: messageId })

export type WrittenMessage = z.infer<typeof newMessageSchema>

/** A message that says nothing is refused. */
export function hasContent(message: {
  readonly text?: string | undefined
  readonly files?: readonly unknown[] | undefined
  readonly location?: unknown
  readonly contact?: unknown
}): boolean {
  const hasText = message.text !== undefined && message.text.trim() !== ''
  const hasFiles = message.files !== undefined && message.files.length > 0
  return hasText || hasFiles || message.location !== undefined || message.contact !== undefined
}

/** A message in the outbox. Templates come from scripts and notifications: `sendMessage` takes none. */
export type OutboxMessageContent =
  | WrittenMessage
  | { readonly template: WrittenTemplate; readonly text?: undefined }

/** What the outbox keeps of a call, as JSON: as the portal wrote it, with the format it was written in. */
export type OutboxPayload =
  | {
      readonly message: OutboxMessageContent
      readonly format: TextFormat
      /**
       * Somebody waits for how it ends: it fails about a minute after the first try instead of a day, and what the channel
       * answers goes to the communications with its status.
       */
      readonly isAwaited?: true
    }
  | {
      readonly messageId: string
      readonly text: string
      readonly buttons?: WrittenMessage['buttons']
      readonly format: TextFormat
    }
  | { readonly messageId: string }

/** Do two payloads say the same? The format may differ: a portal may have been given another one between two calls. */
export function isSamePayload(one: string, other: string): boolean {
  if (one === other) return true
  return JSON.stringify(withoutFormat(one)) === JSON.stringify(withoutFormat(other))
}

function withoutFormat(json: string): object {
  const { format: _, ...rest } = JSON.parse(json) as Record<string, unknown>
  return rest
}
