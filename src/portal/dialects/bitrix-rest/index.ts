import type { DialectDescriptor } from '../../../core/dialect.ts'
import { bitrixRestApi } from './api.ts'
import { BitrixRestDoor } from './door.ts'
import { nextSteps } from './next-steps.ts'
import { PORTAL_FORMAT } from './portal-text.ts'
import { BitrixRestSpeaker } from './speaker.ts'
import { BitrixRestUpkeep } from './upkeep.ts'

/** Bitrix24, in the cloud or on-premise, by an application that is installed there and speaks its REST. */
const NO_PLACE =
  'Bitrix24 has no place for what the hub does by itself: ask the hub (getJob, getBroadcast)'

export const bitrixRest: DialectDescriptor<BitrixRestSpeaker> = {
  id: 'bitrix-rest',
  title: 'Bitrix24 (REST application)',
  fields: [
    {
      key: 'clientId',
      label: 'Application ID (client_id)',
      type: 'text',
      required: true,
      secret: false,
      pattern: '[A-Za-z0-9._-]{3,100}',
      help: 'as the portal shows it when the application is added, such as local.5c8bb1b0891cf2.87252039',
      ru: {
        label: 'Код приложения (client_id)',
        help: 'как показывает портал после добавления приложения, например local.5c8bb1b0891cf2.87252039',
      },
    },
    {
      key: 'clientSecret',
      label: 'Application key (client_secret)',
      type: 'text',
      required: true,
      secret: true,
      ru: {
        label: 'Ключ приложения (client_secret)',
      },
    },
    {
      key: 'domain',
      label: "The portal's domain",
      type: 'text',
      required: false,
      secret: false,
      pattern: '[a-z0-9.-]{1,170}(?::\\d{1,5})?',
      help: 'leave it empty: it is learnt when the application is installed',
      isIdentifier: true,
      ru: {
        label: 'Домен портала',
        help: 'оставьте пустым: станет известен при установке приложения',
      },
    },
    {
      key: 'memberId',
      label: "The portal's member_id",
      type: 'text',
      required: false,
      secret: false,
      pattern: '[A-Za-z0-9_-]{1,100}',
      help: 'leave it empty: it is learnt when the application is installed',
      isIdentifier: true,
      ru: {
        label: 'member_id портала',
        help: 'оставьте пустым: станет известен при установке приложения',
      },
    },
  ],
  format: PORTAL_FORMAT,
  notCarried: {
    'script.notify': NO_PLACE,
    'job.finished': NO_PLACE,
    'broadcast.progress': NO_PLACE,
    'broadcast.finished': NO_PLACE,
    'dialog.interrupted': NO_PLACE,
    'notification.result': NO_PLACE,
    'chat.typing': 'Bitrix24 lets no application show that a person is writing',
    'chat.read': 'Bitrix24 takes read marks of single messages only: those of message.status',
  },
  createSpeaker: (context) => new BitrixRestSpeaker(context),
  createDoor: (context) => new BitrixRestDoor(context),
  createUpkeep: (context) => new BitrixRestUpkeep(context),
  nextSteps,
  describe: bitrixRestApi,
}
