import type { DoorLine } from '../../../core/dialect.ts'
import { given } from '../../../core/given.ts'
import { withoutMarkup } from './names.ts'

/** A connected account, as the portal's pages show it: "connected bot". */
export function toAccount({ identity = '', name, links }: DoorLine): Record<string, unknown> {
  const { url = '', chatUrl = url, username } = links
  return {
    id: identity,
    name: withoutMarkup(name ?? identity),
    url,
    url_im: chatUrl,
    ...given({ username }),
    picture: { url: '' },
  }
}
