import type { InboundEvent } from '#core/event.ts'
import { given } from '#core/given.ts'
import type { ItemContext } from './messaging-traits.ts'
import type { Referral } from './messaging-types.ts'

/**
 * The person came by a link to the chat (`m.me/page?ref=…`), an advertisement or a product. An advertisement has a `ref`
 * only where the company has given it one; its id is always there.
 */
export function startOf(
  referral: Referral | undefined,
  { at, chat, user }: ItemContext,
): InboundEvent[] {
  if (!referral) return []
  const ref = referral.ref || referral.ad_id || referral.product?.id
  return [{ type: 'chat.started', at, user, chat, ...given({ ref }) }]
}
