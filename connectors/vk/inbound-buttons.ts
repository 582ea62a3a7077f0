import { readJsonObject } from '#kit/json-answer.ts'

/** What a portal gave as the payload (`{"hub":…}`); of a button that isn't ours, VK's JSON as it is. '' where there is none. */
export function readPayload(payload: unknown): string {
  const text = toText(payload)
  const fields = readJsonObject(text)
  // A client that can't do what the button does sends its label, and VK wraps the payload; a link's is `null`.
  if (fields?.['command'] === 'not_supported_button') return readPayload(unwrap(fields['payload']))
  const ours = fields?.['hub']
  return typeof ours === 'string' ? ours : text
}

function unwrap(inner: unknown): unknown {
  return inner === 'null' ? undefined : inner
}

function toText(payload: unknown): string {
  if (payload === undefined || payload === null) return ''
  return typeof payload === 'string' ? payload : JSON.stringify(payload)
}

/** `{"command":"start"}` is the payload of the button that VK itself shows in an empty conversation. */
export function isStart(payload: unknown): boolean {
  return /^\{\s*"command"\s*:\s*"start"\s*\}$/.test(toText(payload))
}
