import type { Person } from '#core/event.ts'
import { given } from '#core/given.ts'
import type { Line } from '#core/line.ts'
import { textFields } from '#kit/json-answer.ts'
import type { Graph } from './client.ts'
import { toAvatarRef } from './messaging-file-refs.ts'
import type { MessagingTraits } from './messaging-traits.ts'
import type { MetaSettings } from './settings.ts'

interface ProfileReader {
  readonly graph: Graph
  readonly traits: MessagingTraits
  readonly signal: AbortSignal
}

interface FoundProfile {
  readonly person: Omit<Person, 'id' | 'picture'>
  readonly pictureUrl?: string
}

/**
 * https://developers.facebook.com/docs/messenger-platform/identity/user-profile. Many people can't be looked up (no consent,
 * no access): that is a DeliveryError like any other.
 */
export async function readProfile(
  personId: string,
  line: Line<MetaSettings>,
  { graph, traits, signal }: ProfileReader,
): Promise<FoundProfile> {
  const query = { fields: traits.profileFields }
  const answer = await graph.call(line.settings, { method: 'GET', path: [personId], query }, signal)
  const text = textFields(answer)
  const [name, lastName, username] = [
    text('first_name') || text('name'),
    text('last_name'),
    text('username'),
  ]
  const pictureUrl = text('profile_pic')
  return {
    person: {
      ...given({ name, lastName }),
      ...(username
        ? { username, url: `https://www.instagram.com/${encodeURIComponent(username)}/` }
        : {}),
    },
    ...given({ pictureUrl }),
  }
}

/** For updates, which name people by id alone. */
export async function findPerson(
  personId: string,
  line: Line<MetaSettings>,
  reader: ProfileReader,
): Promise<Omit<Person, 'id'>> {
  const { person, pictureUrl } = await readProfile(personId, line, reader)
  return { ...person, ...(pictureUrl ? { picture: { ref: toAvatarRef(personId) } } : {}) }
}
