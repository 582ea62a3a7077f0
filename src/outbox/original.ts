import type { SentMessage } from '../core/connector.ts'
import { given } from '../core/given.ts'
import type { OutboxPayload } from '../core/written-message.ts'
import type { OutboxMessage } from '../db/outbox/messages.ts'
import { toOutbound } from './payload.ts'

/** A message as the connector may want it for an edit. `sent`: what went out under its id, newest first. */
export function toOriginal(sent: readonly OutboxMessage[]): SentMessage | undefined {
  const original = sent.find(({ kind }) => kind === 'send')
  const payload = original && readPayload(original)
  if (!original || !payload || !('message' in payload)) return undefined
  const edits = sent.filter(({ kind, seq }) => kind === 'update' && seq > original.seq)
  const editedButtons = edits.map(readPayload).map(buttonsOf).find(Boolean)
  return {
    message: toOutbound(payload.message, payload.format),
    parts: original.parts,
    ...given({ editedButtons }),
  }
}

function readPayload({ payload }: OutboxMessage): OutboxPayload {
  return JSON.parse(payload) as OutboxPayload
}

function buttonsOf(payload: OutboxPayload): SentMessage['editedButtons'] {
  if (!('text' in payload) || !payload.buttons) return undefined
  return toOutbound({ buttons: payload.buttons }, payload.format).buttons
}
