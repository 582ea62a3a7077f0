import type { Words } from '../../src/core/language.ts'
import type { Health, LineStatus } from '../api/types.ts'

/** States in words. */
export const statusWords: Readonly<Record<LineStatus, Words>> = {
  saved: { en: 'Not tested yet', ru: 'Ещё не проверена' },
  connected: { en: 'Connected', ru: 'Подключена' },
  displaced: { en: 'Displaced', ru: 'Вытеснена' },
  failing: { en: 'Refused by the channel', ru: 'Канал отказывает' },
  disconnected: { en: 'Disconnected', ru: 'Отключена' },
}

export const healthWords: Readonly<Record<Health['state'], Words>> = {
  ok: { en: 'Well', ru: 'Работает' },
  degraded: { en: 'Needs a look', ru: 'Требует внимания' },
  broken: { en: 'Broken', ru: 'Не работает' },
  unknown: { en: 'Not checked yet', ru: 'Ещё не проверено' },
}

/** What is wrong, short, for a column of a table. */
export const codeWords: Readonly<Record<string, Words>> = {
  token_refused: { en: 'Credentials refused', ru: 'Доступ отклонён' },
  webhook_overwritten: { en: 'Webhook taken over', ru: 'Вебхук перехвачен' },
  webhook_missing: { en: 'Webhook missing', ru: 'Вебхук не установлен' },
  webhook_failing: { en: 'Webhook fails', ru: 'Вебхук не срабатывает' },
  permission_missing: { en: 'Permission missing', ru: 'Не хватает прав' },
  channel_limits: { en: 'Limits of the channel', ru: 'Ограничения канала' },
  polling_stopped: { en: 'Somebody else polls', ru: 'Опрос ведёт кто-то другой' },
  channel_unreachable: { en: 'Channel does not answer', ru: 'Канал не отвечает' },
  portal_unreachable: { en: 'Portal does not answer', ru: 'Портал не отвечает' },
  sending_paused: { en: 'Sending paused', ru: 'Отправка на паузе' },
}

/** What to do where the code says more than who can mend it. */
export const codeActions: Readonly<Record<string, Words>> = {
  sending_paused: {
    en: 'Press “Resume sending” when messages may go out again. If the channel has refused the credentials, enter new ones under Settings and test the line.',
    ru: 'Нажмите «Возобновить отправку», когда сообщения снова можно отправлять. Если канал отклонил данные доступа, введите новые в «Настройках» и проверьте линию.',
  },
}

/** What to do, by who can mend it. */
export const actionWords: Readonly<Record<string, Words>> = {
  credentials: {
    en: 'Enter new credentials under Settings, then test the line.',
    ru: 'Введите новые данные доступа в «Настройках» и проверьте линию.',
  },
  reconnect: {
    en: 'Test the line: that sets its webhook anew.',
    ru: 'Проверьте линию: вебхук установится заново.',
  },
  permissions: {
    en: 'Give the permission at the channel, then check again.',
    ru: 'Дайте разрешение на стороне канала и проверьте ещё раз.',
  },
  channel: {
    en: 'It is to be mended at the channel. The hub looks again by itself.',
    ru: 'Исправляется на стороне канала. Хаб проверит снова сам.',
  },
  portal: {
    en: 'Bring the portal back. Messages wait and go out in order.',
    ru: 'Верните портал в строй. Сообщения ждут и уйдут по порядку.',
  },
  none: {
    en: 'Nothing to do: it passes by itself.',
    ru: 'Делать ничего не нужно: пройдёт само.',
  },
}
