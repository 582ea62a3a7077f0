import { given } from '#core/given.ts'
import type { SettingField, SettingValues } from '#core/settings.ts'
import { baseAddress } from '#kit/web-address.ts'

export const DEFAULT_API_ROOT = 'https://chatapi.viber.com/pa'
/** https://developers.viber.com/docs/api/rest-bot-api/#general-send-message-parameters */
const NAME_LIMIT = 28

export interface ViberSettings {
  /** The credential of every call, and the key of the callbacks' signatures. */
  readonly authToken: string
  readonly senderName: string
  readonly senderAvatar?: string
  /** Said to a person who opens the chat for the first time. */
  readonly welcomeText?: string
  /** Without a slash at its end. */
  readonly apiRoot: string
}

export const fields: readonly SettingField[] = [
  {
    key: 'authToken',
    label: 'Authentication token',
    type: 'text',
    required: true,
    secret: true,
    // It goes into a header.
    pattern: '[\\x21-\\x7e]{1,256}',
    help: "the token on the bot's edit page in the Viber admin panel",
    ru: { label: 'Токен', help: 'токен со страницы бота в панели Viber' },
  },
  {
    key: 'senderName',
    label: "Sender's name",
    type: 'text',
    required: true,
    secret: false,
    pattern: `.{1,${NAME_LIMIT}}`,
    help: `shown above each message, at most ${NAME_LIMIT} characters`,
    isCosmetic: true,
    ru: {
      label: 'Имя отправителя',
      help: `видно над каждым сообщением, не длиннее ${NAME_LIMIT} символов`,
    },
  },
  {
    key: 'senderAvatar',
    label: "Sender's picture",
    type: 'url',
    required: false,
    secret: false,
    help: 'at most 100 KB, best 720×720 pixels',
    isCosmetic: true,
    ru: { label: 'Картинка отправителя', help: 'до 100 КБ, лучше 720×720 точек' },
  },
  {
    key: 'welcomeText',
    label: 'Welcome text',
    type: 'text',
    required: false,
    secret: false,
    help: 'said to a person who opens the chat; plain text',
    isCosmetic: true,
    ru: { label: 'Приветствие', help: 'показывается тому, кто открыл чат; без оформления' },
  },
  {
    key: 'apiRoot',
    label: 'Bot API address',
    type: 'url',
    required: false,
    secret: false,
    default: DEFAULT_API_ROOT,
    help: "another address than Viber's only for a proxy of your own",
    group: 'advanced',
    ru: { label: 'Адрес Bot API', help: 'другой адрес нужен только для своего прокси' },
  },
]

export function parseSettings(values: SettingValues): ViberSettings {
  const { senderAvatar, welcomeText } = values
  return {
    authToken: values['authToken'] ?? '',
    senderName: values['senderName'] ?? '',
    ...given({ senderAvatar, welcomeText }),
    apiRoot: baseAddress(values['apiRoot'], DEFAULT_API_ROOT),
  }
}
