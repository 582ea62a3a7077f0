import type { SettingField, SettingValues } from '#core/settings.ts'
import { baseAddress } from '#kit/web-address.ts'

export const DEFAULT_API_ROOT = 'https://api.vk.com'
const DEFAULT_API_VERSION = '5.199'

export interface VkSettings {
  /** Positive; as the author of messages the community is its negative. */
  readonly groupId: string
  readonly accessToken: string
  readonly mode: 'callback' | 'longPoll'
  /** Without a slash at its end. */
  readonly apiRoot: string
  readonly apiVersion: string
}

export const fields: readonly SettingField[] = [
  {
    key: 'groupId',
    label: 'Community ID',
    type: 'text',
    required: true,
    secret: false,
    pattern: '[1-9]\\d{0,14}',
    help: "the community's number, without a sign",
    ru: { label: 'Номер сообщества', help: 'число без знака' },
  },
  {
    key: 'accessToken',
    label: 'Community access token',
    type: 'text',
    required: true,
    secret: true,
    pattern: '[\\x21-\\x7e]{1,512}',
    help: 'with the rights: messages, community management, photos, files',
    ru: {
      label: 'Ключ доступа сообщества',
      help: 'с правами: сообщения, управление сообществом, фотографии, файлы',
    },
  },
  {
    key: 'mode',
    label: 'How updates come',
    type: 'select',
    required: false,
    secret: false,
    default: 'callback',
    options: ['callback', 'longPoll'],
    group: 'advanced',
    optionLabels: {
      callback: { en: 'VK posts them to the hub', ru: 'ВК присылает их хабу' },
      longPoll: {
        en: 'the hub asks for them (no public address needed)',
        ru: 'хаб спрашивает сам (публичный адрес не нужен)',
      },
    },
    ru: { label: 'Как приходят сообщения' },
  },
  {
    key: 'apiRoot',
    label: 'API address',
    type: 'url',
    required: false,
    secret: false,
    default: DEFAULT_API_ROOT,
    help: 'https://api.vk.ru is the same API',
    group: 'advanced',
    ru: { label: 'Адрес API', help: 'https://api.vk.ru: тот же API' },
  },
  {
    key: 'apiVersion',
    label: 'API version',
    type: 'text',
    required: false,
    secret: false,
    default: DEFAULT_API_VERSION,
    pattern: '5\\.\\d{2,3}',
    help: `such as ${DEFAULT_API_VERSION}`,
    group: 'advanced',
    ru: { label: 'Версия API', help: `например ${DEFAULT_API_VERSION}` },
  },
]

export function parseSettings(values: SettingValues): VkSettings {
  return {
    groupId: values['groupId'] ?? '',
    accessToken: values['accessToken'] ?? '',
    mode: values['mode'] === 'longPoll' ? 'longPoll' : 'callback',
    apiRoot: baseAddress(values['apiRoot'], DEFAULT_API_ROOT),
    apiVersion: values['apiVersion'] ?? DEFAULT_API_VERSION,
  }
}
