/** With every line break as `\n`; '' where there is no text. For texts of channels that send `\r\n` or `\r`. */
export function unifyNewlines(text: string | null | undefined): string {
  return text?.includes('\r') ? text.replace(/\r\n?/g, '\n') : (text ?? '')
}
