import type { MessagingTraits } from '#meta/messaging-traits.ts'
import { readMessengerText } from '#text/channels/messenger.ts'

/** Facebook's own texts name 2 000 characters; counted in UTF-16 units a text is never longer than that. */
const TEXT_LIMIT = 2000

const FIELDS = [
  'messages',
  'messaging_postbacks',
  'message_deliveries',
  'message_reads',
  'message_echoes',
  'message_reactions',
  'message_edits',
  'messaging_referrals',
]

export const messengerTraits: MessagingTraits = {
  title: 'Facebook Messenger',
  object: 'page',
  keys: { account: 'pageId', accessToken: 'pageAccessToken' },
  links: ({ identity }) => ({
    url: `https://www.facebook.com/${identity}`,
    chatUrl: `https://m.me/${identity}`,
  }),
  textLimit: TEXT_LIMIT,
  textUnit: 'utf16',
  statuses: ['delivered', 'read', 'noAccount'],
  readText: readMessengerText,
  documents: 'any',
  hasMetadata: true,
  hasMessagingType: true,
  hasUrlButtons: true,
  profileFields: 'first_name,last_name,profile_pic',
  subscriptionNode: (pageId) => pageId,
  appFields: FIELDS,
  accountFields: FIELDS,
  permission: 'pages_messaging',
}
