import type { Words } from '../../src/core/language.ts'

/** The steps of an event or message, as a timeline tells them. */
export const stepWords: Readonly<Record<string, Words>> = {
  received: { en: 'Received from the channel', ru: 'Получено от канала' },
  repeated: { en: 'The channel sent it again', ru: 'Канал прислал повторно' },
  ignored: { en: 'Nothing in it for the portal', ru: 'Для портала ничего нет' },
  attempt: { en: 'The portal did not take it', ru: 'Портал не принял' },
  accepted: { en: 'The portal took it', ru: 'Портал принял' },
  dead: { en: 'Given up: among the dead letters', ru: 'Не доставлено: в недоставленных' },
  replayed: { en: 'Put back into the queue', ru: 'Возвращено в очередь' },
  queued: { en: 'Queued for the channel', ru: 'В очереди к каналу' },
  sent: { en: 'The channel took it', ru: 'Канал принял' },
  delivered: { en: 'Delivered', ru: 'Доставлено' },
  read: { en: 'Read', ru: 'Прочитано' },
  failed: { en: 'Failed', ru: 'Ошибка' },
}

export const journal = {
  inbound: { en: 'From a person', ru: 'От человека' },
  triedAtChannel: { en: 'The channel did not take it', ru: 'Канал не принял' },
  notice: { en: 'Notice to the portal', ru: 'Уведомление порталу' },
  outbound: { en: 'From the portal', ru: 'От портала' },
  chat: { en: 'Chat {id}', ru: 'Чат {id}' },
  httpStatus: { en: 'HTTP {status}', ru: 'HTTP {status}' },
  took: { en: '{ms} ms', ru: '{ms} мс' },
  nextTry: { en: 'next try', ru: 'следующая попытка' },
  ids: { en: 'Ids', ru: 'Идентификаторы' },
} as const
