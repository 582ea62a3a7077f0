import type { RoutedUpdate } from '#core/connector.ts'
import { BadUpdateError } from '#core/errors.ts'
import type { RawRequest } from '#core/http.ts'
import { isRecord } from '#core/json.ts'
import { lookUp } from '#kit/look-up.ts'
import { cutChange } from './route-change.ts'

/**
 * Meta gathers up to 1 000 updates in a request, and names 3 MB as the largest body of WhatsApp's:
 * https://developers.facebook.com/docs/whatsapp/cloud-api/guides/set-up-webhooks
 */
export const MAX_BODY_BYTES = 3 * 1024 * 1024

const WHATSAPP = 'whatsapp_business_account'

/** Meta's name of a product in a webhook → the connector for it. */
const CONNECTORS: Readonly<Record<string, string>> = {
  page: 'facebook',
  instagram: 'instagram',
  [WHATSAPP]: 'whatsapp',
}
/** Lists of an entry, each item of which is an update of its own. */
const LISTS = ['messaging', 'standby', 'changes'] as const

/**
 * Meta posts everything of an app to one address, and up to 1 000 updates of several accounts in one request. Each becomes
 * a request by itself, in the same form: when Meta repeats them, it may gather them differently.
 */
export function routeMeta(request: RawRequest): readonly RoutedUpdate[] {
  const body = request.json()
  if (!isRecord(body) || typeof body['object'] !== 'string' || !Array.isArray(body['entry'])) {
    throw new BadUpdateError('not a webhook of Meta: no object with entries')
  }
  const { object } = body
  const connector = lookUp(CONNECTORS, object)
  const entries = body['entry'].filter(isRecord)
  if (entries.length === 0 && body['entry'].length > 0) {
    throw new BadUpdateError('not a webhook of Meta: no entry is an object')
  }
  return entries.flatMap((entry) =>
    cut(entry, object === WHATSAPP).map((piece) => ({
      connector: connector ?? object,
      identity: identityOf(piece),
      update: { object, entry: [piece] },
    })),
  )
}

const OBJECT = /"object"\s*:\s*"(\w{1,40})"/
const ACCOUNT = /"(?:id|phone_number_id)"\s*:\s*"?(\d{1,40})\b/g
/** An entry names its account at its beginning. */
const LOOKED_AT = 16 * 1024

/** By the first numbers that may be an account's. Linear, and no more than the beginning of the body. */
export function accountsIn(
  { body }: Pick<RawRequest, 'body'>,
  limit: number,
): readonly Omit<RoutedUpdate, 'update'>[] {
  const text = body.toString('latin1', 0, LOOKED_AT)
  const object = OBJECT.exec(text)?.[1] ?? ''
  const connector = lookUp(CONNECTORS, object)
  if (connector === undefined) return []
  const ids = new Set<string>()
  for (const [, id = ''] of text.matchAll(ACCOUNT)) {
    ids.add(id)
    if (ids.size === limit) break
  }
  return [...ids].map((identity) => ({ connector, identity }))
}

function cut(entry: Record<string, unknown>, isWhatsApp: boolean): Record<string, unknown>[] {
  const { messaging, standby, changes, ...head } = entry
  const isGathered = isWhatsApp && Array.isArray(changes)
  const lists = { messaging, standby, changes: isGathered ? changes.flatMap(cutChange) : changes }
  const pieces = LISTS.flatMap((name) => {
    const list = lists[name]
    return Array.isArray(list) ? list.map((item: unknown) => ({ ...head, [name]: [item] })) : []
  })
  return pieces.length > 0 ? pieces : [entry]
}

/** An entry is about its page or account; WhatsApp's are about a business, and their changes about a phone number. */
function identityOf(piece: Record<string, unknown>): string {
  const [change] = Array.isArray(piece['changes']) ? (piece['changes'] as unknown[]) : []
  const value = isRecord(change) && isRecord(change['value']) ? change['value'] : {}
  const metadata = isRecord(value['metadata']) ? value['metadata'] : {}
  const id = metadata['phone_number_id'] || piece['id']
  return typeof id === 'string' || typeof id === 'number' ? String(id) : ''
}
