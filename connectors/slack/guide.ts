import type { ConnectorGuide } from '#core/guide.ts'

/** https://docs.slack.dev/quickstart */
export const guide: ConnectorGuide = {
  needs: [
    {
      en: 'a Slack workspace in which you may install apps',
      ru: 'рабочее пространство Slack, в которое вы можете устанавливать приложения',
    },
  ],
  steps: [
    {
      title: { en: 'Make an app', ru: 'Создайте приложение' },
      text: {
        en: 'Press “Create New App”, then “From scratch”, give it a name and choose the workspace.',
        ru: 'Нажмите «Create New App», затем «From scratch», дайте имя и выберите рабочее пространство.',
      },
      link: {
        url: 'https://api.slack.com/apps',
        label: { en: "Open Slack's apps", ru: 'Открыть приложения Slack' },
      },
    },
    {
      title: { en: 'Say what it may do', ru: 'Укажите права' },
      text: {
        en: 'Under “OAuth & Permissions” → “Bot Token Scopes” add `chat:write`, `im:history`, `users:read`, `files:read`, `reactions:read`; for channels and groups also `channels:history`, `groups:history`, `mpim:history`. Then press “Install to Workspace” and copy the “Bot User OAuth Token”.',
        ru: 'В «OAuth & Permissions» → «Bot Token Scopes» добавьте `chat:write`, `im:history`, `users:read`, `files:read`, `reactions:read`; для каналов и групп ещё `channels:history`, `groups:history`, `mpim:history`. Затем нажмите «Install to Workspace» и скопируйте «Bot User OAuth Token».',
      },
      fields: ['botToken'],
    },
    {
      title: { en: 'Copy the signing secret', ru: 'Скопируйте Signing Secret' },
      text: {
        en: 'It stands under “Basic Information” → “App Credentials”. With it the hub knows that a message really comes from Slack.',
        ru: 'Он находится в «Basic Information» → «App Credentials». По нему хаб узнаёт, что сообщение действительно от Slack.',
      },
      fields: ['signingSecret'],
    },
    {
      title: { en: 'Give Slack the address', ru: 'Сообщите Slack адрес' },
      text: {
        en: 'Enter it under “Event Subscriptions” as the Request URL, once you have saved the settings here: Slack tries it at once. Add the bot events `message.im`, `reaction_added`, `reaction_removed`. Enter the same address under “Interactivity & Shortcuts”, and under “App Home” allow people to write messages.',
        ru: 'Когда настройки здесь сохранены, введите адрес в «Event Subscriptions» как Request URL: Slack сразу его проверит. Добавьте события `message.im`, `reaction_added`, `reaction_removed`. Тот же адрес введите в «Interactivity & Shortcuts», а в «App Home» разрешите писать сообщения.',
      },
      copies: ['webhookUrl'],
    },
  ],
  firstMessage: {
    en: 'Find the app in Slack under “Apps”, and write it something.',
    ru: 'Найдите приложение в Slack в разделе «Apps» и напишите ему что-нибудь.',
  },
}
