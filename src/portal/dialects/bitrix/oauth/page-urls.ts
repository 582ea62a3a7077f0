/** An address as pages print it, in the middle of HTML and of a style: none of a script's, and nothing that ends it. */
export function printableUrl(text: string): string {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol)) return ''
  return url.href.replace(
    /["'<>()\\`]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
