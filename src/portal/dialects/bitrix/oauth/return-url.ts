import type { Portal } from '../../../../core/portal.ts'

/** Longer ones no page has: it is kept for each that is open. */
const MAX_LENGTH = 4096
/** Of VK's page the address comes encoded twice. */
const MAX_DECODINGS = 2

/**
 * Where a popup is to go in the end. Only a page of the portal itself: whoever has a link of the hub's would be led anywhere
 * otherwise. Undefined: another's, or none at all. Without an address it is the portal's own.
 */
export function readReturnUrl(text: string, portal: Portal): string | undefined {
  if (text === '') return httpUrl(portal.url)?.href
  if (text.length > MAX_LENGTH) return undefined
  const url = httpUrl(decoded(text))
  const isOwn = url !== undefined && url.host === httpUrl(portal.url)?.host
  return isOwn && url.username === '' && url.password === '' ? url.href : undefined
}

/** Until it is an address: what is encoded within it stays so. */
function decoded(text: string): string {
  let at = text
  for (let times = 0; times < MAX_DECODINGS && !/^https?:\/\//i.test(at); times++) {
    const next = tryDecode(at)
    if (next === undefined) return ''
    at = next
  }
  return at
}

function tryDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

function httpUrl(text: string): URL | undefined {
  const url = URL.parse(text)
  return url && /^https?:$/.test(url.protocol) ? url : undefined
}
