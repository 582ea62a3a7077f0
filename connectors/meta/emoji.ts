/** The heart comes without the selector that makes it the emoji. */
export function withSelector<T extends string | null | undefined>(emoji: T): T | '\u2764\ufe0f' {
  return emoji === '\u2764' ? '\u2764\ufe0f' : emoji
}
