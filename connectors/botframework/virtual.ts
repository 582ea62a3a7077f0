import type { ConnectorDescriptor } from '#core/connector.ts'
import { describeChannels } from './descriptor.ts'
import type { BotFrameworkSettings } from './settings.ts'

/** `botframework.msteams`, `botframework.skype` and the other channels, each as a connector of its own. */
export const virtualBotFramework: readonly ConnectorDescriptor<BotFrameworkSettings>[] =
  describeChannels()
