import type { Words } from '../../src/core/language.ts'

export const connect = {
  title: { en: 'Connect a channel', ru: 'Подключить канал' },
  hint: {
    en: 'Choose a messenger; its steps say what you need and where to find it.',
    ru: 'Выберите мессенджер: шаги подскажут, что понадобится и где это найти.',
  },
  portalFirst: { en: 'Add a portal first', ru: 'Сначала добавьте портал' },
  portalFirstHint: {
    en: 'A line belongs to a portal, which receives its messages.',
    ru: 'Линия принадлежит порталу: он получает её сообщения.',
  },
  addPortal: { en: 'Add a portal', ru: 'Добавить портал' },
  none: { en: 'This hub has no channels', ru: 'В этом хабе нет каналов' },
  search: { en: 'Name of the messenger', ru: 'Название мессенджера' },
  noneFound: { en: 'No channel is called that', ru: 'Такого канала нет' },
  wizard: { en: 'Connect {channel}', ru: 'Подключение: {channel}' },
  unknown: { en: 'This hub does not know such a channel', ru: 'Такого канала в хабе нет' },
  begin: { en: 'Before you begin', ru: 'Что понадобится' },
  needs: { en: 'You need:', ru: 'Вам нужны:' },
  portal: { en: 'Portal', ru: 'Портал' },
  choosePortal: { en: 'Choose the portal', ru: 'Выберите портал' },
  line: { en: 'Line in the portal', ru: 'Линия в портале' },
  lineHint: {
    en: 'How the portal calls this line: its number or id there.',
    ru: 'Как эту линию называет портал: её номер или код в нём.',
  },
  lineTaken: {
    en: 'This line is there already: saving changes its settings.',
    ru: 'Такая линия уже есть: сохранение изменит её настройки.',
  },
  rest: { en: 'Settings', ru: 'Настройки' },
  restOptional: { en: 'If you need it', ru: 'Если понадобится' },
  further: { en: 'Through a provider or platform', ru: 'Через провайдера или платформу' },
  restHint: { en: 'Everything else the channel asks for.', ru: 'Всё остальное, что нужно каналу.' },
  webhookUrl: { en: 'Address for the channel', ru: 'Адрес для канала' },
  saveFirst: {
    en: 'The address appears here once the settings above are saved.',
    ru: 'Адрес появится здесь, когда настройки выше будут сохранены.',
  },
  saveForAddress: { en: 'Save and show it', ru: 'Сохранить и показать' },
  testTitle: { en: 'Test the connection', ru: 'Проверьте подключение' },
  testHint: {
    en: 'The hub saves the settings, asks the channel who you are, sets its address there where it can, and sends the portal a sign of life.',
    ru: 'Хаб сохранит настройки, спросит у канала, кто вы, пропишет там свой адрес, где умеет, и проверит связь с порталом.',
  },
  saveAndTest: { en: 'Save and test', ru: 'Сохранить и проверить' },
  testing: { en: 'Asking the channel and the portal…', ru: 'Спрашиваем канал и портал…' },
  channelOk: { en: 'The channel answers', ru: 'Канал отвечает' },
  channelOkAs: { en: 'The channel answers: {name}', ru: 'Канал отвечает: {name}' },
  channelBad: { en: 'The channel does not take the settings', ru: 'Канал не принял настройки' },
  portalOk: { en: 'The portal answers', ru: 'Портал отвечает' },
  portalOkIn: { en: 'The portal answers in {ms} ms', ru: 'Портал отвечает за {ms} мс' },
  portalBad: { en: 'The portal does not answer', ru: 'Портал не отвечает' },
  portalWhatNow: {
    en: 'The line is connected all the same: messages wait until the portal is back. Have its address checked.',
    ru: 'Линия всё равно подключена: сообщения подождут, пока портал не ответит. Проверьте его адрес.',
  },
  channelWhatNow: {
    en: 'Mend the marked field and test again.',
    ru: 'Исправьте отмеченное поле и проверьте снова.',
  },
  channelWhatNowAny: {
    en: 'Go through the steps once more and test again.',
    ru: 'Пройдите шаги ещё раз и повторите проверку.',
  },
  displaced: {
    en: 'Another line had this account until now; it is displaced.',
    ru: 'До сих пор этот аккаунт был у другой линии; она вытеснена.',
  },
  notInstalled: {
    en: 'Now enter the address at the channel, as the step above says.',
    ru: 'Теперь введите адрес в канале, как сказано в шаге выше.',
  },
  first: { en: 'Now write something', ru: 'Теперь напишите что-нибудь' },
  waiting: { en: 'Waiting for the first message…', ru: 'Ждём первое сообщение…' },
  arrived: { en: 'The first message is here', ru: 'Первое сообщение пришло' },
  from: { en: 'From {name}', ru: 'От: {name}' },
  fromChat: { en: 'Chat {id}', ru: 'Чат {id}' },
  recorded: {
    en: 'To show it to you, the hub records what passes between it, the channel and the portal on this line: until the message is here or you leave, and at the latest until',
    ru: 'Чтобы показать его вам, хаб записывает обмен этой линии с каналом и порталом, пока сообщение не придёт или вы не уйдёте со страницы, но не дольше, чем до',
  },
  recordedKept: {
    en: 'The record stays with the line under Trace for seven days.',
    ru: 'Запись останется у линии на вкладке «Трассировка» на семь дней.',
  },
  readingText: { en: 'Fetching what it says…', ru: 'Получаем текст…' },
  textUnknown: {
    en: 'The hub keeps no texts, and of this message nothing was recorded. Its steps are below.',
    ru: 'Хаб не хранит тексты сообщений, а это сообщение не попало в запись. Его путь показан ниже.',
  },
  noText: { en: 'A message without text', ru: 'Сообщение без текста' },
  file: { en: 'File: {name}', ru: 'Файл: {name}' },
  done: { en: 'Open the line', ru: 'Открыть линию' },
  later: { en: 'Later: open the line', ru: 'Позже: открыть линию' },
  saved: { en: 'The settings are saved.', ru: 'Настройки сохранены.' },
} as const

const FILE_KINDS = {
  image: { en: 'picture', ru: 'изображение' },
  video: { en: 'video', ru: 'видео' },
  audio: { en: 'audio', ru: 'аудио' },
  voice: { en: 'voice message', ru: 'голосовое сообщение' },
  document: { en: 'document', ru: 'документ' },
  sticker: { en: 'sticker', ru: 'стикер' },
} as const

/** A file without a name. */
export function kindWords(kind: string): Words {
  return Object.hasOwn(FILE_KINDS, kind)
    ? FILE_KINDS[kind as keyof typeof FILE_KINDS]
    : FILE_KINDS.document
}
