import type { DialectDescriptor } from '../../../core/dialect.ts'
import type { Portal } from '../../../core/portal.ts'
import { chatwootApi } from './api.ts'
import { ChatwootDoor } from './door.ts'
import { ChatwootSpeaker } from './speaker.ts'
import { FIELDS, targetOf } from './target.ts'
import { ChatwootUpkeep } from './upkeep.ts'

/** Chatwoot, by an API inbox for each line: its application API in, the inbox's webhook out. */
const NO_PLACE =
  'Chatwoot shows messages and notes of people: what the hub does by itself is asked of the hub'

export const chatwoot: DialectDescriptor<ChatwootSpeaker> = {
  id: 'chatwoot',
  title: 'Chatwoot',
  fields: FIELDS,
  format: { text: 'markdown', emoji: 'unicode' },
  notCarried: {
    'script.notify': NO_PLACE,
    'job.finished': NO_PLACE,
    'broadcast.progress': NO_PLACE,
    'broadcast.finished': NO_PLACE,
    'dialog.interrupted': NO_PLACE,
    'notification.result': NO_PLACE,
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
  const base = targetOf(portal).base || portal.url
  return [
    `The access token is an administrator's: at ${base} click your picture, Profile settings, at the bottom. The account is the number behind /app/accounts/ in the address.`,
    `Chatwoot has to reach the hub at ${publicUrl}, and the hub Chatwoot at ${base}.`,
    `Connect a line: hub line connect ${portal.id} <connector> <line> --set <field>=<value>`,
    'The hub then makes an inbox for the line by itself: put agents into it (Settings, Inboxes, Collaborators).',
    `Try the connection: hub portal test ${portal.id}`,
  ]
}
