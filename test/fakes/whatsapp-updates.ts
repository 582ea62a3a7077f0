import { given } from '../../src/core/given.ts'
import type { FakeNumber } from './whatsapp-model.ts'

/** Bodies as Meta and 360dialog post them. */
type Named = Pick<FakeNumber, 'id' | 'wabaId' | 'display'>

export function updateOf(...changes: readonly { wabaId: string; change: object }[]): object {
  return {
    object: 'whatsapp_business_account',
    entry: changes.map(({ wabaId, change }) => ({ id: wabaId, changes: [change] })),
  }
}

/** A change of one number: `messages`, `statuses`, `contacts` … are `value`. */
export function changeOf(
  number: Named,
  value: object,
  field = 'messages',
): { wabaId: string; change: object } {
  const metadata = {
    display_phone_number: number.display.replace(/\D/g, ''),
    phone_number_id: number.id,
  }
  return {
    wabaId: number.wabaId,
    change: { field, value: { messaging_product: 'whatsapp', metadata, ...value } },
  }
}

/** Somebody known by phone number and id. */
export const ANN = { wa_id: '79001112233', user_id: 'RU.8x', profile: { name: 'Ann' } }

export function messageFrom(
  contact: { readonly wa_id?: string; readonly user_id?: string },
  id: string,
  content: object,
): object {
  return {
    ...given({ from: contact.wa_id, from_user_id: contact.user_id }),
    id,
    timestamp: '1767225600',
    ...content,
  }
}

export function textOf(body: string): object {
  return { type: 'text', text: { body } }
}

/** One message of Ann's to a number. */
export function updateFromAnn(number: Named, id: string, content: object = textOf(id)): object {
  return updateOf(changeOf(number, { contacts: [ANN], messages: [messageFrom(ANN, id, content)] }))
}

/** One status, of a message to Ann. */
export function statusTo(number: Named, id: string, status: string, more: object = {}): object {
  const { wa_id: recipient_id, user_id: recipient_user_id } = ANN
  const told = { id, status, timestamp: '1767225660', recipient_id, recipient_user_id, ...more }
  return updateOf(changeOf(number, { statuses: [told] }))
}
