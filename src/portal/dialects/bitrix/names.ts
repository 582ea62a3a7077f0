/** What the portal's pages print as it is, in the middle of HTML. */
export function withoutMarkup(text: string): string {
  return text.replace(/[<>"'&]/g, '')
}
