import type { FieldFault } from '#core/errors.ts'
import { given } from '#core/given.ts'
import type { Words } from '#core/language.ts'
import type { SettingField, SettingValues } from '#core/settings.ts'
import { baseAddress } from '#kit/web-address.ts'
import {
  APP_SECRET,
  DEFAULT_VERSION,
  DEFAULT_API_ROOT as GRAPH_ROOT,
  VERIFY_TOKEN,
} from '#meta/settings.ts'

export const DEFAULT_API_ROOT = {
  cloud: GRAPH_ROOT,
  '360dialog': 'https://waba-v2.360dialog.io',
} as const

const SANDBOX = 'https://waba-sandbox.360dialog.io'

export interface CloudSettings {
  readonly provider: 'cloud'
  readonly phoneNumberId: string
  readonly wabaId: string
  readonly accessToken: string
  readonly appSecret: string
  readonly verifyToken: string
  /** Without a slash at its end. */
  readonly apiRoot: string
  readonly graphVersion: string
}

export interface DialogSettings {
  readonly provider: '360dialog'
  readonly apiKey: string
  /** Without a slash at its end. */
  readonly apiRoot: string
}

export type WhatsAppSettings = CloudSettings | DialogSettings
export type Provider = WhatsAppSettings['provider']

/** It goes into a header. */
const HEADER_VALUE = '[\\x21-\\x7e]{1,2048}'
/** It stands in addresses. */
const NODE_ID = '\\d{1,32}'

const PROVIDER: SettingField = {
  key: 'provider',
  label: 'Provider',
  type: 'select',
  required: false,
  secret: false,
  options: ['cloud', '360dialog'],
  help: "cloud: Meta's own Cloud API; if left out it is the one whose key or token is given",
  optionLabels: {
    cloud: { en: "Meta's own Cloud API", ru: 'Cloud API самой Meta' },
    '360dialog': { en: '360dialog', ru: '360dialog' },
  },
  ru: {
    label: 'Провайдер',
    help: 'cloud: собственный Cloud API Meta; если не выбрать, берётся тот, чей ключ или токен указан',
  },
}

const CLOUD: readonly SettingField[] = [
  {
    key: 'phoneNumberId',
    label: 'Phone number id',
    type: 'text',
    required: true,
    secret: false,
    pattern: NODE_ID,
    help: 'the number that Meta gives the phone number (WhatsApp → API setup), not the phone number itself',
    ru: {
      label: 'ID номера телефона',
      help: 'число, которое Meta присвоила номеру (WhatsApp → API setup), а не сам номер',
    },
  },
  {
    key: 'wabaId',
    label: 'WhatsApp Business account id',
    type: 'text',
    required: true,
    secret: false,
    pattern: NODE_ID,
    help: 'the account that holds the phone number',
    ru: { label: 'ID аккаунта WhatsApp Business', help: 'аккаунт, к которому относится номер' },
  },
  {
    key: 'accessToken',
    label: 'Access token',
    type: 'text',
    required: true,
    secret: true,
    pattern: HEADER_VALUE,
    help: 'a token of a system user with whatsapp_business_messaging and whatsapp_business_management',
    ru: {
      label: 'Токен доступа',
      help: 'токен системного пользователя с правами whatsapp_business_messaging и whatsapp_business_management',
    },
  },
  APP_SECRET,
  VERIFY_TOKEN,
]

const API_KEY: SettingField = {
  key: 'apiKey',
  label: 'API key',
  type: 'text',
  required: true,
  secret: true,
  pattern: HEADER_VALUE,
  help: 'of the phone number, from the 360dialog Hub',
  ru: { label: 'Ключ API', help: 'для номера, из 360dialog Hub' },
}

const GRAPH_VERSION: SettingField = {
  key: 'graphVersion',
  label: 'Graph API version',
  type: 'text',
  required: false,
  secret: false,
  pattern: 'v\\d{1,3}\\.\\d{1,2}',
  help: `such as ${DEFAULT_VERSION}`,
  group: 'advanced',
  ru: { label: 'Версия Graph API', help: `например ${DEFAULT_VERSION}` },
}

function apiRoot(
  help: Words,
  { initial, vendorUrls }: { readonly initial?: string; readonly vendorUrls?: readonly string[] },
): SettingField {
  return {
    key: 'apiRoot',
    label: 'API address',
    type: 'url',
    required: false,
    secret: false,
    ...given({ default: initial, vendorUrls }),
    group: 'advanced',
    help: help.en,
    ru: { label: 'Адрес API', help: help.ru },
  }
}

export const cloudFields: readonly SettingField[] = [
  ...CLOUD,
  apiRoot(
    {
      en: 'another address only for a proxy of your own',
      ru: 'другой адрес нужен только для своего прокси',
    },
    { initial: DEFAULT_API_ROOT.cloud },
  ),
  { ...GRAPH_VERSION, default: DEFAULT_VERSION },
]

export const dialogFields: readonly SettingField[] = [
  API_KEY,
  apiRoot(
    {
      en: `another address only for 360dialog's sandbox, ${SANDBOX}, or a proxy of your own`,
      ru: `другой адрес нужен только для песочницы 360dialog, ${SANDBOX}, или своего прокси`,
    },
    { initial: DEFAULT_API_ROOT['360dialog'], vendorUrls: [SANDBOX] },
  ),
]

/**
 * Of both providers. What each of them needs is told by `checkSettings`, for the form doesn't know which one is chosen.
 */
export const fields: readonly SettingField[] = [
  PROVIDER,
  ...[...CLOUD, API_KEY].map((field) => ({
    ...field,
    required: false,
    help: `${providerOf(field)}: ${field.help}`,
    showIf: { field: PROVIDER.key, equals: [providerOf(field)] },
  })),
  apiRoot(
    {
      en: `${DEFAULT_API_ROOT.cloud} for cloud, ${DEFAULT_API_ROOT['360dialog']} for 360dialog if left out`,
      ru: `если не указать: ${DEFAULT_API_ROOT.cloud} для cloud, ${DEFAULT_API_ROOT['360dialog']} для 360dialog`,
    },
    { vendorUrls: [...Object.values(DEFAULT_API_ROOT), SANDBOX] },
  ),
  {
    ...GRAPH_VERSION,
    help: `cloud: ${DEFAULT_VERSION} if left out`,
    showIf: { field: PROVIDER.key, equals: ['cloud'] },
  },
]

function providerOf(field: SettingField): Provider {
  return field === API_KEY ? '360dialog' : 'cloud'
}

const FIELDS_OF: Readonly<Record<Provider, readonly SettingField[]>> = {
  cloud: cloudFields,
  '360dialog': dialogFields,
}

/** Of the parent's settings: each field that the chosen provider needs and hasn't, and each that is the other's. */
export function checkSettings(values: SettingValues): readonly FieldFault[] {
  const provider = toProvider(values)
  const own = FIELDS_OF[provider]
  const missing = own.filter(({ key, required }) => required && !values[key])
  const strange = fields.filter(
    ({ key, isGenerated }) =>
      values[key] &&
      key !== PROVIDER.key &&
      // Made by the hub, whichever provider it is.
      !isGenerated &&
      !own.some((field) => field.key === key),
  )
  return [
    ...missing.map(({ key }) => ({ field: key, problem: `is required for ${provider}` })),
    ...strange.map(({ key }) => ({ field: key, problem: `is not a setting of ${provider}` })),
  ]
}

/** Expects that `checkSettings` found nothing. The virtual connectors' settings name no provider. */
export function parseSettings(
  values: SettingValues,
  provider: Provider = toProvider(values),
): WhatsAppSettings {
  const value = (key: string): string => values[key] ?? ''
  const root = baseAddress(values['apiRoot'], DEFAULT_API_ROOT[provider])
  if (provider === '360dialog') return { provider, apiKey: value('apiKey'), apiRoot: root }
  return {
    provider,
    phoneNumberId: value('phoneNumberId'),
    wabaId: value('wabaId'),
    accessToken: value('accessToken'),
    appSecret: value('appSecret'),
    verifyToken: value('verifyToken'),
    apiRoot: root,
    graphVersion: value('graphVersion') || DEFAULT_VERSION,
  }
}

function toProvider({ provider, apiKey, accessToken }: SettingValues): Provider {
  if (provider === 'cloud' || provider === '360dialog') return provider
  return apiKey && !accessToken ? '360dialog' : 'cloud'
}
