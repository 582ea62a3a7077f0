import { listOf, readJsonObject } from '#kit/json-answer.ts'

/**
 * The button of ours that this text is the payload of, by the tracking data that came with it; see `planButtons`.
 * Undefined for typed words, and for the tracking data of another system from before the account came here.
 */
export function pressedButton(
  text: string | undefined,
  trackingData: string | undefined,
): { readonly payload: string; readonly text: string } | undefined {
  if (!text || !trackingData?.startsWith('{"buttons":')) return undefined
  const pairs = listOf(readJsonObject(trackingData)?.['buttons']).filter(isPair)
  const pressed = pairs.find((pair) => pair[0] === text)
  return pressed && { payload: pressed[0], text: pressed[1] }
}

function isPair(value: unknown): value is readonly [string, string] {
  return Array.isArray(value) && typeof value[0] === 'string' && typeof value[1] === 'string'
}
