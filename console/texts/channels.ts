/** What channels are called; they are names, the same in every language. A connector that isn't here is called by its id. */
const TITLES: Readonly<Record<string, string>> = {
  telegram: 'Telegram',
  whatsapp: 'WhatsApp',
  facebook: 'Facebook',
  instagram: 'Instagram',
  viber: 'Viber',
  vk: 'VK',
  slack: 'Slack',
  botframework: 'Bot Framework',
  webchat: 'Web chat',
  webform: 'Web form',
}

export function titleOf(connector: string): string {
  return TITLES[connector] ?? TITLES[connector.split('.')[0] ?? ''] ?? connector
}
