import type { ConnectorDescriptor } from '#core/connector.ts'
import { describeParent } from './descriptor.ts'
import type { BotFrameworkSettings } from './settings.ts'

/** Microsoft Bot Framework, all channels. */
export const botframework: ConnectorDescriptor<BotFrameworkSettings> = describeParent()
