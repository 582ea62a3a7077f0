import { hash } from 'node:crypto'
import { type Fields, fieldsOf, idOf, instantOf, listOf, textOf } from './shapes.ts'

/** A message of a conversation, as a webhook or a list shows it. */
export interface ShownMessage {
  readonly id: number
  /** Of its own: the number that agents see. */
  readonly conversation: number
  /** An agent has written it for the person, or Chatwoot in their name. */
  readonly isForPerson: boolean
  /** Somebody has put it there by the API, and named it. */
  readonly source?: string
  readonly isDeleted: boolean
  readonly content: string
  readonly contentType: string
  readonly attributes: Fields
  readonly attachments: readonly Fields[]
  /** Epoch seconds. */
  readonly createdAt?: number
}

/** Whose conversation it is, in words of Chatwoot's. */
export interface PersonHint {
  readonly identifier?: string
  readonly source?: string
}

/** In lists they are numbers, in webhooks words. Incoming (0) and activity (2) are nothing to send. */
const FOR_PERSON: ReadonlySet<unknown> = new Set([1, 3, 'outgoing', 'template'])

export function readMessage(
  shown: Fields,
  conversation: number | undefined,
): ShownMessage | undefined {
  const id = idOf(shown)
  if (id === undefined || conversation === undefined) return undefined
  const attributes = fieldsOf(shown['content_attributes'])
  const source = textOf(shown['source_id'])
  const createdAt = instantOf(shown['created_at'])
  return {
    id,
    conversation,
    isForPerson: FOR_PERSON.has(shown['message_type']) && shown['private'] !== true,
    isDeleted: attributes['deleted'] === true,
    content: textOf(shown['content']) ?? '',
    contentType: textOf(shown['content_type']) ?? 'text',
    attributes,
    attachments: listOf(shown['attachments']),
    ...(source === undefined ? {} : { source }),
    ...(createdAt === undefined ? {} : { createdAt }),
  }
}

export function hintOf(conversation: Fields): PersonHint {
  const identifier = textOf(fieldsOf(fieldsOf(conversation['meta'])['sender'])['identifier'])
  const source = textOf(fieldsOf(conversation['contact_inbox'])['source_id'])
  return {
    ...(identifier === undefined ? {} : { identifier }),
    ...(source === undefined ? {} : { source }),
  }
}

/** By which a change is told from one of Chatwoot's many updates that change nothing. */
export function digestOf({ content }: Pick<ShownMessage, 'content'>): string {
  return hash('sha256', content, 'base64url').slice(0, 22)
}
