import type { SettingField, SettingValues } from '#core/settings.ts'
import { baseAddress } from '#kit/web-address.ts'

export const DEFAULT_API_ROOT = 'https://slack.com/api'
/** Slack for governments in the USA. */
const GOVERNMENT_API_ROOT = 'https://slack-gov.com/api'

export interface SlackSettings {
  /** The credential of every call. */
  readonly botToken: string
  /** The key of the signatures of what Slack posts. */
  readonly signingSecret: string
  /** Without a slash at its end. */
  readonly apiRoot: string
}

export const fields: readonly SettingField[] = [
  {
    key: 'botToken',
    label: 'Bot token',
    type: 'text',
    required: true,
    secret: true,
    // It goes into a header. Tokens of apps with token rotation begin with `xoxe.` and end after 12 hours.
    pattern: 'xoxb-[\\x21-\\x7e]{1,250}',
    help: 'the app’s “Bot User OAuth Token”, which begins with xoxb-; without token rotation',
    ru: {
      label: 'Токен бота',
      help: '«Bot User OAuth Token» приложения, начинается с xoxb-; без ротации токенов',
    },
  },
  {
    key: 'signingSecret',
    label: 'Signing secret',
    type: 'text',
    required: true,
    secret: true,
    pattern: '[\\x21-\\x7e]{1,128}',
    help: 'under “Basic Information” of the app; a wrong one shows when Slack checks the Request URL',
    ru: {
      label: 'Signing Secret',
      help: 'в разделе «Basic Information» приложения; неверный обнаружится, когда Slack проверит Request URL',
    },
  },
  {
    key: 'apiRoot',
    label: 'Web API address',
    type: 'url',
    required: false,
    secret: false,
    default: DEFAULT_API_ROOT,
    vendorUrls: [GOVERNMENT_API_ROOT],
    help: `another address than Slack's only for GovSlack (${GOVERNMENT_API_ROOT}) or a proxy of your own`,
    group: 'advanced',
    ru: {
      label: 'Адрес Web API',
      help: `другой адрес нужен только для GovSlack (${GOVERNMENT_API_ROOT}) или своего прокси`,
    },
  },
]

export function parseSettings(values: SettingValues): SlackSettings {
  return {
    botToken: values['botToken'] ?? '',
    signingSecret: values['signingSecret'] ?? '',
    apiRoot: baseAddress(values['apiRoot'], DEFAULT_API_ROOT),
  }
}
