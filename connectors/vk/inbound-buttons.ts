import { readJsonObject } from '#kit/json-answer.ts'

/** What a portal gave as the payload (`{"hub":…}`); of a button that isn't ours, VK's JSON as it is. */
export function readPayload(payload: string): string {
  const ours = readJsonObject(payload)?.['hub']
  return typeof ours === 'string' ? ours : payload
}
