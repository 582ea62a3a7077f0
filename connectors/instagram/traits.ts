import { plainText } from '#core/rich-text.ts'
import type { MessagingTraits } from '#meta/messaging-traits.ts'

/** UTF-8 bytes: https://developers.facebook.com/docs/messenger-platform/instagram/features/send-message */
const TEXT_LIMIT = 1000

export const instagramTraits: MessagingTraits = {
  title: 'Instagram',
  object: 'instagram',
  keys: { account: 'accountId', accessToken: 'accessToken' },
  links({ name }) {
    if (!name?.startsWith('@')) return {}
    const username = name.slice(1)
    return {
      url: `https://www.instagram.com/${username}`,
      chatUrl: `https://ig.me/m/${username}`,
      username,
    }
  },
  textLimit: TEXT_LIMIT,
  textUnit: 'utf8',
  // No update tells that a message was delivered.
  statuses: ['read', 'noAccount'],
  readText: plainText,
  // https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/messaging-api
  documents: ['pdf'],
  hasMetadata: false,
  hasMessagingType: false,
  hasUrlButtons: false,
  profileFields: 'name,username,profile_pic',
  // Of a token's own node: with the Facebook login that is the page behind the account.
  subscriptionNode: () => 'me',
  appFields: [
    'messages',
    'messaging_postbacks',
    'messaging_seen',
    'message_reactions',
    'messaging_referral',
  ],
  accountFields: ['messages', 'messaging_postbacks', 'message_reactions'],
  permission: 'instagram_manage_messages',
}
