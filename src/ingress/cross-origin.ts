import { RefusedRequestError, type RouteReply, type RouteRequest } from '../core/route.ts'
import type { ActiveLine } from '../lines/directory.ts'

/** How long a browser remembers that it may ask, s. */
const PREFLIGHT_AGE_S = 7200

/**
 * Is the page that sends this request one that may use the line? Then every answer lets it read what it says. Browsers send no
 * origin from a page of the hub's own that only reads. Throws RefusedRequestError `HUB_FORBIDDEN`.
 */
export function admitOrigin(request: RouteRequest, active: ActiveLine): void {
  const { origin } = request.headers
  if (origin === undefined || !active.connector.allowsOrigin) return
  const from = String(origin)
  if (!isOwnOrigin(request, active.line) && !isOriginAllowed(active, from)) {
    throw new RefusedRequestError('HUB_FORBIDDEN', 'pages of this site may not use this line')
  }
  request.always({
    'access-control-allow-origin': from,
    'access-control-expose-headers': 'retry-after',
    vary: 'origin',
  })
}

/** Whether pages of this origin may use the line as it is now; no origin is none that could be refused. */
export function isOriginAllowed({ connector, line }: ActiveLine, origin?: string): boolean {
  return origin === undefined || (connector.allowsOrigin?.(origin, line) ?? true)
}

/** Whether it comes from a page that the hub itself serves. */
export function isOwnOrigin({ headers }: RouteRequest, line: ActiveLine['line']): boolean {
  const { origin, host } = headers
  const url = URL.parse(String(origin))
  return url !== null && (url.host === host || url.origin === URL.parse(line.webhookUrl)?.origin)
}

/** Answers a browser that asks what it may send. */
export function preflight(request: RouteRequest, methods: string): RouteReply {
  request.always({
    'access-control-allow-methods': methods,
    'access-control-allow-headers': 'authorization, content-type, last-event-id',
    'access-control-max-age': String(PREFLIGHT_AGE_S),
  })
  return { status: 204 }
}
