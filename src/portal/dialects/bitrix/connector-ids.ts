/**
 * The portal's ids of the connectors that both sides have. Some of its ids name what isn't ours: `whatsappbytwilio` and
 * `whatsappbyedna` are services of their own, and for WhatsApp's own API (`whatsapp`), Slack and LINE its module has no id
 * at all, so lines of those can't be had with such a portal. `max`, `avito`, `ok` and the like are no channels of the hub.
 */
const PORTAL_IDS: Readonly<Record<string, string>> = {
  telegram: 'telegrambot',
  viber: 'viber',
  vk: 'vkgroup',
  facebook: 'facebook',
  instagram: 'fbinstagramdirect',
  botframework: 'botframework',
  'botframework.skype': 'botframework.skype',
  'botframework.slack': 'botframework.slack',
  'botframework.groupme': 'botframework.groupme',
  'botframework.sms': 'botframework.twilio',
  'botframework.msteams': 'botframework.msteams',
  'botframework.webchat': 'botframework.webchat',
  'botframework.email': 'botframework.emailoffice365',
  'botframework.telegram': 'botframework.telegram',
  'botframework.facebook': 'botframework.facebookmessenger',
  'botframework.directline': 'botframework.directline',
}

const OWN_IDS: ReadonlyMap<string, string> = new Map(
  Object.entries(PORTAL_IDS).map(([own, portals]) => [portals, own]),
)

/** Undefined: the portal has no connector for it. */
export function toPortalConnector(connector: string): string | undefined {
  return Object.hasOwn(PORTAL_IDS, connector) ? PORTAL_IDS[connector] : undefined
}

/** Undefined: no channel of the hub's. Such ids are in lower case alone: another spelling is another connector there. */
export function fromPortalConnector(connector: string): string | undefined {
  return OWN_IDS.get(connector)
}
