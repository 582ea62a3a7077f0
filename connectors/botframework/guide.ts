import type { ConnectorGuide } from '#core/guide.ts'

/** https://learn.microsoft.com/azure/bot-service/abs-quickstart */

/** `channel`: the name of the messenger, as Azure lists it; absent for lines that take them all. */
export function guideOf(channel: string | undefined): ConnectorGuide {
  return {
    needs: [
      {
        en: 'an Azure account that may make resources (the free tier is enough)',
        ru: 'аккаунт Azure с правом создавать ресурсы (достаточно бесплатного уровня)',
      },
    ],
    steps: [
      {
        title: { en: 'Make a bot in Azure', ru: 'Создайте бота в Azure' },
        text: {
          en: 'Press “Create a resource”, look for “Azure Bot”, give it a name and choose the type of app: for one organisation or for any. If you have a bot already, open it.',
          ru: 'Нажмите «Create a resource», найдите «Azure Bot», дайте имя и выберите тип приложения: для одной организации или для любых. Если бот уже есть, откройте его.',
        },
        link: {
          url: 'https://portal.azure.com/#create/Microsoft.AzureBot',
          label: { en: 'Open Azure', ru: 'Открыть Azure' },
        },
        fields: ['appType'],
      },
      {
        title: { en: 'Copy its ids', ru: 'Скопируйте идентификаторы' },
        text: {
          en: 'Open “Configuration”: the “Microsoft App ID” stands there, and the tenant’s id with it where the app is for one organisation.',
          ru: 'Откройте «Configuration»: там указан «Microsoft App ID», а если приложение для одной организации, то и идентификатор каталога (tenant).',
        },
        fields: ['appId', 'tenantId'],
      },
      {
        title: { en: 'Make a secret', ru: 'Создайте секрет' },
        text: {
          en: 'Beside the App ID press “Manage Password”, then “New client secret”, and copy its value, not its id. Azure shows it once, and it ends after two years at most: note the day.',
          ru: 'Рядом с App ID нажмите «Manage Password», затем «New client secret» и скопируйте значение, а не идентификатор. Azure показывает его один раз, и живёт он не больше двух лет: запишите дату.',
        },
        fields: ['appSecret'],
      },
      {
        title: { en: 'Give Azure the address', ru: 'Сообщите Azure адрес' },
        text: {
          en: 'Enter it under “Configuration” as the “Messaging endpoint”, and press “Apply”. It must begin with https.',
          ru: 'Введите адрес в «Configuration» в поле «Messaging endpoint» и нажмите «Apply». Он должен начинаться с https.',
        },
        copies: ['webhookUrl'],
      },
      {
        title: { en: 'Switch the messenger on', ru: 'Включите мессенджер' },
        text: {
          en: `Under “Channels” add ${channel ?? 'the messengers that you want'}.`,
          ru: `В «Channels» добавьте ${channel ?? 'нужные мессенджеры'}.`,
        },
      },
    ],
    firstMessage: {
      en: `Find the bot in ${channel ?? 'one of its messengers'}, and write it something.`,
      ru: `Найдите бота в ${channel ?? 'одном из его мессенджеров'} и напишите ему что-нибудь.`,
    },
  }
}
