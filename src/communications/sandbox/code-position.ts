const PLACE = /\bcode:(\d{1,7}):(\d{1,7})/

/** Where in a portal's code an error came up, in front of what it says: `line 2, column 7: …`. */
export function withPlace(stack: unknown, code: string, message: string): string {
  const match = typeof stack === 'string' ? PLACE.exec(stack) : null
  if (!match) return message
  // The frame around the code has one line above it.
  const line = Number(match[1]) - 1
  const lines = code.split('\n')
  if (line <= lines.length) return `line ${line}, column ${match[2]}: ${message}`
  // Something is still open where the code ends, and the frame's own bracket would be named.
  const column = (lines.at(-1) ?? '').length + 1
  return `line ${lines.length}, column ${column}: unexpected end of the code`
}
