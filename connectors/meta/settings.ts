import type { SettingField, SettingValues } from '#core/settings.ts'
import { baseAddress } from '#kit/web-address.ts'

export const DEFAULT_API_ROOT = 'https://graph.facebook.com'
/** Versions of the Graph API live about two years: https://developers.facebook.com/docs/graph-api/changelog */
export const DEFAULT_VERSION = 'v25.0'

/** What every channel of Meta needs; channels differ in what they call the account and its token. */
export interface MetaSettings {
  /** The page or account whose messages these are. */
  readonly account: string
  readonly accessToken: string
  readonly appId: string
  readonly appSecret: string
  readonly verifyToken: string
  /** Without a slash at its end. */
  readonly apiRoot: string
  readonly graphVersion: string
}

/** The keys under which a channel's form has the account and its token, so that faults can name them. */
export interface MetaKeys {
  readonly account: string
  readonly accessToken: string
}

export const APP_SECRET: SettingField = {
  key: 'appSecret',
  label: 'App secret',
  type: 'text',
  required: true,
  secret: true,
  help: 'App settings → Basic → App secret',
  ru: { label: 'Секрет приложения', help: 'App settings → Basic → App secret' },
}

export const VERIFY_TOKEN: SettingField = {
  key: 'verifyToken',
  label: 'Verify token',
  type: 'text',
  required: false,
  secret: false,
  isCosmetic: true,
  isGenerated: true,
  help: "to be entered beside the callback address in the app's webhook settings; made by the hub if left out",
  group: 'advanced',
  ru: {
    label: 'Маркер проверки',
    help: 'вводится рядом с адресом обратного вызова в настройках веб-хука приложения; если оставить пустым, хаб создаст его сам',
  },
}

export function metaFields(account: SettingField, accessToken: SettingField): SettingField[] {
  return [
    account,
    accessToken,
    {
      key: 'appId',
      label: 'App id',
      type: 'text',
      required: true,
      secret: false,
      // It stands in addresses.
      pattern: '\\d{1,32}',
      help: 'the number of the app in the Meta developer dashboard',
      ru: { label: 'ID приложения', help: 'номер приложения в панели разработчика Meta' },
    },
    APP_SECRET,
    VERIFY_TOKEN,
    {
      key: 'apiRoot',
      label: 'Graph API address',
      type: 'url',
      required: false,
      secret: false,
      default: DEFAULT_API_ROOT,
      vendorUrls: ['https://graph.instagram.com'],
      help: 'another address only for a proxy, or https://graph.instagram.com with a token of the Instagram login',
      group: 'advanced',
      ru: {
        label: 'Адрес Graph API',
        help: 'другой адрес нужен только для прокси, или https://graph.instagram.com с токеном входа через Instagram',
      },
    },
    {
      key: 'graphVersion',
      label: 'Graph API version',
      type: 'text',
      required: false,
      secret: false,
      default: DEFAULT_VERSION,
      pattern: 'v\\d{1,3}\\.\\d{1,2}',
      help: 'such as v25.0',
      group: 'advanced',
      ru: { label: 'Версия Graph API', help: 'например v25.0' },
    },
  ]
}

export function parseMetaSettings(values: SettingValues, keys: MetaKeys): MetaSettings {
  const value = (key: string): string => values[key] ?? ''
  return {
    account: value(keys.account),
    accessToken: value(keys.accessToken),
    appId: value('appId'),
    appSecret: value('appSecret'),
    verifyToken: value('verifyToken'),
    apiRoot: baseAddress(values['apiRoot'], DEFAULT_API_ROOT),
    graphVersion: value('graphVersion') || DEFAULT_VERSION,
  }
}
