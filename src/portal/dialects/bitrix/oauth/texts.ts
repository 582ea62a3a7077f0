import type { Language } from '../../../../core/language.ts'

/** What administrators read on a portal's page and in its popup. Without markup: pages print it as it is. */
export interface OAuthTexts {
  readonly title: string
  readonly close: string
  /** The state is another portal's, or nobody's. */
  readonly unknown: string
  readonly used: string
  readonly expired: string
  readonly denied: string
  readonly unreachable: (provider: string) => string
  readonly refused: (provider: string, words: string) => string
  readonly noApp: (provider: string, variables: string) => string
  readonly foreignReturn: string
  readonly loginFirst: string
  readonly loginAgain: string
  readonly unknownPage: string
  readonly noInstagram: string
  readonly noDirect: string
  readonly notConnected: (words: string) => string
  readonly storeAway: string
  readonly internal: string
  readonly secretWithIt: string
}

export const OAUTH_TEXTS: Readonly<Record<Language, OAuthTexts>> = {
  en: {
    title: 'Connecting a channel',
    close: 'Close this window, reload the page in your portal and try again.',
    unknown: 'This link is not known here.',
    used: 'This link has been used already: each is good for one login.',
    expired: 'This link has expired: each is good for ten minutes.',
    denied: 'The access was not granted.',
    unreachable: (provider) => `${provider} did not answer. Nothing was changed.`,
    refused: (provider, words) => `${provider} has refused: ${words}`,
    noApp: (provider, variables) =>
      `This hub has no app of its own at ${provider}. Its operator makes one, sets ${variables} in the environment of the hub and starts it anew: see docs/portals/bitrix.md`,
    foreignReturn:
      'The address of this page is not that of the portal which the hub knows: open the page at that address, or have the hub’s operator correct it (hub portal edit --url)',
    loginFirst: 'Nobody has logged in for this line yet: log in first',
    loginAgain: 'The login is not valid any more: log in again',
    unknownPage: 'The account that has logged in does not manage this page',
    noInstagram:
      'No professional Instagram account is linked to this page: only such accounts can be connected',
    noDirect:
      'The Instagram account keeps apps out of its messages. In the Instagram app: Settings, Messages and story replies, Connected tools, Allow access to messages',
    notConnected: (words) => `The community could not be connected: ${words}`,
    storeAway: 'The hub can’t reach its store at the moment.',
    internal: 'The hub has failed at this; its log says why.',
    secretWithIt:
      'An address other than Meta’s needs an app secret with it: the one that is stored goes to Meta alone',
  },
  ru: {
    title: 'Подключение канала',
    close: 'Закройте это окно, обновите страницу на портале и попробуйте ещё раз.',
    unknown: 'Эта ссылка здесь неизвестна.',
    used: 'Эта ссылка уже использована: каждая годится для одного входа.',
    expired: 'Срок действия этой ссылки истёк: каждая действует десять минут.',
    denied: 'Доступ не был предоставлен.',
    unreachable: (provider) => `${provider} не отвечает. Ничего не изменено.`,
    refused: (provider, words) => `${provider} ответил отказом: ${words}`,
    noApp: (provider, variables) =>
      `У хаба нет своего приложения в ${provider}. Оператор хаба создаёт его, задаёт ${variables} в окружении хаба и перезапускает хаб: см. docs/portals/bitrix.md`,
    foreignReturn:
      'Адрес этой страницы не совпадает с адресом портала, известным хабу: откройте страницу по тому адресу или попросите оператора хаба исправить его (hub portal edit --url)',
    loginFirst: 'Для этой линии ещё никто не входил: сначала выполните вход',
    loginAgain: 'Вход больше не действителен: войдите заново',
    unknownPage: 'Вошедший аккаунт не управляет этой страницей',
    noInstagram:
      'К этой странице не привязан профессиональный аккаунт Instagram: подключить можно только такие',
    noDirect:
      'Аккаунт Instagram не пускает приложения к своим сообщениям. В приложении Instagram: Настройки, Сообщения и ответы на истории, Подключённые инструменты, Разрешить доступ к сообщениям',
    notConnected: (words) => `Сообщество не удалось подключить: ${words}`,
    storeAway: 'Хаб сейчас не может обратиться к своему хранилищу.',
    internal: 'В хабе произошла ошибка; причина в его журнале.',
    secretWithIt:
      'Для адреса не у Meta укажите вместе с ним и app secret: сохранённый передаётся только Meta',
  },
}
