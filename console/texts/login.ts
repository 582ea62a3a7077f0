export const login = {
  title: { en: 'Sign in', ru: 'Вход' },
  hint: {
    en: 'The console of this hub, for its operators.',
    ru: 'Консоль этого хаба, для его операторов.',
  },
  token: { en: 'Admin token', ru: 'Токен администратора' },
  tokenHint: {
    en: 'HUB_ADMIN_TOKEN of the hub. With SQLite the hub makes one and prints it at its first start.',
    ru: 'HUB_ADMIN_TOKEN хаба. С SQLite хаб создаёт его сам и печатает при первом запуске.',
  },
  enter: { en: 'Sign in', ru: 'Войти' },
  wrong: { en: 'This is not the admin token.', ru: 'Это не токен администратора.' },
  empty: { en: 'Enter the admin token.', ru: 'Введите токен администратора.' },
  tooMany: {
    en: {
      one: 'Too many wrong tokens. Try again in a second.',
      other: 'Too many wrong tokens. Try again in {n} seconds.',
    },
    ru: {
      one: 'Слишком много неверных токенов. Попробуйте через {n} секунду.',
      few: 'Слишком много неверных токенов. Попробуйте через {n} секунды.',
      many: 'Слишком много неверных токенов. Попробуйте через {n} секунд.',
    },
  },
  ended: { en: 'Your session has ended', ru: 'Сеанс завершён' },
  endedHint: {
    en: 'Sign in again to go on. What you have filled in is still there.',
    ru: 'Войдите снова, чтобы продолжить. Всё, что вы ввели, осталось на месте.',
  },
  endedHintOwn: {
    en: 'Open the console anew from your CRM, in another tab, then go on here. What you have filled in is still there.',
    ru: 'Откройте консоль из CRM заново, в другой вкладке, и продолжайте здесь. Всё, что вы ввели, осталось на месте.',
  },
  endedEarly: {
    en: 'The hub has ended it early: the admin token has changed, or somebody has signed out in another window.',
    ru: 'Хаб завершил его раньше срока: токен администратора сменился или в другом окне нажали «Выйти».',
  },
  endedEarlyOwn: {
    en: 'The hub has ended it early. Most likely your portal was disabled or removed from this hub; ask whoever runs the hub. It may also be that somebody has signed out in another window.',
    ru: 'Хаб завершил его раньше срока. Скорее всего, ваш портал отключили или удалили из этого хаба: спросите того, кто им управляет. Возможно также, что в другом окне нажали «Выйти».',
  },
  goOn: { en: 'Go on', ru: 'Продолжить' },
  stillEnded: {
    en: 'The session has not begun yet. Open the console from your CRM first.',
    ru: 'Сеанс ещё не начат. Сначала откройте консоль из CRM.',
  },
  forAdministrators: {
    en: 'You administer a portal? Open the console from your CRM: it makes a link that needs no token.',
    ru: 'Вы администратор портала? Откройте консоль из вашей CRM: она создаст ссылку, для которой токен не нужен.',
  },
} as const
