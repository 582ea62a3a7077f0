import type { SettingField, SettingValues } from '#core/settings.ts'
import { baseAddress } from '#kit/web-address.ts'

export const DEFAULT_API_ROOT = 'https://api.telegram.org'

export interface TelegramSettings {
  readonly token: string
  /** Without a slash at its end. */
  readonly apiRoot: string
  readonly mode: 'webhook' | 'polling'
  /** The bot's own user id: the number before the colon of the token. */
  readonly botId: string
}

export const fields: readonly SettingField[] = [
  {
    key: 'token',
    label: 'Bot token',
    type: 'text',
    required: true,
    secret: true,
    // A token is a path segment of every URL: nothing else may come through here.
    pattern: '\\d{1,20}:[A-Za-z0-9_-]{1,200}',
    help: 'the token that @BotFather gave, such as 123456789:AAE…',
    ru: { label: 'Токен бота', help: 'токен, который выдал @BotFather, например 123456789:AAE…' },
  },
  {
    key: 'apiRoot',
    label: 'Bot API address',
    type: 'url',
    required: false,
    secret: false,
    default: DEFAULT_API_ROOT,
    help: 'another address only for a Bot API server of your own',
    group: 'advanced',
    ru: { label: 'Адрес Bot API', help: 'другой адрес нужен только для своего сервера Bot API' },
  },
  {
    key: 'mode',
    label: 'How updates come',
    type: 'select',
    required: false,
    secret: false,
    default: 'webhook',
    options: ['webhook', 'polling'],
    group: 'advanced',
    optionLabels: {
      webhook: { en: 'Telegram posts them to the hub', ru: 'Telegram присылает их хабу' },
      polling: {
        en: 'the hub asks for them (no public address needed)',
        ru: 'хаб спрашивает сам (публичный адрес не нужен)',
      },
    },
    ru: { label: 'Как приходят сообщения' },
  },
]

export function parseSettings(values: SettingValues): TelegramSettings {
  const token = values['token'] ?? ''
  return {
    token,
    apiRoot: baseAddress(values['apiRoot'], DEFAULT_API_ROOT),
    mode: values['mode'] === 'polling' ? 'polling' : 'webhook',
    botId: token.split(':')[0] ?? '',
  }
}
