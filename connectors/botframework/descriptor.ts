import type { ConnectorDescriptor } from '#core/connector.ts'
import { createBotConnector } from './bot-connector.ts'
import { CHANNELS, PARENT_CAPABILITIES, profileOf, toCapabilities } from './channels.ts'
import { methodNames } from './methods.ts'
import { type BotFrameworkSettings, checkSettings, fields, parseSettings } from './settings.ts'

export const PARENT_ID = 'botframework'

/** The connector that takes the activities of every channel. */
export function describeParent(): ConnectorDescriptor<BotFrameworkSettings> {
  return {
    id: PARENT_ID,
    title: 'Microsoft Bot Framework',
    fields,
    capabilities: PARENT_CAPABILITIES,
    methods: methodNames,
    parseSettings,
    checkSettings,
    create: (context) => createBotConnector(context, undefined),
  }
}

/** One connector per known channel: the same code, settings and identities, a capability set and a filter of its own. */
export function describeChannels(): readonly ConnectorDescriptor<BotFrameworkSettings>[] {
  return Object.keys(CHANNELS).map((channelId) => {
    const profile = profileOf(channelId)
    return {
      ...describeParent(),
      id: `${PARENT_ID}.${channelId}`,
      title: profile.title,
      parent: PARENT_ID,
      capabilities: toCapabilities(profile),
      create: (context) => createBotConnector(context, channelId),
    }
  })
}
