import { plainText } from '#core/rich-text.ts'
import { describeMessaging } from '#meta/messaging-connector.ts'
import type { MessagingTraits } from '#meta/messaging-traits.ts'

/** UTF-8 bytes: https://developers.facebook.com/docs/messenger-platform/instagram/features/send-message */
const TEXT_LIMIT = 1000

export const instagramTraits: MessagingTraits = {
  title: 'Instagram',
  object: 'instagram',
  keys: { account: 'accountId', accessToken: 'accessToken' },
  textLimit: TEXT_LIMIT,
  textUnit: 'utf8',
  // No update tells that a message was delivered.
  statuses: ['read', 'noAccount'],
  readText: plainText,
  takesDocuments: false,
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
}

/** Instagram messaging: https://developers.facebook.com/docs/messenger-platform/instagram. See README.md here for its quirks. */
export const instagram = describeMessaging(
  'instagram',
  instagramTraits,
  {
    key: 'accountId',
    label: 'Instagram account id',
    type: 'text',
    required: true,
    secret: false,
    pattern: '\\d{1,32}',
    help: 'the number of the professional account, as it stands in webhooks',
  },
  {
    key: 'accessToken',
    label: 'Access token',
    type: 'text',
    required: true,
    secret: true,
    help: 'of the page behind the account (with instagram_manage_messages), or of the Instagram login',
  },
)
