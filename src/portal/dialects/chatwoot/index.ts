import type { DialectDescriptor } from '../../../core/dialect.ts'
import type { Portal } from '../../../core/portal.ts'
import { chatwootApi } from './api.ts'
import { ChatwootDoor } from './door.ts'
import { ChatwootSpeaker } from './speaker.ts'
import { FIELDS, targetOf } from './target.ts'
import { ChatwootUpkeep } from './upkeep.ts'

/** Chatwoot, by an API inbox for each line: its application API in, the inbox's webhook out. */
export const chatwoot: DialectDescriptor<ChatwootSpeaker> = {
  id: 'chatwoot',
  title: 'Chatwoot',
  fields: FIELDS,
  format: { text: 'markdown', emoji: 'unicode' },
  notCarried: {
    'chat.read': "Chatwoot's API knows only what agents have read",
    'chat.typing': "Chatwoot's API can't show that a person writes",
  },
  createSpeaker: (context) => new ChatwootSpeaker(context),
  createDoor: (context) => new ChatwootDoor(context),
  createUpkeep: (context) => new ChatwootUpkeep(context),
  nextSteps,
  describe: () => chatwootApi,
}

function nextSteps(portal: Portal, { publicUrl }: { readonly publicUrl: string }): string[] {
  const { base, account } = targetOf(portal)
  return [
    `The access token has to be an administrator's: ${base}/app/accounts/${account}/profile/settings, at the bottom.`,
    `Chatwoot has to reach the hub at ${publicUrl}, and the hub Chatwoot at ${base}.`,
    'Connect a line: hub line connect <portal> <connector> <line> --set <field>=<value>',
    'The hub then makes an inbox for the line by itself: put agents into it (Settings, Inboxes, Collaborators).',
    `Try the connection: hub portal test ${portal.id}`,
  ]
}
