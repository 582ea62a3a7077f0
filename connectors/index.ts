import type { ConnectorDescriptor } from '#core/connector.ts'
import { botframework, virtualBotFramework } from './botframework/index.ts'
import { facebook } from './facebook/index.ts'
import { instagram } from './instagram/index.ts'
import { slack } from './slack/index.ts'
import { telegram } from './telegram/index.ts'
import { viber } from './viber/index.ts'
import { vk } from './vk/index.ts'
import { webchat } from './webchat/index.ts'
import { webform } from './webform/index.ts'
import { virtualWhatsApp, whatsapp } from './whatsapp/index.ts'

/** Every connector of the hub, real and virtual. Adding a channel is a folder and a line here. */
export const connectors: readonly ConnectorDescriptor[] = [
  telegram,
  botframework,
  ...virtualBotFramework,
  viber,
  facebook,
  instagram,
  vk,
  slack,
  whatsapp,
  ...virtualWhatsApp,
  webchat,
  webform,
]
