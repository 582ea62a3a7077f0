import type { FieldFault } from '#core/errors.ts'
import { given } from '#core/given.ts'
import type { SettingField, SettingValues } from '#core/settings.ts'

/** A line's settings with its cloud resolved into addresses. */
export interface BotFrameworkSettings {
  /** As entered; compared without regard to case, as Entra does. */
  readonly appId: string
  readonly appSecret: string
  readonly botHandle?: string
  readonly tokenUrl: string
  readonly scope: string
  readonly openIdMetadataUrl: string
  readonly issuer: string
  /** `host`, `host:port` or `*.suffix`, lower case. Only these are ever shown the bot's token. */
  readonly serviceHosts: readonly string[]
  /** Only a custom cloud may speak http; everywhere else a plain address is refused. */
  readonly isCustomCloud: boolean
}

interface Cloud {
  /** `{tenant}` stands for the directory that knows the app. */
  readonly tokenUrl: string
  /** The directory of MultiTenant apps. */
  readonly tenant: string
  readonly scope: string
  readonly openIdMetadataUrl: string
  readonly issuer: string
  readonly serviceHosts: readonly string[]
}

/**
 * Addresses: Microsoft's "Authenticate with the Bot Connector API". `smba.trafficmanager.net` is named in full because
 * anybody may register another name below `trafficmanager.net`. GCC tenants live in the public cloud with a host of
 * their own.
 */
const CLOUDS: Readonly<Record<'public' | 'usgov', Cloud>> = {
  public: {
    tokenUrl: 'https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token',
    tenant: 'botframework.com',
    scope: 'https://api.botframework.com/.default',
    openIdMetadataUrl: 'https://login.botframework.com/v1/.well-known/openidconfiguration',
    issuer: 'https://api.botframework.com',
    serviceHosts: [
      'smba.trafficmanager.net',
      '*.botframework.com',
      'smba.infra.gcc.teams.microsoft.com',
    ],
  },
  usgov: {
    tokenUrl: 'https://login.microsoftonline.us/{tenant}/oauth2/v2.0/token',
    tenant: 'MicrosoftServices.onmicrosoft.us',
    scope: 'https://api.botframework.us/.default',
    openIdMetadataUrl: 'https://login.botframework.azure.us/v1/.well-known/openidconfiguration',
    issuer: 'https://api.botframework.us',
    serviceHosts: [
      '*.botframework.us',
      '*.botframework.azure.us',
      'smba.infra.gcc.teams.microsoft.com',
      'smba.infra.gov.teams.microsoft.us',
      'smba.infra.dod.teams.microsoft.us',
    ],
  },
}

const CUSTOM_CLOUD = { field: 'cloud', equals: ['custom'] } as const
const CUSTOM_FIELDS = ['tokenUrl', 'openIdMetadataUrl', 'issuer', 'serviceHosts'] as const
const HOST_PATTERN = /^(?:\*\.)?[a-z0-9_.-]+(?::\d{1,5})?$|^\[[0-9a-f:.]+\](?::\d{1,5})?$/

/** PROTOCOL §9. */
export const fields: readonly SettingField[] = [
  {
    key: 'appId',
    label: 'Microsoft App ID',
    type: 'text',
    required: true,
    secret: false,
    pattern: '\\S{1,128}',
    help: "the application (client) id of the bot's app registration",
    ru: {
      label: 'Microsoft App ID',
      help: 'идентификатор приложения (клиента), под которым зарегистрирован бот',
    },
  },
  {
    key: 'appSecret',
    label: 'Client secret',
    type: 'text',
    required: true,
    secret: true,
    help: "the secret's value, not its id",
    ru: { label: 'Секрет клиента', help: 'значение секрета, а не его идентификатор' },
  },
  {
    key: 'botHandle',
    label: 'Bot handle',
    type: 'text',
    required: false,
    secret: false,
    isCosmetic: true,
    group: 'advanced',
    ru: { label: 'Имя бота (handle)' },
  },
  {
    key: 'appType',
    label: 'App type',
    type: 'select',
    required: false,
    secret: false,
    default: 'MultiTenant',
    options: ['MultiTenant', 'SingleTenant'],
    optionLabels: {
      MultiTenant: {
        en: 'for any organisation (multi-tenant)',
        ru: 'для любых организаций (multi-tenant)',
      },
      SingleTenant: {
        en: 'for one organisation (single tenant)',
        ru: 'для одной организации (single tenant)',
      },
    },
    ru: { label: 'Тип приложения' },
  },
  {
    key: 'tenantId',
    label: 'Tenant ID',
    type: 'text',
    required: false,
    secret: false,
    pattern: '[A-Za-z0-9.-]{1,128}',
    help: 'the directory (tenant) id, needed for SingleTenant',
    showIf: { field: 'appType', equals: ['SingleTenant'] },
    ru: { label: 'ID каталога (tenant)', help: 'идентификатор каталога, нужен для SingleTenant' },
  },
  {
    key: 'cloud',
    label: 'Cloud',
    type: 'select',
    required: false,
    secret: false,
    default: 'public',
    options: ['public', 'usgov', 'custom'],
    group: 'advanced',
    optionLabels: {
      public: { en: 'public', ru: 'общее' },
      usgov: { en: 'US government', ru: 'правительственное (США)' },
      custom: { en: 'another one', ru: 'другое' },
    },
    ru: { label: 'Облако' },
  },
  {
    key: 'tokenUrl',
    label: 'Token address',
    type: 'url',
    required: false,
    secret: false,
    help: 'custom cloud only; {tenant} is replaced by the tenant',
    group: 'advanced',
    showIf: CUSTOM_CLOUD,
    ru: {
      label: 'Адрес токенов',
      help: 'только для другого облака; вместо {tenant} подставляется каталог',
    },
  },
  {
    key: 'openIdMetadataUrl',
    label: 'OpenID metadata address',
    type: 'url',
    required: false,
    secret: false,
    help: 'custom cloud only',
    group: 'advanced',
    showIf: CUSTOM_CLOUD,
    ru: { label: 'Адрес метаданных OpenID', help: 'только для другого облака' },
  },
  {
    key: 'issuer',
    label: 'Token issuer',
    type: 'text',
    required: false,
    secret: false,
    help: 'custom cloud only',
    group: 'advanced',
    showIf: CUSTOM_CLOUD,
    ru: { label: 'Издатель токенов', help: 'только для другого облака' },
  },
  {
    key: 'serviceHosts',
    label: 'Service hosts',
    type: 'list',
    required: false,
    secret: false,
    help: 'custom cloud only: comma-separated host[:port] or *.suffix; a host without a port allows all its ports',
    group: 'advanced',
    showIf: CUSTOM_CLOUD,
    ru: {
      label: 'Серверы сервиса',
      help: 'только для другого облака: через запятую host[:port] или *.suffix; без порта разрешены все порты',
    },
  },
]

/** Faults between fields, all of them. */
export function checkSettings(values: SettingValues): readonly FieldFault[] {
  const faults: FieldFault[] = []
  if (values['appType'] === 'SingleTenant' && !values['tenantId']) {
    faults.push({ field: 'tenantId', problem: 'is required for SingleTenant' })
  }
  if (values['cloud'] !== 'custom') return faults
  for (const field of CUSTOM_FIELDS) {
    if (!values[field]) faults.push({ field, problem: 'is required for the custom cloud' })
  }
  const malformed = toHosts(values['serviceHosts']).filter((host) => !HOST_PATTERN.test(host))
  if (malformed.length > 0) {
    faults.push({ field: 'serviceHosts', problem: `not a host[:port]: ${malformed.join(', ')}` })
  }
  return faults
}

/** Turns checked values into settings; expects that `checkSettings` found nothing. */
export function parseSettings(values: SettingValues): BotFrameworkSettings {
  const cloud = toCloud(values)
  const isSingleTenant = values['appType'] === 'SingleTenant'
  const tenant = isSingleTenant ? (values['tenantId'] ?? '') : cloud.tenant
  return {
    appId: values['appId'] ?? '',
    appSecret: values['appSecret'] ?? '',
    ...given({ botHandle: values['botHandle'] }),
    tokenUrl: cloud.tokenUrl.replaceAll('{tenant}', encodeURIComponent(tenant)),
    scope: cloud.scope,
    openIdMetadataUrl: cloud.openIdMetadataUrl,
    issuer: cloud.issuer,
    serviceHosts: cloud.serviceHosts,
    isCustomCloud: values['cloud'] === 'custom',
  }
}

function toCloud(values: SettingValues): Cloud {
  if (values['cloud'] === 'usgov') return CLOUDS.usgov
  if (values['cloud'] !== 'custom') return CLOUDS.public
  const issuer = values['issuer'] ?? ''
  return {
    tokenUrl: values['tokenUrl'] ?? '',
    tenant: CLOUDS.public.tenant,
    // In every cloud Microsoft runs, the connector's resource is its issuer.
    scope: `${issuer.replace(/\/$/, '')}/.default`,
    openIdMetadataUrl: values['openIdMetadataUrl'] ?? '',
    issuer,
    serviceHosts: toHosts(values['serviceHosts']),
  }
}

function toHosts(list: string | undefined): string[] {
  return (list ?? '')
    .split(',')
    .map((host) => host.trim().toLowerCase())
    .filter((host) => host !== '')
}
