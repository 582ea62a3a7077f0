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
  },
  {
    key: 'accountId',
    label: 'Account',
    type: 'text',
    required: true,
    secret: false,
    pattern: '[1-9]\\d{0,9}',
    help: 'the number behind /app/accounts/ in the address of the dashboard',
  },
  {
    key: 'apiToken',
    label: 'Access token',
    type: 'text',
    required: true,
    secret: true,
    help: 'of an administrator: Profile settings, at the bottom',
  },
  {
    key: 'webhookSecret',
    label: 'Webhook secret',
    type: 'text',
    required: false,
    secret: true,
    help: 'only if Chatwoot signs with another secret than the one its API shows of the inbox',
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
