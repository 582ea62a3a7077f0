import { describeMessaging } from '#meta/messaging-connector.ts'
import type { MessagingTraits } from '#meta/messaging-traits.ts'
import { MESSENGER_SMILEYS, readSmileys } from '#text/smileys.ts'

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
  textLimit: TEXT_LIMIT,
  textUnit: 'utf16',
  statuses: ['delivered', 'read', 'noAccount'],
  readText: (text) => readSmileys(text, MESSENGER_SMILEYS),
  takesDocuments: true,
  hasMetadata: true,
  hasMessagingType: true,
  hasUrlButtons: true,
  profileFields: 'first_name,last_name,profile_pic',
  subscriptionNode: (pageId) => pageId,
  appFields: FIELDS,
  accountFields: FIELDS,
}

/** Facebook Messenger: https://developers.facebook.com/docs/messenger-platform. See README.md here for its quirks. */
export const facebook = describeMessaging(
  'facebook',
  messengerTraits,
  {
    key: 'pageId',
    label: 'Page id',
    type: 'text',
    required: true,
    secret: false,
    pattern: '\\d{1,32}',
    help: 'the number of the Facebook page',
  },
  {
    key: 'pageAccessToken',
    label: 'Page access token',
    type: 'text',
    required: true,
    secret: true,
    help: 'a long-lived token of the page with pages_messaging and pages_manage_metadata',
  },
)
