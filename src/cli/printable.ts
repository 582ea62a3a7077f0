/**
 * Control characters, and those that change how others are shown: what channels and portals name may steer the terminal, or
 * look like something else.
 */
const CONTROLS = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** `\u{1b}` in their place. */
export function escapeControls(text: string): string {
  return text.replace(CONTROLS, (found) => `\\u{${found.codePointAt(0)?.toString(16)}}`)
}

/** Back from `escapeControls`. */
export function unescapeControls(text: string): string {
  return text.replace(/\\u\{([0-9a-f]{1,5})\}/g, (_, digits: string) =>
    String.fromCodePoint(Number.parseInt(digits, 16)),
  )
}

/** JSON that shows no control character; it means the same. */
export function toPrintableJson(value: unknown): string {
  return escapeInJson(JSON.stringify(value))
}

/** The same on several lines, for people. */
export function toPrettyJson(value: unknown): string {
  return JSON.stringify(value, null, 2).split('\n').map(escapeInJson).join('\n')
}

function escapeInJson(json: string): string {
  return json.replace(CONTROLS, (found) =>
    found
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}
