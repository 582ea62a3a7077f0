import type { SettingField } from '#core/settings.ts'
import { cloudFields, dialogFields, type Provider } from './settings.ts'

/** A provider as a connector of its own, `whatsapp.<provider>`, with that provider's fields alone. */
interface ProviderConnector {
  readonly provider: Provider
  readonly title: string
  readonly fields: readonly SettingField[]
}

export const PROVIDERS: readonly ProviderConnector[] = [
  { provider: 'cloud', title: 'WhatsApp (Meta Cloud API)', fields: cloudFields },
  { provider: '360dialog', title: 'WhatsApp (360dialog)', fields: dialogFields },
]
