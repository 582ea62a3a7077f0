import type { Portal } from '../../../core/portal.ts'
import type { SettingField } from '../../../core/settings.ts'

export const FIELDS: readonly SettingField[] = [
  {
    key: 'baseUrl',
    label: 'Address of Chatwoot',
    type: 'url',
    required: true,
    secret: false,
    help: 'where the hub reaches Chatwoot, such as https://chat.example.com; all requests go there',
    ru: {
      label: 'Адрес Chatwoot',
      help: 'где хаб обращается к Chatwoot, например https://chat.example.com; все запросы идут туда',
    },
  },
  {
    key: 'accountId',
    label: 'Account',
    type: 'text',
    required: true,
    secret: false,
    pattern: '[1-9]\\d{0,9}',
    help: 'the number behind /app/accounts/ in the address of the dashboard',
    ru: {
      label: 'Аккаунт',
      help: 'число после /app/accounts/ в адресе панели',
    },
  },
  {
    key: 'apiToken',
    label: 'Access token',
    type: 'text',
    required: true,
    secret: true,
    help: 'of an administrator: Profile settings, at the bottom',
    ru: {
      label: 'Токен доступа',
      help: 'администратора: «Profile settings», в самом низу',
    },
  },
  {
    key: 'webhookSecret',
    label: 'Webhook secret',
    type: 'text',
    required: false,
    secret: true,
    help: 'only if Chatwoot signs with another secret than the one its API shows of the inbox',
    ru: {
      label: 'Секрет вебхука',
      help: 'только если Chatwoot подписывает не тем секретом, который показывает его API',
    },
  },
]

/** Where a portal's Chatwoot is, and as whom the hub goes there. */
export interface Target {
  /** No slash at its end. */
  readonly base: string
  readonly account: string
  readonly token: string
}

/** People copy the address from the dashboard: what stands behind `/app` or `/api` belongs to that. */
export function targetOf({ settings }: Pick<Portal, 'settings'>): Target {
  const { baseUrl = '', accountId = '', apiToken = '' } = settings
  const base = baseUrl.replace(/[?#].*$/, '').replace(/\/(?:app|api)(?:\/.*)?$/, '')
  return { base: base.replace(/\/+$/, ''), account: accountId, token: apiToken }
}
