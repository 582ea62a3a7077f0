import type { RoutedUpdate } from '#core/connector.ts'
import type { RawRequest } from '#core/http.ts'
import type { Line } from '#core/line.ts'
import { routeMeta } from '#meta/route.ts'
import type { WhatsAppSettings } from './settings.ts'

/**
 * Whose the pieces of a request are. Meta posts what is about the numbers of an app to one address, unless they have
 * their own. What is about an account (templates, reviews) names no number: it goes to the line that was posted to if the
 * account is that line's, so that it is logged once. 360dialog's address is the number's own.
 */
export function routeUpdate(
  request: RawRequest,
  { settings, identity = '' }: Line<WhatsAppSettings>,
): readonly RoutedUpdate[] {
  const pieces = routeMeta(request)
  if (settings.provider === '360dialog') {
    return pieces.map(({ update }) => ({ connector: 'whatsapp', identity, update }))
  }
  const isOwnAccount = ({ connector, identity: id }: RoutedUpdate): boolean =>
    connector === 'whatsapp' && id === settings.wabaId
  return pieces.map((piece) => (isOwnAccount(piece) ? { ...piece, identity } : piece))
}
