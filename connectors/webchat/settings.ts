import type { FieldFault } from '#core/errors.ts'
import { given } from '#core/given.ts'
import type { SettingField, SettingValues } from '#core/settings.ts'
import { originFault, readOrigins } from '#kit/site.ts'

export interface WebChatSettings {
  readonly title: string
  readonly greeting?: string
  /** `#rrggbb`. */
  readonly color?: string
  readonly language: 'ru' | 'en' | 'auto'
  /** Of the pages that may show the chat. */
  readonly origins: readonly string[]
  readonly ask: 'none' | 'name' | 'contact'
  readonly position: 'right' | 'left'
  /** Said while nothing can be sent. */
  readonly offlineText?: string
}

const COSMETIC = { type: 'text', required: false, secret: false, isCosmetic: true } as const

export const fields: readonly SettingField[] = [
  {
    ...COSMETIC,
    key: 'title',
    label: 'Title',
    required: true,
    pattern: '.{1,80}',
    help: 'above the chat: your name, at most 80 characters',
    ru: { label: 'Заголовок', help: 'над чатом: ваше название, до 80 символов' },
  },
  {
    ...COSMETIC,
    key: 'origins',
    label: 'Sites',
    type: 'list',
    required: true,
    help: 'that show the chat, with commas between them: https://shop.example',
    ru: { label: 'Сайты', help: 'на которых стоит чат, через запятую: https://shop.example' },
  },
  {
    ...COSMETIC,
    key: 'greeting',
    label: 'Greeting',
    help: 'the first thing that people read',
    ru: { label: 'Приветствие', help: 'то, что люди прочтут первым' },
  },
  {
    ...COSMETIC,
    key: 'color',
    label: 'Color',
    pattern: '#[0-9a-fA-F]{6}',
    help: 'of the button and of what people write: #2563eb',
    ru: { label: 'Цвет', help: 'кнопки и сообщений посетителя: #2563eb' },
  },
  {
    ...COSMETIC,
    key: 'language',
    label: 'Language',
    type: 'select',
    default: 'auto',
    options: ['auto', 'en', 'ru'],
    optionLabels: {
      auto: { en: "the browser's", ru: 'как в браузере' },
      en: { en: 'English', ru: 'английский' },
      ru: { en: 'Russian', ru: 'русский' },
    },
    ru: { label: 'Язык' },
  },
  {
    ...COSMETIC,
    key: 'ask',
    label: 'Ask beforehand',
    type: 'select',
    default: 'none',
    options: ['none', 'name', 'contact'],
    optionLabels: {
      none: { en: 'nothing', ru: 'ничего' },
      name: { en: 'the name', ru: 'имя' },
      contact: { en: 'the name, and a phone or mail address', ru: 'имя и телефон или почту' },
    },
    ru: { label: 'Спросить сначала' },
  },
  {
    ...COSMETIC,
    key: 'position',
    label: 'Corner',
    type: 'select',
    default: 'right',
    options: ['right', 'left'],
    optionLabels: {
      right: { en: 'bottom right', ru: 'справа внизу' },
      left: { en: 'bottom left', ru: 'слева внизу' },
    },
    ru: { label: 'Угол' },
  },
  {
    ...COSMETIC,
    key: 'offlineText',
    label: 'While nobody is there',
    help: 'said while the chat is not connected',
    ru: { label: 'Когда никого нет', help: 'показывается, пока чат не подключён' },
  },
]

export function parseSettings(values: SettingValues): WebChatSettings {
  const { greeting, color, offlineText } = values
  return {
    title: values['title'] ?? '',
    language: oneOf(values['language'], ['ru', 'en', 'auto'], 'auto'),
    origins: readOrigins(values['origins']),
    ask: oneOf(values['ask'], ['none', 'name', 'contact'], 'none'),
    position: oneOf(values['position'], ['right', 'left'], 'right'),
    ...given({ greeting, color, offlineText }),
  }
}

function oneOf<const T extends string>(value: string | undefined, all: readonly T[], usual: T): T {
  return all.find((one) => one === value) ?? usual
}

export function checkSettings(values: SettingValues): readonly FieldFault[] {
  const problem = originFault(values['origins'])
  return problem === undefined ? [] : [{ field: 'origins', problem }]
}
