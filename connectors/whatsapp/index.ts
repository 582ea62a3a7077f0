import type { ConnectorDescriptor } from '#core/connector.ts'
import { describeParent } from './descriptor.ts'
import type { WhatsAppSettings } from './settings.ts'

/** WhatsApp Business, by Meta's Cloud API or by 360dialog. See README.md here for its quirks. */
export const whatsapp: ConnectorDescriptor<WhatsAppSettings> = describeParent()
