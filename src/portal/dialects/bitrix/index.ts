import type { DialectDescriptor } from '../../../core/dialect.ts'
import { bitrixApi } from './api.ts'
import { BitrixDoor } from './door.ts'
import { checkSettings, fields } from './fields.ts'
import { nextSteps } from './next-steps.ts'
import { type OAuthProviders, PROVIDERS } from './oauth/providers.ts'
import { BitrixSpeaker } from './speaker.ts'

const NO_PLACE = "the portal's module has no place for what the hub does by itself: ask the hub"

/**
 * A Bitrix24 portal on its owner's server, whose own module `imconnector` takes the hub for its connector server.
 * `providers`: where people log in for its pages, if elsewhere than at Meta and VK.
 */
export const describeBitrix = (
  providers: OAuthProviders = PROVIDERS,
): DialectDescriptor<BitrixSpeaker> => ({
  id: 'bitrix',
  title: 'Bitrix24 on-premise',
  fields,
  // Short names and stored codes of emoji are shown as they are by one module or the other.
  format: { text: 'bitrix', emoji: 'unicode' },
  checkSettings,
  notCarried: {
    'script.notify': NO_PLACE,
    'job.finished': NO_PLACE,
    'broadcast.progress': NO_PLACE,
    'broadcast.finished': NO_PLACE,
    'dialog.interrupted': NO_PLACE,
    'notification.result': NO_PLACE,
    'chat.read':
      'the portal marks single messages of its operators as read, which message.status does, and no chat',
  },
  createSpeaker: (context) => new BitrixSpeaker(context),
  createDoor: (context) => new BitrixDoor(context, providers),
  nextSteps,
  describe: () => bitrixApi,
})

export const bitrix: DialectDescriptor<BitrixSpeaker> = describeBitrix()
