const NAME = 'hub_session'

/** The session's secret in a request's cookies; empty if there is none. */
export function sessionIn(header: string | string[] | undefined): string {
  const cookies = String(header ?? '').split(';')
  const pair = cookies.map((one) => one.trim()).find((one) => one.startsWith(`${NAME}=`))
  return pair?.slice(NAME.length + 1) ?? ''
}

export interface CookieOptions {
  /** The hub is reached over HTTPS. */
  readonly isSecure: boolean
  /** Another site shows the console in a frame: the cookie is that site's alone, and Secure whatever the address. */
  readonly isEmbedded: boolean
  readonly maxAgeMs: number
}

export function sessionCookie(
  secret: string,
  { isSecure, isEmbedded, maxAgeMs }: CookieOptions,
): string {
  const same = isEmbedded
    ? ['SameSite=None', 'Secure', 'Partitioned']
    : ['SameSite=Strict', ...(isSecure ? ['Secure'] : [])]
  const age = `Max-Age=${Math.max(0, Math.ceil(maxAgeMs / 1000))}`
  return [`${NAME}=${secret}`, 'Path=/', age, 'HttpOnly', ...same].join('; ')
}
