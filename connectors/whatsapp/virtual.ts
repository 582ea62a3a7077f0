import type { ConnectorDescriptor } from '#core/connector.ts'
import { describeProviders } from './descriptor.ts'
import type { WhatsAppSettings } from './settings.ts'

/** `whatsapp.cloud` and `whatsapp.360dialog`, each as a connector of its own. */
export const virtualWhatsApp: readonly ConnectorDescriptor<WhatsAppSettings>[] = describeProviders()
