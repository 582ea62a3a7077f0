import type { HealthCode } from '../core/health.ts'
import type { Language } from '../core/language.ts'
import type { Fault } from './fault.ts'

/** Of a fault, what its text may name; each with its words around it, empty where nothing is known. */
interface Parts {
  /** ` since 2026-11-28 19:05 UTC`. */
  readonly since: string
  /** `: "…"`. */
  readonly words: string
  /** ` (12 updates wait there)`. */
  readonly waiting: string
  readonly host: string
  readonly permission: string
  readonly isVital: boolean
  readonly newHost: string | undefined
}

type Texts = Readonly<Record<HealthCode, (parts: Parts) => string>>

const EN: Texts = {
  token_refused: ({ since, words }) =>
    `The channel has refused this line's credentials${since}${words}. Enter valid ones and test the connection.`,
  webhook_overwritten: ({ since, host }) =>
    `The channel sends its messages to another program, at ${host}${since}. Disconnect it there, then test the connection here to take the messages back.`,
  webhook_missing: ({ since, newHost }) =>
    newHost === undefined
      ? `The channel has no address to send messages to${since}. Test the connection to set it; if it goes missing again, another program removes it.`
      : `The hub has a new address, ${newHost}${since}, and the channel can only be told by hand: copy the line's webhook address into the channel's settings, then test the connection.`,
  webhook_failing: ({ since, words, waiting }) =>
    `The channel says that it can't hand over messages${since}${words}${waiting}. It tries again by itself; if it goes on, the hub's operator should see to the address.`,
  permission_missing: ({ permission, isVital, since }) =>
    `The account lacks the permission ${permission}${since}: ${isVital ? 'no messages get through' : 'a part of the work suffers'}. Grant it at the channel and test the connection.`,
  channel_unreachable: ({ since, words }) =>
    `The channel does not answer${since}${words}. Nothing needs to be done: the hub goes on trying.`,
  channel_limits: ({ since, words }) =>
    `The channel limits this account${since}${words}. See to it in the channel's own settings.`,
  portal_unreachable: ({ since, words }) =>
    `The portal does not take messages${since}${words}. They wait in the hub and are delivered when it answers again.`,
  sending_paused: ({ since, words }) =>
    `Sending is stopped${since}${words}. Messages wait until the connection has been tested successfully.`,
  polling_stopped: ({ since, words }) =>
    `Another program fetches this account's messages${since}${words}. Stop it, or test the connection here to go on.`,
}

const RU: Texts = {
  token_refused: ({ since, words }) =>
    `Канал не принимает данные доступа этой линии${since}${words}. Введите действующие и проверьте подключение.`,
  webhook_overwritten: ({ since, host }) =>
    `Канал отправляет сообщения другой программе, по адресу ${host}${since}. Отключите её там, затем проверьте подключение здесь, чтобы вернуть сообщения.`,
  webhook_missing: ({ since, newHost }) =>
    newHost === undefined
      ? `У канала нет адреса, куда отправлять сообщения${since}. Проверьте подключение, чтобы установить его; если он пропадёт снова, его удаляет другая программа.`
      : `У хаба новый адрес, ${newHost}${since}, и сообщить его каналу можно только вручную: скопируйте адрес вебхука линии в настройки канала и проверьте подключение.`,
  webhook_failing: ({ since, words, waiting }) =>
    `Канал сообщает, что не может передать сообщения${since}${words}${waiting}. Он повторит попытку сам; если это продолжается, оператору хаба нужно проверить адрес.`,
  permission_missing: ({ permission, isVital, since }) =>
    `У аккаунта нет разрешения ${permission}${since}: ${isVital ? 'сообщения не проходят' : 'часть функций не работает'}. Выдайте его в канале и проверьте подключение.`,
  channel_unreachable: ({ since, words }) =>
    `Канал не отвечает${since}${words}. Ничего делать не нужно: хаб продолжает попытки.`,
  channel_limits: ({ since, words }) =>
    `Канал ограничивает этот аккаунт${since}${words}. Проверьте настройки в самом канале.`,
  portal_unreachable: ({ since, words }) =>
    `Портал не принимает сообщения${since}${words}. Они ждут в хабе и будут доставлены, когда портал ответит.`,
  sending_paused: ({ since, words }) =>
    `Отправка остановлена${since}${words}. Сообщения ждут успешной проверки подключения.`,
  polling_stopped: ({ since, words }) =>
    `Сообщения этого аккаунта забирает другая программа${since}${words}. Остановите её или проверьте подключение здесь.`,
}

const TEXTS: Readonly<Record<Language, Texts>> = { en: EN, ru: RU }
const SINCE: Readonly<Record<Language, string>> = { en: 'since', ru: 'с' }
const WAITING: Readonly<Record<Language, (count: number) => string>> = {
  en: (count) => ` (updates that wait there: ${count})`,
  ru: (count) => ` (ждут в канале: ${count})`,
}
const NOBODY: Readonly<Record<Language, string>> = { en: 'an unknown host', ru: 'неизвестный хост' }

/** For an administrator. `since`: epoch ms, used where the channel itself says nothing of it. */
export function wordFault(fault: Fault, since: number, language: Language): string {
  const { code, words, host, permission, isVital, waiting, newHost } = fault
  return TEXTS[language][code]({
    since: ` ${SINCE[language]} ${toMinute(fault.since ?? since)}`,
    words: words ? `: "${words.replace(/[.!]+$/, '')}"` : '',
    waiting: waiting === undefined ? '' : WAITING[language](waiting),
    host: host || NOBODY[language],
    permission: permission ?? '',
    isVital: isVital !== false,
    newHost,
  })
}

function toMinute(at: number): string {
  const date = new Date(at)
  if (Number.isNaN(date.getTime())) return '?'
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
