/** Where a message of Slack's is. */
export interface MessagePlace {
  readonly channel: string
  readonly ts: string
}

/**
 * Our ids of messages. Slack's `ts` is unique within a conversation only; the conversation before it makes it one of its own
 * within a line: `C024BE91L_1767225600.000100`. A `ts` is text: as a number it would lose digits.
 */
export function toMessageId(channel: string, ts: string): string {
  return `${channel}_${ts}`
}

/** Is this text the `ts` of a message? */
export function isTs(text: string): boolean {
  return /^\d{1,12}\.\d{1,9}$/.test(text)
}

/** Undefined for what is no id of ours. */
export function readMessageId(id: string): MessagePlace | undefined {
  const [, channel, ts] = /^([A-Z][A-Z0-9]{1,40})_(\d{1,12}\.\d{1,9})$/.exec(id) ?? []
  return channel === undefined || ts === undefined ? undefined : { channel, ts }
}
