import type { ConnectorDescriptor } from '#core/connector.ts'
import { createBotConnector } from './connector.ts'
import { guideOf } from './guide.ts'
import { methodNames } from './methods.ts'
import { type BotFrameworkSettings, checkSettings, fields, parseSettings } from './settings.ts'
import { CHANNELS, PARENT_CAPABILITIES, profileOf, toCapabilities } from './virtual.ts'

/** Microsoft Bot Framework: takes the activities of every channel. See README.md here for its quirks. */
export const botframework: ConnectorDescriptor<BotFrameworkSettings> = {
  id: 'botframework',
  title: 'Microsoft Bot Framework',
  fields,
  guide: guideOf(undefined),
  capabilities: PARENT_CAPABILITIES,
  methods: methodNames,
  finds: ['token_refused'],
  parseSettings,
  checkSettings,
  create: (context) => createBotConnector(context, undefined),
}

/**
 * `botframework.msteams`, `botframework.skype` and the other channels, each as a connector of its own: the same code,
 * settings and identities, with the channel's own capabilities, and it takes that channel's activities alone.
 */
export const virtualBotFramework: readonly ConnectorDescriptor<BotFrameworkSettings>[] =
  Object.keys(CHANNELS).map((channelId) => {
    const profile = profileOf(channelId)
    return {
      ...botframework,
      id: `${botframework.id}.${channelId}`,
      title: profile.title,
      guide: guideOf(profile.title.replace(' (Bot Framework)', '')),
      parent: botframework.id,
      capabilities: toCapabilities(profile),
      create: (context) => createBotConnector(context, channelId),
    }
  })
