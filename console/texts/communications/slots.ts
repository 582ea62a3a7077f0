export const slots = {
  add: { en: 'New notification', ru: 'Новое уведомление' },
  empty: { en: 'No notifications yet', ru: 'Пока нет уведомлений' },
  emptyHint: {
    en: 'A notification gives another system, such as a shop, a web address of its own: each request there sends one template message to one person.',
    ru: 'Уведомление даёт другой системе, например магазину, свой адрес: каждый запрос туда отправляет одно шаблонное сообщение одному человеку.',
  },
  webhook: { en: 'Webhook', ru: 'Вебхук' },
  webhookHint: {
    en: 'Enter this address in the other system. Who knows it can send messages: treat it as a password.',
    ru: 'Укажите этот адрес в другой системе. Кто его знает, может отправлять сообщения: храните его как пароль.',
  },
  webhookAfterSave: {
    en: 'The address is made when you save.',
    ru: 'Адрес появится после сохранения.',
  },
  template: { en: 'Template', ru: 'Шаблон' },
  destinationColumn: { en: 'Goes to', ru: 'Куда' },
  general: { en: 'General', ru: 'Общие' },
  incoming: { en: 'Incoming data', ru: 'Входящие данные' },
  destination: { en: 'Destination', ru: 'Назначение' },
  tabs: { en: 'Parts of the notification', ru: 'Разделы уведомления' },
  nameHint: { en: 'Up to 40 characters.', ru: 'До 40 символов.' },
  onSuccess: { en: 'When it was delivered, run', ru: 'При доставке запустить' },
  onFail: { en: 'When it failed, run', ru: 'При ошибке запустить' },
  onNoAccount: { en: 'When the person has no account, run', ru: 'Если аккаунта нет, запустить' },
  incomingHint: {
    en: 'Names by which the scripts know what the request carries. The key is a name at the first level of its JSON, or an expression such as {{ data["order"]["no"] }}.',
    ru: 'Имена, под которыми сценарии знают данные запроса. Ключ это имя на первом уровне JSON или выражение, например {{ data["order"]["no"] }}.',
  },
  contextKey: { en: 'Name for scripts', ru: 'Имя для сценариев' },
  requestKey: { en: 'Key of the request', ru: 'Ключ запроса' },
  noIncoming: { en: 'Nothing is taken over yet.', ru: 'Пока ничего не передаётся.' },
  text: { en: 'Text', ru: 'Текст' },
  textHint: {
    en: 'Sent on channels that have no templates. May hold {{ params.… }}.',
    ru: 'Для каналов без шаблонов. Можно вставлять {{ params.… }}.',
  },
  expressionHint: {
    en: 'As it is, or an expression: {{ data["key"] }}.',
    ru: 'Как есть или выражение: {{ data["key"] }}.',
  },
  regenerate: { en: 'New address', ru: 'Новый адрес' },
  regenerateTitle: {
    en: 'Make a new address for "{name}"?',
    ru: 'Создать новый адрес для «{name}»?',
  },
  regenerateHint: {
    en: 'The old one stops at once: whatever sends there must be given the new one.',
    ru: 'Старый перестанет работать сразу: системам, которые на него шлют, нужен новый.',
  },
  regenerated: {
    en: 'There is a new address. The old one has stopped.',
    ru: 'Новый адрес создан, старый отключён.',
  },
  deleteHint: {
    en: 'Its address stops at once. Whatever sends there gets "Notification not found".',
    ru: 'Адрес перестанет работать сразу. Системы, которые на него шлют, получат «Notification not found».',
  },
  example: { en: 'How to try it', ru: 'Как проверить' },
  exampleHint: {
    en: 'A request that the other system would send; put a real recipient in.',
    ru: 'Такой запрос отправит другая система; подставьте настоящего получателя.',
  },
} as const

/** Kinds of a template's parameters. */
export const parameterKinds = {
  body: { en: 'Body', ru: 'Текст' },
  image: { en: 'Image', ru: 'Изображение' },
  document: { en: 'Document', ru: 'Документ' },
  video: { en: 'Video', ru: 'Видео' },
  button_url: { en: 'Button address', ru: 'Адрес кнопки' },
} as const
