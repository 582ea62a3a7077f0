import type { Words } from '../../src/core/language.ts'

/** What channels are called; most are names, the same in every language. A connector that isn't here is called by its id. */
const TITLES: Readonly<Record<string, string | Words>> = {
  telegram: 'Telegram',
  whatsapp: 'WhatsApp',
  facebook: 'Facebook',
  instagram: 'Instagram',
  viber: 'Viber',
  vk: { en: 'VK', ru: 'ВКонтакте' },
  slack: 'Slack',
  botframework: 'Bot Framework',
  'botframework.msteams': 'Microsoft Teams',
  'botframework.skype': 'Skype',
  'botframework.line': 'LINE',
  'botframework.groupme': 'GroupMe',
  'botframework.directline': 'Direct Line',
  webchat: { en: 'Web chat', ru: 'Чат на сайте' },
  webform: { en: 'Web form', ru: 'Форма на сайте' },
}

const wordsOf = (title: string | Words): Words =>
  typeof title === 'string' ? { en: title, ru: title } : title

/** A connector in a few words, as in a table. */
export function titleOf(connector: string): Words {
  return wordsOf(TITLES[connector] ?? TITLES[connector.split('.')[0] ?? ''] ?? connector)
}

/** The same in full, where one chooses: as the hub lists it, unless it is no name. */
export function fullTitleOf({ id, title }: { readonly id: string; readonly title: string }): Words {
  const own = TITLES[id]
  return typeof own === 'object' ? own : wordsOf(title)
}
