/** What the portal's pages print as it is, in the middle of HTML. */
export function withoutMarkup(text: string): string {
  return text.replace(/[<>"'&]/g, '')
}

/** An address that such a page may hold: http(s) alone, without what could end an attribute. */
export function toPageUrl(address: string | undefined): string | undefined {
  const url = address === undefined ? null : URL.parse(address)
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:'
  return isWeb ? url.href.replaceAll("'", '%27') : undefined
}
