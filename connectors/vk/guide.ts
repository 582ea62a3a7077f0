import type { ConnectorGuide } from '#core/guide.ts'

/** https://dev.vk.com/en/api/community-messages/getting-started */
export const guide: ConnectorGuide = {
  needs: [
    {
      en: 'a VK community in which you are an administrator',
      ru: 'сообщество ВКонтакте, в котором вы администратор',
    },
  ],
  steps: [
    {
      title: { en: 'Switch messages on', ru: 'Включите сообщения' },
      text: {
        en: 'In the community press “Manage”, open “Messages” and set “Community messages” to “On”.',
        ru: 'В сообществе нажмите «Управление», откройте «Сообщения» и включите «Сообщения сообщества».',
      },
      link: {
        url: 'https://vk.com/groups?tab=admin',
        label: { en: 'Open my communities', ru: 'Открыть мои сообщества' },
      },
    },
    {
      title: { en: 'Find its number', ru: 'Узнайте номер сообщества' },
      text: {
        en: 'It stands in the address of the management pages, as in `vk.com/club123456`; where the community has a name instead, open “Settings”: the number is in the field of the address.',
        ru: 'Он есть в адресе сообщества, например `vk.com/club123456`; если вместо него имя, номер указан в «Управление» → «Настройки» рядом с полем адреса.',
      },
      fields: ['groupId'],
    },
    {
      title: { en: 'Make an access token', ru: 'Создайте ключ доступа' },
      text: {
        en: 'Under “Manage” → “Settings” → “API usage” → “Access tokens” press “Create token” and allow community management, messages, photos and files. VK asks for a confirmation on the phone, then shows the token.',
        ru: 'В «Управление» → «Настройки» → «Работа с API» → «Ключи доступа» нажмите «Создать ключ» и разрешите управление сообществом, сообщения, фотографии и файлы. ВК попросит подтверждение на телефоне и покажет ключ.',
      },
      fields: ['accessToken'],
    },
  ],
  firstMessage: {
    en: 'Open the community in VK, press “Message”, and write something.',
    ru: 'Откройте сообщество во ВКонтакте, нажмите «Сообщение» и напишите что-нибудь.',
  },
}
