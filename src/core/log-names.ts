import { hash } from 'node:crypto'

/** A line as logs name it: `portal/connector/line`, as the command line takes it. */
export function lineName(line: {
  readonly portalId: string
  readonly connector: string
  readonly externalId: string
}): string {
  return `${line.portalId}/${line.connector}/${line.externalId}`
}

/**
 * A chat as logs name it. Chat ids are phone numbers on some channels: the digest says which lines are of one chat, and
 * whoever knows the id can look for it.
 */
export function chatName(chatId: string): string {
  return hash('sha256', chatId, 'hex').slice(0, 12)
}
